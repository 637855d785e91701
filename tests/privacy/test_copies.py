"""A copy of everything held: made by a worker, taken once, within minutes (R30)."""

import io
import json
import re
import time
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jessops.lib.hashing import email_hash
from members.models import Member
from newsletter.models import Message
from privacy import copies, retention
from privacy.actions import copies as making
from privacy.models import Copy
from privacy.tasks import make_copies
from shop.models import Order
from tests.builders import PRIYA, draft_token, product
from tests.concurrency.race import at_once, connected
from tests.members.cast import member, proved, signed_in
from tests.servers import ShopServer

pytestmark = pytest.mark.django_db(transaction=True)

DATA = "/members/data/"


@pytest.fixture(autouse=True)
def _asleep(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs by itself: each test says when one does."""
    monkeypatch.setattr("members.views.data.wake", lambda *_: None)
    monkeypatch.setattr("shop.views.order_data.wake", lambda *_: None)


def order() -> Order:
    return Order.objects.get(token=draft_token(Client(), {product().sku: 1}))


def link(to: str = PRIYA["email"]) -> str:
    """Return the address in the last message to somebody that a copy is ready."""
    sent = [one for one in Message.objects.order_by("-created_at") if one.to == to]
    found = re.search(r"/privacy/copy/\S+/", sent[0].text)
    assert found, sent[0].text
    return found.group()


def unpacked(body: bytes) -> tuple[dict[str, Any], str]:
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        assert sorted(file.namelist()) == ["your-data.html", "your-data.json"]
        content: dict[str, Any] = json.loads(file.read("your-data.json"))
        return content, file.read("your-data.html").decode()


def mailed() -> str:
    """Ask by an order's link, let the worker run, and return the way from the mail."""
    found = order()
    assert Client().post(f"/orders/{found.token}/data/").status_code == 200
    make_copies()
    return link()


def ready(who: Member) -> Client:
    """A browser in which a member asked for a copy that is made by now."""
    client = signed_in(who)
    proved(client)
    assert client.post(f"{DATA}copy/").status_code == 303
    make_copies()
    return client


# --- a guest, by mail -----------------------------------------------------------------
def test_a_guest_gets_everything_by_a_link_to_the_orders_own_address() -> None:
    way = mailed()
    page = Client().get(way)
    assert page.status_code == 200
    assert PRIYA["email"] not in page.content.decode()  # looking shows nothing yet
    answer = Client().post(way, {"as": "file"})
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    content, text = unpacked(answer.content)
    assert content["about"] == PRIYA["email"]
    for value in (PRIYA["full_name"], PRIYA["line1"], PRIYA["telephone"]):
        assert value in json.dumps(content)
        assert value in text


def test_it_can_be_read_on_a_page_instead() -> None:
    way = mailed()
    page = Client().post(way, {"as": "page"})
    assert page.status_code == 200
    assert PRIYA["full_name"] in page.content.decode()
    assert Client().post(way, {"as": "page"}).status_code == 404


def test_a_link_works_once() -> None:
    way = mailed()
    assert Client().post(way).status_code == 200
    again = Client().post(way)
    assert again.status_code == 404
    assert "This link opens nothing" in again.content.decode()
    assert "/orders/find/" in again.content.decode()  # what to do now
    assert Client().get(way).status_code == 404


def test_looking_does_not_use_it_up() -> None:
    """A mail scanner follows every link, a hundred times."""
    way = mailed()
    for _ in range(20):
        assert Client().get(way).status_code == 200
        assert Client().head(way).status_code == 200
    assert Client().post(way).status_code == 200


def test_a_link_works_for_fifteen_minutes() -> None:
    way = mailed()
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert Client().get(way).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=15), tick=False):
        assert Client().get(way).status_code == 404
        assert Client().post(way).status_code == 404


def test_a_guessed_or_cut_link_gets_the_same_answer_as_a_used_one() -> None:
    way = mailed()
    cut, made_up = Client().get(f"{way[:-4]}/"), Client().get("/privacy/copy/x/")
    Client().post(way)
    used = Client().get(way)
    bodies = {one.content for one in (cut, made_up, used)}
    assert {cut.status_code, made_up.status_code, used.status_code} == {404}
    assert len(bodies) == 1


