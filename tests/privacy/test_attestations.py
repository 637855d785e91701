"""Evidence: the newest counts, to the end of its last day; a connector goes with it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.models import Member
from newsletter.models import Message
from privacy import attestations, gateway, run_file, states
from privacy.actions.attestations import (
    attest,
    enter_demo_contracts,
    warn_of_expiry,
)
from privacy.gateway import connectors
from privacy.gateway.bank import BankContractExpired
from privacy.models import Attestation, Receipt
from privacy.promises import BY_ID
from shop.clients.bank import cancel_intent
from shop.models import AddressCheck, Order, Payment
from tests.bank import TestBank
from tests.builders import PRIYA, draft_token, fill, product
from tests.conftest import FOREVER, contract
from tests.privacy.conftest import Party
from tests.promises.test_run_file import path as path  # a run file of the test's own
from tests.promises.test_run_file import result
from tests.shop.conftest import bank as bank
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LAST = date(2028, 2, 29)  # a leap day
GONE = date(2020, 1, 1)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def evidence(promise: str, expires_on: date) -> Attestation:
    return attest(
        subject=f"promise:{promise}",
        statement="The cage is locked and the keys are counted",
        owner="Head of Operations",
        reference="HOST-2026-11",
        attested_on=date(2026, 1, 1),
        expires_on=expires_on,
        by="Member 1",
    )


def send() -> gateway.Response:
    return gateway.send(
        "test-party",
        method="POST",
        path="/parcels",
        fields={"name": "Canary Lovelace"},
        about="order:J26-0000-0001",
        reason="to deliver your parcel",
    )


# --- the connector -------------------------------------------------------------------
@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (at(LAST, 0), True),
        (at(LAST, 23), True),
        (at(date(2028, 3, 1), 0), False),
        (at(date(2029, 2, 28)), False),
        (at(date(1999, 12, 31)), False),  # before anybody stood for anything
    ],
)
def test_a_contract_holds_to_the_end_of_its_last_day(
    party: Party, moment: datetime, allowed: bool
) -> None:
    contract("test-party", expires_on=LAST)
    with time_machine.travel(moment, tick=False):
        if allowed:
            assert send().status == 200
        else:
            with pytest.raises(gateway.ContractExpired):
                send()
    assert len(party.requests) == allowed
    assert Receipt.objects.filter(connector="test-party").count() == allowed


@pytest.mark.usefixtures("declared")
def test_without_any_contract_nothing_leaves_not_even_a_question(
    party: Party,
) -> None:
    gateway.register(
        gateway.Connector(
            name="no-paper",
            recipient="Nobody",
            purpose="order",
            base_url_setting="TEST_PARTY_BASE",
            fields=frozenset({"postcode"}),
            personal={},
        )
    )
    try:
        with pytest.raises(gateway.ContractExpired):
            gateway.send(
                "no-paper",
                method="GET",
                path="/lookup",
                fields={"postcode": "SL7 1EY"},
                about="",
                reason="to ask",
            )
    finally:
        gateway.forget("no-paper")
    assert party.requests == []


@pytest.mark.usefixtures("declared")
def test_the_newest_row_counts_and_may_take_the_contract_back(party: Party) -> None:
    assert send().status == 200
    contract("test-party", expires_on=GONE)
    with pytest.raises(gateway.ContractExpired):
        send()
    assert len(party.requests) == 1
    contract("test-party")
    assert send().status == 200


def test_an_expired_contract_is_a_party_that_cannot_be_reached() -> None:
    assert issubclass(gateway.ContractExpired, gateway.PartyUnavailable)
    assert issubclass(BankContractExpired, gateway.ContractExpired)


def test_asking_costs_one_query(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert attestations.connector_allowed("bank")


# --- the shop without a contract -----------------------------------------------------
def test_without_the_banks_contract_the_checkout_says_what_it_says_when_it_is_down(
    client: Client, bank: TestBank, transactional_db: None
) -> None:
    token = draft_token(client, {product().sku: 1})
    before = bank.sandbox.get_json("/egress.json")
    contract("bank", expires_on=GONE)
    answer = client.post(f"/orders/{token}/review/")
    assert answer.status_code == 503
    assert "payment" in answer.content.decode()
    assert bank.sandbox.get_json("/egress.json") == before
    assert not Receipt.objects.filter(connector="bank").exists()
    assert Payment.objects.get().session is None
    contract("bank")
    assert "/bank/pay/" in bank.place(client, token)


def test_money_is_given_back_also_when_the_contract_is_gone(
    client: Client, bank: TestBank, transactional_db: None
) -> None:
    order = bank.buy(client, draft_token(client, {product().sku: 1}))
    intent = str(order.payments.get().intent)
    contract("bank", expires_on=GONE)
    cancel_intent(intent=intent, about=order.about)
    (entry,) = [one for one in bank.ledger() if one["payment_intent"] == intent]
    assert entry["status"] == "canceled"


def test_without_the_address_lists_contract_addresses_are_typed_by_hand(
    client: Client, bank: TestBank, transactional_db: None
) -> None:
    contract("addresses", expires_on=GONE)
    before = bank.sandbox.get_json("/egress.json")
    sku = product().sku
    fill(client, {sku: 1})
    page = client.post("/checkout/", {"find": "1", "postcode": "SL7 1EY"})
    assert "Please type yours below" in page.content.decode()
    token = draft_token(client, {sku: 1}, **PRIYA)
    order = Order.objects.get(token=token)
    assert order.address_check == AddressCheck.UNAVAILABLE
    assert bank.sandbox.get_json("/egress.json") == before


# --- the promises --------------------------------------------------------------------
def listed(client: Client, promise: str) -> str:
    states.forget()
    found = client.get("/.well-known/privacy-promises.json").json()["promises"]
    return str(next(one["state"] for one in found if one["id"] == promise))


def shown(client: Client, promise: str) -> str:
    return client.get(f"/privacy/promises/{promise}/").content.decode()


def test_evidence_is_attested_until_its_last_day_and_then_not_met(
    client: Client,
) -> None:
    assert listed(client, "P90") == "not met"
    assert "No evidence on record" in shown(client, "P90")
    evidence("P90", LAST)
    with time_machine.travel(at(LAST, 23), tick=False):
        assert listed(client, "P90") == "attested"
        assert "Attested until 29 February 2028" in shown(client, "P90")
    with time_machine.travel(at(date(2028, 3, 1), 0), tick=False):
        assert listed(client, "P90") == "not met"
        assert "The evidence ran out on 29 February 2028" in shown(client, "P90")


def test_midnight_alone_changes_what_a_running_process_says(client: Client) -> None:
    evidence("P90", LAST)
    with time_machine.travel(at(LAST, 23), tick=False) as clock:
        assert states.states()["P90"].code == "attested"
        clock.shift(timedelta(hours=2))
        assert states.states()["P90"].code == "lapsed"


def test_the_parties_promise_is_as_good_as_the_worst_contract(client: Client) -> None:
    assert listed(client, "P60") == "attested"
    last = connectors()[-1].name
    contract(last, expires_on=timezone.now().date())
    assert listed(client, "P60") == "attested"
    assert states.states()["P60"].until.expires_on < FOREVER  # type: ignore[union-attr]
    contract(last, expires_on=GONE)
    assert listed(client, "P60") == "not met"
    contract(last)
    assert listed(client, "P60") == "attested"


def test_a_party_without_a_contract_leaves_the_promise_unmet(client: Client) -> None:
    gateway.register(
        gateway.Connector("no-paper", "Nobody", "order", "SITE_URL", frozenset())
    )
    try:
        assert listed(client, "P60") == "not met"
    finally:
        gateway.forget("no-paper")


@pytest.mark.parametrize("promise", ["P60", "P90"])
def test_what_is_attested_is_never_called_kept(
    promise: str, client: Client, path: object
) -> None:
    """Whatever the tests of our half say."""
    assert BY_ID[promise].attested
    evidence("P90", FOREVER)
    for passed, state in ((True, "attested"), (False, "not met")):
        run_file.write(path, {promise: result(passed=passed)})  # type: ignore[arg-type]
        wanted = state if BY_ID[promise].tested else "attested"
        assert listed(client, promise) == wanted


def test_half_attested_needs_both_halves(client: Client, path: object) -> None:
    assert BY_ID["P85"].half_attested
    run_file.write(path, {"P85": result()})  # type: ignore[arg-type]
    assert listed(client, "P85") == "not met"
    evidence("P85", FOREVER)
    assert listed(client, "P85") == "attested"
    run_file.write(path, {"P85": result(passed=False)})  # type: ignore[arg-type]
    assert listed(client, "P85") == "not met"


# --- staff ---------------------------------------------------------------------------
@pytest.fixture
def staff(client: Client) -> Client:
    member = Member.objects.create_superuser("staff@example.com", "a long password")
    sign_in(client, member)
    return client


FORM = {
    "subject": "promise:P90",
    "statement": "The cage is locked",
    "owner": "Head of Operations",
    "reference": "HOST-2026-11",
    "attested_on": "2026-01-01",
    "expires_on": "2999-01-01",
}
PAGES = "/admin/privacy/attestation/"


def test_staff_add_evidence_and_can_neither_change_nor_delete_it(staff: Client) -> None:
    assert staff.post(f"{PAGES}add/", FORM).status_code == 302
    entered = Attestation.objects.get(subject="promise:P90")
    assert entered.entered_by == f"Member {Member.objects.get().pk}"
    assert staff.get(f"{PAGES}{entered.pk}/change/").status_code == 200
    assert staff.post(f"{PAGES}{entered.pk}/change/", FORM).status_code == 403
    assert staff.post(f"{PAGES}{entered.pk}/delete/").status_code == 403
    many = {"action": "delete_selected", "_selected_action": [str(entered.pk)]}
    staff.post(PAGES, many)
    assert Attestation.objects.filter(pk=entered.pk).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "promise:P60"},  # it stands on the contracts
        {"subject": "promise:P33"},  # a test shows it, or nothing does
        {"subject": "connector:nobody"},
        {"attested_on": "2999-01-01"},
        {"expires_on": "2025-12-31"},
        {"reference": ""},
        {"owner": ""},
    ],
)
def test_evidence_for_the_wrong_thing_or_without_papers_is_refused(
    staff: Client, wrong: dict[str, str]
) -> None:
    before = Attestation.objects.count()
    assert staff.post(f"{PAGES}add/", FORM | wrong).status_code == 200
    assert Attestation.objects.count() == before


def test_staff_see_what_runs_out_within_sixty_days(staff: Client) -> None:
    today = timezone.now().date()
    contract("bank", expires_on=today + timedelta(days=60))
    evidence("P90", today + timedelta(days=61))
    page = staff.get(f"{PAGES}?standing=soon").content.decode()
    assert "connector:bank" in page
    assert "holds, 60 days left" in page
    assert "promise:P90" not in page
    everything = staff.get(PAGES).content.decode()
    assert "replaced" in everything
    ran_out = f"{PAGES}?standing=expired"
    assert "connector:bank" not in staff.get(ran_out).content.decode()
    contract("bank", expires_on=GONE)
    page = staff.get(ran_out).content.decode()
    assert "connector:bank" in page
    assert "ran out" in page


def test_only_who_may_add_evidence_adds_it(client: Client) -> None:
    clerk = Member.objects.create_user("clerk@example.com", "a long password")
    Member.objects.filter(pk=clerk.pk).update(is_staff=True)
    sign_in(client, clerk)
    assert client.get(f"{PAGES}add/").status_code == 403


def test_staff_are_told_thirty_and_seven_days_before_once_each(
    settings: Settings,
) -> None:
    evidence("P90", LAST)
    told = Message.objects.filter(message_class="staff")
    for days, count in ((31, 0), (30, 1), (29, 1), (8, 1), (7, 2), (6, 2), (0, 2)):
        with time_machine.travel(at(LAST - timedelta(days=days)), tick=False):
            for _ in range(2):
                warn_of_expiry()
            assert told.count() == count, days
    assert {message.to for message in told} == {settings.COMPANY["email"]}
    assert "29 February 2028" in " ".join(told[0].text.split())
    with time_machine.travel(at(LAST + timedelta(days=1)), tick=False):
        assert warn_of_expiry() == 0


def test_a_renewed_contract_is_not_warned_of() -> None:
    today = timezone.now().date()
    contract("bank", expires_on=today + timedelta(days=5))
    contract("bank", expires_on=today + timedelta(days=300))
    assert warn_of_expiry() == 0


# --- the demonstration ---------------------------------------------------------------
def test_the_demonstration_enters_each_contract_once() -> None:
    gateway.register(
        gateway.Connector("new-party", "New", "order", "SITE_URL", frozenset())
    )
    try:
        assert enter_demo_contracts() == 1
        assert enter_demo_contracts() == 0
        entered = attestations.current("connector:new-party")
        assert entered
        assert entered.reference == "DEMO-new-party"
        later = timezone.now() + timedelta(days=366)
        with time_machine.travel(later, tick=False):
            assert not attestations.connector_allowed("new-party")
            assert enter_demo_contracts() == 1
            assert attestations.connector_allowed("new-party")
    finally:
        gateway.forget("new-party")


def test_the_demonstration_gives_back_nothing_that_staff_took_away() -> None:
    contract("bank", expires_on=GONE)
    assert enter_demo_contracts() == 0
    assert not attestations.connector_allowed("bank")
