"""The gateway: declared fields to declared parties, and a receipt of each time."""

import logging
from dataclasses import replace
from typing import Any

import pytest
import stripe
from django.db import connection, transaction
from pytest_django import Settings

from privacy import gateway
from privacy.gateway.bank import BankHTTPClient
from privacy.gateway.connectors import flat_keys
from privacy.gateway.wire import session
from privacy.models import LedgerError, Receipt
from tests.privacy.conftest import Party

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declared")]

MATTER = "order:J26-0000-0001"
NAME = {"name": "Canary Lovelace", "address": {"line1": "1 Canary Wharf"}}


def send(**changes: Any) -> gateway.Response:
    arguments: dict[str, Any] = {
        "method": "POST",
        "path": "/parcels",
        "fields": NAME,
        "about": MATTER,
        "reason": "to deliver your parcel",
    }
    return gateway.send("test-party", **arguments | changes)


def test_declared_fields_arrive_and_leave_a_receipt_without_values(
    party: Party,
) -> None:
    assert send().json() == {"object": "thing", "id": "x_1"}
    assert party.requests == [("POST", "/base/parcels", NAME)]
    receipt = gateway.receipts(MATTER).get()
    assert receipt.recipient == "The party of the test"
    assert receipt.field_names == ["name", "address[line1]"]
    assert receipt.reason == "to deliver your parcel"
    assert receipt.outcome == "200"
    assert "Canary" not in str(Receipt.objects.values())


def test_the_person_reads_the_receipt_in_plain_words() -> None:
    send(fields=NAME | {"parcel": "2 kg"})
    (told,) = gateway.disclosures(MATTER)
    assert (told.recipient, told.words) == (
        "The party of the test",
        ["your name", "your address"],
    )


def test_an_undeclared_field_never_leaves(party: Party) -> None:
    for stray in ({"email": "a@b.example"}, {"address": {"phone": "0"}}, {"a": [1]}):
        with pytest.raises(gateway.UndeclaredField) as caught:
            send(fields=NAME | stray)
        assert "a@b.example" not in str(caught.value)
    assert party.requests == []
    assert not Receipt.objects.exists()