def test_the_table_keeps_the_links_keyed_hash_and_not_the_link() -> None:
    way = mailed()
    token = way.split("/")[-2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT copy::text FROM privacy_copy AS copy")
        (row,) = cursor.fetchone()
    assert token not in row
    assert copies.token_hash(token) in row
    assert PRIYA["full_name"] not in row  # what waits to be taken is sealed


def test_what_was_taken_is_blanked_at_once_and_the_rest_within_the_hour() -> None:
    way = mailed()
    Client().post(way)
    taken = Copy.objects.get()
    assert taken.content == ""
    assert taken.taken_at
    with time_machine.travel(taken.good_until + timedelta(hours=1), tick=False):
        retention.run_all()
    assert not Copy.objects.exists()


def test_what_nobody_takes_goes_by_its_clock() -> None:
    mailed()
    until = Copy.objects.get().good_until
    with time_machine.travel(until + timedelta(minutes=59), tick=False):
        retention.run_all()
        assert Copy.objects.exists()
    with time_machine.travel(until + timedelta(hours=1), tick=False):
        retention.run_all()
        assert not Copy.objects.exists()


def test_a_second_wish_within_the_quarter_of_an_hour_sends_nothing_more() -> None:
    found = order()
    for _ in range(3):
        answer = Client().post(f"/orders/{found.token}/data/")
        make_copies()
    assert "on its way already" in answer.content.decode()
    assert Message.objects.filter(key__startswith="copy-ready:").count() == 1


def test_two_windows_at_once_take_one_copy() -> None:
    """The race: of many who press at once, one gets it."""
    mailed()
    copy = Copy.objects.get()

    def take(_: int) -> bool:
        try:
            making.take(copy=copy)
        except making.NoCopy:
            return False
        return True

    assert sum(at_once(take, range(8), ready=connected)) == 1


# --- a member, signed in --------------------------------------------------------------
def test_a_member_takes_it_where_it_was_asked_for() -> None:
    client = ready(member(PRIYA["email"], full_name="Priya Raman"))
    assert "Download my data" in client.get(DATA).content.decode()
    answer = client.post(f"{DATA}copy/take/")
    content, _ = unpacked(answer.content)
    assert content["about"] == PRIYA["email"]
    assert client.post(f"{DATA}copy/take/").status_code == 404
    assert "You have taken your copy" in client.get(DATA).content.decode()


def test_the_mail_to_a_member_holds_no_key() -> None:
    ready(member(PRIYA["email"]))
    mail = Message.objects.get(key__startswith="copy-ready:")
    assert "/privacy/copy/" not in mail.text + mail.html
    assert DATA in mail.text


def test_it_takes_a_fresh_sign_in_to_ask_and_to_take() -> None:
    who = member(PRIYA["email"])
    client = signed_in(who)
    stale = client.post(f"{DATA}copy/")
    assert stale.status_code == 302
    assert "/accounts/" in stale["Location"]
    assert not Copy.objects.exists()
    client = ready(who)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert client.post(f"{DATA}copy/take/").status_code == 302
    assert Copy.objects.get().taken_at is None


def test_no_other_member_and_no_other_sign_in_takes_it() -> None:
    who = member(PRIYA["email"])
    ready(who)
    other = signed_in(member("other@example.co.uk"))
    proved(other)
    assert other.post(f"{DATA}copy/take/").status_code == 404
    elsewhere = signed_in(who)
    proved(elsewhere)
    assert elsewhere.post(f"{DATA}copy/take/").status_code == 404
    assert Client().post(f"{DATA}copy/take/").status_code == 302
    assert Copy.objects.get().taken_at is None


def test_signing_out_forgets_it() -> None:
    who = member(PRIYA["email"])
    client = ready(who)
    client.logout()
    client.force_login(who)
    proved(client)
    assert client.post(f"{DATA}copy/take/").status_code == 404


# --- the worker -----------------------------------------------------------------------
def test_a_sweep_makes_what_no_bell_rang_for() -> None:
    """The broker is dead: the wish lies in the table, and beat comes by."""
    found = order()
    Client().post(f"/orders/{found.token}/data/")
    assert Copy.objects.get().made_at is None
    assert making.make_due() == 1
    assert making.make_due() == 0


def test_a_copy_of_nobody_is_dropped() -> None:
    making.ask(subject=email_hash("gone@example.co.uk"), by_mail=True)
    assert making.make_due() == 0
    assert not Copy.objects.exists()


def test_one_that_breaks_stands_in_no_others_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = order()
    making.ask(subject=found.email_hash, by_mail=False)
    making.ask(subject=found.email_hash, by_mail=False)
    real, calls = copies.content_of, []

    def breaks_once(subject: str, email: str) -> dict[str, Any]:
        calls.append(subject)
        if len(calls) == 1:
            raise RuntimeError("broken")
        return real(subject, email)

    monkeypatch.setattr(copies, "content_of", breaks_once)
    assert making.make_due() == 1
    assert making.make_due() == 1


def test_a_real_worker_makes_it(shop_server: ShopServer) -> None:
    """The whole way: web server, broker, worker, mail server."""
    found = order()
    url = f"{shop_server.url}/orders/{found.token}/data/"
    assert requests.post(url, timeout=20).status_code == 200
    end = time.monotonic() + 30
    while not Copy.objects.filter(made_at__isnull=False) and time.monotonic() < end:
        time.sleep(0.2)
    answer = requests.post(f"{shop_server.url}{link()}", timeout=20)
    content, _ = unpacked(answer.content)
    assert content["about"] == PRIYA["email"]


# --- what is in it --------------------------------------------------------------------
def test_both_files_say_the_same() -> None:
    answer = Client().post(mailed())
    content, text = unpacked(answer.content)
    says = [
        item["says"]
        for table in content["tables"]
        for row in table["rows"]
        for item in row["items"]
    ]
    assert len(says) > 20
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    for said in says:
        short = re.sub(r"\s+", " ", said).strip()[:30]
        assert short.split("&")[0].split("'")[0].split('"')[0].split("<")[0] in plain
    assert "<script" not in text
    assert "http://" not in re.sub(r"http://localhost[^\s<]*", "", text)


def test_what_somebody_typed_runs_nowhere() -> None:
    token = draft_token(
        Client(), {product().sku: 1}, county="<script>alert(1)</script>"
    )
    found = Order.objects.get(token=token)
    content = copies.content_of(found.email_hash, found.email)
    assert "<script>" not in copies.readable(content)
    assert "&lt;script&gt;" in copies.readable(content)
