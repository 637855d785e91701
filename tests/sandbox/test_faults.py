"""Parties that misbehave on demand, and behave again afterwards."""

import smtplib
import time
from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.customer import Bank, get, post


def fails(bank: Bank) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as failed:
        bank.session()
    return failed.value


def test_error_of_the_bank_is_its_own_kind(bank: Bank) -> None:
    bank.sandbox.fault(party="bank", kind="error")
    error = fails(bank)
    assert isinstance(error, stripe.APIError)
    assert error.http_status == 500
    # Only the bank, and not its page for people.
    answer = get(f"{bank.sandbox.base}/addresses/lookup?postcode=LE3+1AA")
    assert answer.status_code == 200
    assert get(f"{bank.sandbox.base}/bank/").status_code == 200
    bank.sandbox.clear_faults()
    assert bank.session().status == "open"


def test_rate_limit_says_when_to_come_back(bank: Bank) -> None:
    bank.sandbox.fault(party="bank", kind="error", status=429, retry_after=7, count=1)
    error = fails(bank)
    assert isinstance(error, stripe.RateLimitError)
    assert error.headers is not None
    assert error.headers["Retry-After"] == "7"
    assert bank.session().status == "open"


def test_latency_delays_and_then_does_the_work(bank: Bank) -> None:
    bank.sandbox.fault(party="bank", kind="latency", seconds=0.6, count=1)
    began = time.monotonic()
    assert bank.session().status == "open"
    assert time.monotonic() - began >= 0.6


def test_reset_cuts_before_any_work_is_done(bank: Bank) -> None:
    count = len(bank.client.v1.checkout.sessions.list(params={"limit": 100}).data)
    bank.sandbox.fault(party="bank", kind="reset", count=1)
    assert isinstance(fails(bank), stripe.APIConnectionError)
    after = len(bank.client.v1.checkout.sessions.list(params={"limit": 100}).data)
    assert after == count


def test_lost_answer_is_found_again_by_its_key(bank: Bank) -> None:
    sessions = bank.client.v1.checkout.sessions
    before = {one.id for one in sessions.list(params={"limit": 100}).data}
    bank.sandbox.fault(party="bank", kind="lost_answer", count=1)
    options = {"idempotency_key": "lost-1"}
    with pytest.raises(stripe.APIConnectionError):
        bank.session(options=options)
    after = {one.id for one in sessions.list(params={"limit": 100}).data}
    (made,) = after - before
    assert bank.session(options=options).id == made


def test_client_with_retries_gets_over_one_lost_answer(bank: Bank) -> None:
    bank.client = bank.connect(bank.sandbox.api_key, retries=2)
    bank.sandbox.fault(party="bank", kind="lost_answer", count=1)
    session = bank.session()
    assert session.last_response.headers["Idempotent-Replayed"] == "true"


def test_fault_can_be_kept_to_one_path(bank: Bank) -> None:
    bank.sandbox.fault(party="bank", kind="error", path="/v1/refunds")
    assert bank.session().status == "open"
    with pytest.raises(stripe.APIError):
        bank.client.v1.refunds.list()
    bank.sandbox.clear_faults()
    session = bank.session()
    bank.sandbox.fault(party="bank", kind="error", path="/bank/pay/")
    assert session.url
    assert get(session.url).status_code == 500


@pytest.mark.parametrize("party", ["addresses", "carrier"])
def test_other_parties_fail_alike(bank: Bank, party: str) -> None:
    path = {"addresses": "lookup?postcode=LE3+1AA", "carrier": "consignments/x"}
    url = f"{bank.sandbox.base}/{party}/{path[party]}"
    bank.sandbox.fault(party=party, kind="error", status=503)
    assert get(url).status_code == 503
    bank.sandbox.clear_faults()
    bank.sandbox.fault(party=party, kind="reset")
    with pytest.raises(requests.ConnectionError):
        get(url)


def test_mail_is_put_off_cut_and_taken_without_an_answer(bank: Bank) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", bank.sandbox.smtp_port, timeout=10) as smtp:
            smtp.sendmail("a@shop.test", ["b@example.com"], "Subject: x\r\n\r\ny")

    def count() -> int:
        return len(bank.sandbox.get_json("/mail/messages.json"))

    bank.sandbox.fault(party="mail", kind="error", count=1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send()
    assert refused.value.smtp_code == 451
    bank.sandbox.fault(party="mail", kind="reset", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send()
    assert count() == 0
    bank.sandbox.fault(party="mail", kind="lost_answer", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send()
    assert count() == 1
    send()
    assert count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {"party": "moon", "kind": "error"},
        {"party": "bank", "kind": "flood"},
        {"party": "mail", "kind": "drop_webhooks"},
        {"party": "bank", "kind": "error", "count": 0},
        {"party": "bank", "kind": "latency", "seconds": "long"},
        {"party": "bank", "kind": "error", "colour": "red"},
    ],
)
def test_nonsense_fault_is_refused(bank: Bank, fields: Any) -> None:
    answer = post(f"{bank.sandbox.base}/faults", json=fields)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert bank.sandbox.get_json("/faults") == []