def test_without_the_check_the_field_would_have_left(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the check that stops it, and nothing else."""
    monkeypatch.setattr("privacy.gateway.wire.check_fields", lambda *_: None)
    send(fields={"email": "a@b.example"})
    assert party.requests[0][2] == {"email": "a@b.example"}


def test_an_unknown_connector_is_refused() -> None:
    with pytest.raises(gateway.UnknownConnector):
        gateway.send(
            "nobody", method="GET", path="/x", fields={}, about="", reason="none"
        )


@pytest.mark.parametrize(
    "path",
    [
        "parcels",
        "//evil.example/x",
        "/a?b=c",
        "/a#b",
        "/../a",
        "/a b",
        "/%40",
        "/a@b",
        "",
    ],
)
def test_a_path_leads_nowhere_else(party: Party, path: str) -> None:
    with pytest.raises(gateway.UndeclaredAddress):
        send(path=path)
    assert party.requests == []


def test_undeclared_headers_are_refused(party: Party) -> None:
    with pytest.raises(gateway.UndeclaredAddress):
        send(headers={"X-Customer": "Canary"})
    assert party.requests == []


def test_plain_http_is_for_this_machine_only(settings: Settings) -> None:
    settings.TEST_PARTY_BASE = "http://carrier.example/api"
    with pytest.raises(gateway.UndeclaredAddress):
        send()


def test_a_redirect_is_not_followed(party: Party) -> None:
    party.status, party.headers = 307, {"Location": f"{party.url}/elsewhere"}
    with pytest.raises(gateway.PartyUnavailable):
        send()
    assert [path for _, path, _ in party.requests] == ["/base/parcels"]


def test_no_cookie_of_the_party_is_kept(party: Party) -> None:
    party.headers = {"Set-Cookie": "id=1"}
    send()
    assert len(session("test-party").cookies) == 0


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_party_in_trouble_is_unavailable_and_the_receipt_stays(
    party: Party, status: int
) -> None:
    party.status = status
    with pytest.raises(gateway.PartyUnavailable):
        send()
    assert gateway.receipts(MATTER).get().outcome == str(status)


def test_a_refusal_is_an_answer(party: Party) -> None:
    party.status = 422
    assert send().status == 422


def test_a_lost_answer_leaves_the_receipt(party: Party) -> None:
    party.silent = True
    with pytest.raises(gateway.PartyUnavailable) as caught:
        send()
    assert "Canary" not in str(caught.value)
    assert gateway.receipts(MATTER).get().outcome == "unreachable"


def test_an_answer_that_is_no_json_or_too_large_is_unavailable(party: Party) -> None:
    party.answer = "x" * (1024 * 1024 + 1)
    with pytest.raises(gateway.PartyUnavailable):
        send()
    with pytest.raises(gateway.PartyUnavailable):
        gateway.Response(200, b"<html>").json()


def test_a_question_without_personal_fields_leaves_no_receipt(party: Party) -> None:
    send(method="GET", fields={"parcel": "1"})
    assert party.requests == [("GET", "/base/parcels", {"parcel": "1"})]
    assert not Receipt.objects.exists()


def test_a_question_with_a_name_in_it_leaves_one() -> None:
    send(method="GET", fields={"name": "Canary Lovelace"})
    assert gateway.receipts(MATTER).get().field_names == ["name"]


@pytest.mark.django_db(transaction=True)
def test_no_party_is_waited_for_inside_a_transaction(party: Party) -> None:
    for method, fields in (("POST", NAME), ("GET", {"parcel": "1"})):
        with pytest.raises(RuntimeError), transaction.atomic():
            send(method=method, fields=fields)
    assert party.requests == []


def test_receipts_cannot_be_changed_or_deleted() -> None:
    send()
    receipt = gateway.receipts(MATTER).get()
    with pytest.raises(LedgerError):
        receipt.save()
    with pytest.raises(LedgerError):
        receipt.delete()


def bank(party: Party, settings: Settings, **changes: Any) -> stripe.StripeClient:
    settings.STRIPE_API_KEY = "sk_test_local_x"
    return gateway.stripe_client(
        about=MATTER,
        reason="to take your payment",
        connector_name="test-party",
        **{"retries": 0, **changes},
    )


def test_the_bank_gets_declared_form_keys_only(
    party: Party, settings: Settings
) -> None:
    client = bank(party, settings)
    client.v1.customers.create(params={"name": "Canary Lovelace"})
    (_, path, sent) = party.requests[0]
    assert (path, sent) == ("/base/v1/customers", {"name": "Canary Lovelace"})
    receipt = gateway.receipts(MATTER).get()
    assert (receipt.field_names, receipt.outcome) == (["name"], "200")


def test_an_undeclared_bank_field_never_leaves(
    party: Party, settings: Settings
) -> None:
    client = bank(party, settings)
    for params in (
        {"email": "a@b.example"},
        {"name": "Canary", "phone": "0116"},
        {"metadata": {"who": "Canary"}},
        {"address": {"line1": "x", "line2": "y"}},
    ):
        with pytest.raises(gateway.UndeclaredField):
            client.v1.customers.create(params=params)  # type: ignore[arg-type]
    assert party.requests == []
    assert not Receipt.objects.exists()


def test_numbers_of_lists_do_not_matter(party: Party, settings: Settings) -> None:
    bank(party, settings).v1.customers.retrieve(
        "cus_1", params={"expand": ["subscriptions", "sources"]}
    )
    assert party.requests[0][2] == {
        "expand[0]": "subscriptions",
        "expand[1]": "sources",
    }
    assert not Receipt.objects.exists()


def test_a_retry_is_the_same_disclosure(party: Party, settings: Settings) -> None:
    party.status, party.answer = 500, {"error": {"message": "no", "type": "api_error"}}
    client = bank(party, settings, retries=1)
    with pytest.raises(stripe.StripeError):
        client.v1.customers.create(params={"name": "Canary Lovelace"})
    assert len(party.requests) == 2
    assert gateway.receipts(MATTER).get().outcome == "500"


def test_a_bank_that_does_not_answer_is_a_connection_error(
    party: Party, settings: Settings
) -> None:
    party.silent = True
    with pytest.raises(stripe.APIConnectionError) as caught:
        bank(party, settings).v1.customers.create(params={"name": "Canary Lovelace"})
    assert "Canary" not in str(caught.value)
    assert gateway.receipts(MATTER).get().outcome == "unreachable"


def test_the_bank_does_not_follow_redirects(party: Party, settings: Settings) -> None:
    party.status, party.headers = 302, {"Location": f"{party.url}/elsewhere"}
    with pytest.raises(stripe.StripeError):
        bank(party, settings).v1.customers.create(params={"name": "Canary"})
    assert len(party.requests) == 1


def test_nothing_personal_reaches_the_log(
    party: Party, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        bank(party, settings).v1.customers.create(params={"name": "Canary Lovelace"})
        send(method="GET", fields={"name": "Canary Lovelace"})
    assert "Canary" not in caplog.text


def test_raw_sql_cannot_rewrite_a_receipt() -> None:
    send()
    for sql in (
        "UPDATE privacy_receipt SET recipient = 'nobody'",
        "UPDATE privacy_receipt SET outcome = '500'",
        "DELETE FROM privacy_receipt",
    ):
        with (
            pytest.raises(Exception, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert gateway.receipts(MATTER).get().outcome == "200"


def test_the_bank_is_reached_at_its_own_host_with_a_form_and_no_other_way(
    party: Party, settings: Settings
) -> None:
    client = BankHTTPClient(
        gateway.connector("test-party"), about="", reason="", timeout=(1, 1)
    )
    for url in ("https://evil.example/v1/x", f"{party.url}x/v1", "http://127.0.0.1:1"):
        with pytest.raises(gateway.UndeclaredAddress):
            client.request_with_retries("post", url, {}, "name=x")
    with pytest.raises(gateway.UndeclaredAddress):
        client.request_with_retries(
            "post", f"{party.url}/v2/x", {"Content-Type": "application/json"}, "{}"
        )
    with pytest.raises(gateway.UndeclaredAddress):
        client.request_stream_with_retries("get", f"{party.url}/v1/x", {})
    assert party.requests == []


def test_a_connector_is_declared_once_and_consistently(
    declared: gateway.Connector,
) -> None:
    with pytest.raises(ValueError, match="twice"):
        gateway.register(declared)
    with pytest.raises(ValueError, match="personal but not declared"):
        gateway.Connector(
            name="x",
            recipient="x",
            purpose="order",
            base_url_setting="X",
            fields=frozenset({"name"}),
            personal={"email": "your e-mail address"},
        )


def test_without_a_word_about_it_every_field_counts_as_personal(
    party: Party, declared: gateway.Connector
) -> None:
    gateway.forget("test-party")
    gateway.register(replace(declared, personal=None))
    send(method="GET", fields={"parcel": "1"})
    assert gateway.disclosures(MATTER)[0].words == ["parcel"]
    gateway.forget("test-party")
    assert gateway.disclosures(MATTER)[0].words == ["parcel"]


def test_a_message_without_personal_fields_is_on_record_but_no_disclosure() -> None:
    send(fields={"parcel": "1"})
    assert gateway.receipts(MATTER).count() == 1
    assert gateway.disclosures(MATTER) == []


def test_lists_and_nested_fields_are_named_like_form_keys() -> None:
    fields = {"a": [{"b": 1}, {"b": 2}], "c": {"d": {"e": 1}}, "f": ["x"]}
    assert flat_keys(fields) == ["a[][b]", "c[d][e]", "f[]"]
