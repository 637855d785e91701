"""The bank's API as Stripe's client meets it: keys, errors, expanding, lists."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox import schema
from tests.sandbox.customer import DECLINED, Bank, order


@pytest.mark.parametrize("key", ["sk_test_local_wrong", "sk_live_something", "x"])
def test_wrong_key_is_refused(bank: Bank, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        bank.connect(key).v1.checkout.sessions.list()
    assert key not in str(refused.value) or len(key) < 12
    assert refused.value.http_status == 401


def test_missing_key_is_refused(bank: Bank) -> None:
    answer = bank.raw("GET", "/v1/events", headers={"Authorization": ""})
    assert answer.status_code == 401
    schema.check(answer.json())


def test_every_answer_has_a_request_id(bank: Bank) -> None:
    session = bank.session()
    assert session.last_response.request_id.startswith("req_")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bank.client.v1.payment_intents.retrieve("pi_none")
    assert str(refused.value.request_id).startswith("req_")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def without(params: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key != name}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        (order() | {"basket": "x"}, "parameter_unknown", "basket"),
        (
            order() | {"payment_intent_data": {"capture": "manual"}},
            "parameter_unknown",
            "payment_intent_data[capture]",
        ),
        (without(order(), "mode"), "parameter_missing", "mode"),
        (without(order(), "success_url"), "parameter_missing", "success_url"),
        (order() | {"mode": "gift"}, None, "mode"),
        (order() | {"success_url": "paid"}, "url_invalid", "success_url"),
        (order() | {"cancel_url": ""}, "parameter_invalid_empty", "cancel_url"),
        (order() | {"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        (order() | {"line_items": [{"quantity": 1}]}, "parameter_missing", None),
        (order(29), "amount_too_small", None),
        (order(10**9), "amount_too_large", None),
        (order(-5), "parameter_invalid_integer", None),
        (order() | {"metadata": {"k" * 41: "v"}}, None, "metadata"),
        (order() | {"expand": ["basket"]}, None, "expand"),
    ],
)
def test_wrong_parameter_is_named(
    bank: Bank, params: dict[str, Any], code: str | None, param: str | None
) -> None:
    before = len(bank.sandbox.get_json("/egress.json"))
    sessions = bank.client.v1.checkout.sessions
    count = len(sessions.list(params={"limit": 100}).data)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sessions.create(params=params)
    assert refused.value.http_status == 400
    assert refused.value.code == code
    if param:
        assert refused.value.param == param
    schema.check(refused.value.json_body)
    # Nothing was made of it, and it was received and recorded all the same.
    assert len(sessions.list(params={"limit": 100}).data) == count
    assert len(bank.sandbox.get_json("/egress.json")) == before + 3


@pytest.mark.parametrize(
    ("seconds", "good"), [(1795, False), (1860, True), (86400, True), (86500, False)]
)
def test_session_may_expire_in_half_an_hour_to_a_day(
    bank: Bank, seconds: int, good: bool
) -> None:
    expires = bank.sandbox.get_json("/bank/clock")["now"] + seconds
    if good:
        assert bank.session(expires_at=expires).expires_at == expires
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bank.session(expires_at=expires)
    assert refused.value.param == "expires_at"


def test_same_key_and_parameters_give_the_same_answer(bank: Bank) -> None:
    options = {"idempotency_key": "order-1"}
    first = bank.session(options=options)
    again = bank.session(options=options)
    assert again.id == first.id
    headers = again.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.request_id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert bank.session(options={"idempotency_key": "order-2"}).id != first.id


def test_same_key_with_other_parameters_is_an_error(bank: Bank) -> None:
    options = {"idempotency_key": "order-3"}
    bank.session(options=options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        bank.session(1, options=options)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        bank.client.v1.refunds.create(
            params={"payment_intent": "pi_none"},
            options={"idempotency_key": "order-3"},
        )


def test_key_of_a_refused_request_can_be_used_again(bank: Bank) -> None:
    options = {"idempotency_key": "order-4"}
    with pytest.raises(stripe.InvalidRequestError):
        bank.session(29, options=options)
    assert bank.session(options=options).status == "open"


def test_key_is_forgotten_after_a_day(bank: Bank) -> None:
    first = bank.session(options={"idempotency_key": "order-5"})
    bank.sandbox.post_json("/bank/clock", {"advance": 25 * 3600})
    assert bank.session(options={"idempotency_key": "order-5"}).id != first.id


def test_parallel_requests_with_one_key_make_one_session(bank: Bank) -> None:
    ready = threading.Barrier(10)

    def create(number: int) -> str:
        client = bank.connect(bank.sandbox.api_key)
        ready.wait()
        try:
            made = client.v1.checkout.sessions.create(
                params=order(),
                options={"idempotency_key": "order-6"},
            )
        except stripe.StripeError as error:
            return f"refused with {error.http_status}"
        return str(made.id)

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(create, range(10)))
    assert len(answers - {"refused with 409"}) == 1


def test_replayed_capture_takes_the_money_once(bank: Bank) -> None:
    session = bank.paid_session()
    captures = [
        bank.client.v1.payment_intents.capture(
            str(session.payment_intent),
            params={"amount_to_capture": 5000},
            options={"idempotency_key": f"capture-{session.id}"},
        )
        for _ in range(2)
    ]
    assert [one.amount_received for one in captures] == [5000, 5000]


def test_nested_objects_are_expanded(bank: Bank) -> None:
    session = bank.session()
    bank.pay(session)
    path = ["payment_intent.latest_charge", "payment_intent.payment_method"]
    session = bank.client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": [*path, "line_items"]}
    )
    raw = bank.raw(
        "GET",
        f"/v1/checkout/sessions/{session.id}?expand[]=payment_intent.latest_charge",
    ).json()
    # The description that we hold names an expanded object by its id alone.
    charge = raw["payment_intent"]["latest_charge"]
    raw["payment_intent"]["latest_charge"] = charge["id"]
    for one in (
        charge,
        raw["payment_intent"],
        raw | {"payment_intent": raw["payment_intent"]["id"]},
    ):
        schema.check(one)
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.amount == 12999
    assert session.line_items is not None
    assert session.line_items.data[0].description == "Order J26-4812-0751"
    assert isinstance(intent.payment_method, stripe.PaymentMethod)
    billing: Any = intent.payment_method.billing_details
    assert billing.address.postal_code == "LE3 1AA"
    listing = bank.client.v1.payment_intents.list(
        params={"limit": 1, "expand": ["data.latest_charge"]}
    )
    assert isinstance(listing.data[0].latest_charge, stripe.Charge)


def test_lists_are_paged_newest_first(bank: Bank) -> None:
    made = [bank.session().id for _ in range(5)]
    sessions = bank.client.v1.checkout.sessions
    first = sessions.list(params={"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    second = sessions.list(params={"limit": 2, "starting_after": first.data[-1].id})
    assert [one.id for one in second.data] == made[2:0:-1]
    back = sessions.list(params={"limit": 2, "ending_before": second.data[0].id})
    assert [one.id for one in back.data] == made[:2:-1]
    through = [one.id for one in first.auto_paging_iter()]
    assert made[::-1] == through[:5]


def test_lists_are_narrowed(bank: Bank) -> None:
    session = bank.paid_session()
    intent = str(session.payment_intent)
    other = bank.session()
    bank.pay(other, DECLINED)
    client = bank.client.v1
    found = client.checkout.sessions.list(params={"payment_intent": intent})
    assert [one.id for one in found.data] == [session.id]
    charges = client.charges.list(params={"payment_intent": intent})
    assert [one.payment_intent for one in charges.data] == [intent]
    assert client.refunds.list(params={"payment_intent": intent}).data == []
    events = client.events.list(
        params={"types": ["checkout.session.completed"], "limit": 1}
    )
    assert events.data[0].data.object["id"] == session.id
    now = bank.sandbox.get_json("/bank/clock")["now"]
    recent = client.events.list(params={"created": {"gte": now - 60}})
    assert recent.data
    assert client.events.list(params={"created": {"gt": now + 60}}).data == []
    completed = client.checkout.sessions.list(params={"status": "complete"})
    assert {one.status for one in completed.data} == {"complete"}


def test_metadata_is_merged_and_unset(bank: Bank) -> None:
    session = bank.session(metadata={"a": "1", "b": "2"})
    session = bank.client.v1.checkout.sessions.update(
        session.id, params={"metadata": {"b": "", "c": "3"}}
    )
    assert session.metadata is not None
    assert session.metadata.to_dict() == {"a": "1", "c": "3"}
    # It still expires in its time.
    bank.sandbox.post_json("/bank/clock", {"advance": 25 * 3600})
    kept = bank.client.v1.checkout.sessions.retrieve(session.id)
    assert kept.status == "expired"


def test_unknown_address_is_an_error_in_stripes_shape(bank: Bank) -> None:
    answer = bank.raw("GET", "/v1/customers")
    assert answer.status_code == 404
    schema.check(answer.json())
    assert "Unrecognized request URL" in answer.json()["error"]["message"]


def test_hostile_bodies_are_refused_not_fatal(bank: Bank) -> None:
    for body in ("a[b]=1&a=2", "a=1&a[b]=2", "[[[=1", "line_items=1", "\x00\xff=%ff"):
        answer = bank.raw("POST", "/v1/checkout/sessions", data=body)
        assert answer.status_code == 400
        schema.check(answer.json())
