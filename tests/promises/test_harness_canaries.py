"""H4: marked words pushed through a whole shop, then looked for where none may be.

One real shop runs at LOG_LEVEL=DEBUG with its own Valkey, watched by MONITOR. A person
whose every detail is unlike any other word buys, mistypes, searches, fails to sign in
and meets forced errors. Then the logs of every process, every command that Valkey got,
every column of every table and the processes' command lines are searched (P8, P27,
P39, R16, R28).
"""

import contextlib
import json
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import requests
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from privacy import registry
from shop.forms import looks_like_card
from shop.models import Order, Payment
from tests.builders import product
from tests.conftest import contracts
from tests.sandbox.launcher import Sandbox
from tests.servers import ShopServer, start_shop
from tests.shopper import DECLINED, GOOD, Shopper
from tests.staff import code, equip

MARK = "zyx" + "".join(secrets.choice("bcdfghjkmnpqrstvw") for _ in range(6))
AGENT = f"{MARK}agent/1.0 (\x1b[31m{MARK})"
POSTCODE = "HG3 4XQ"  # of nobody else in these tests
PERSON = {
    "title": f"{MARK}title"[:20],
    "full_name": f"{MARK}first {MARK}last",
    "email": f"{MARK}.mail@example.co.uk",
    "telephone": "01632 960471",
    "postcode": POSTCODE,
    "line1": f"7 {MARK}street",
    "line2": f"{MARK}flat",
    "town": f"{MARK}town",
    "county": f"{MARK}county",
    "billing_same": "",
    "billing_line1": f"9 {MARK}bank",
    "billing_line2": f"{MARK}floor",
    "billing_town": f"{MARK}city",
    "billing_county": f"{MARK}shire",
    "billing_postcode": "YO61 3QX",
}
PASSWORD = f"{MARK}-password"
CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){13,19}(?![\w.-])")
ADDRESS = re.compile(r"\b(?!127\.0\.0\.1\b)\d{1,3}(?:\.\d{1,3}){3}\b")

# What the fixture lived through is committed; the tests themselves write nothing.
pytestmark = pytest.mark.django_db


@dataclass
class Evidence:
    """What was left behind where, when it was all over."""

    shop: ShopServer
    logs: dict[str, str] = field(default_factory=dict)
    valkey: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # "table.column": all of it
    command_lines: dict[str, str] = field(default_factory=dict)
    mails: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    secret: dict[str, str] = field(default_factory=dict)  # what nobody may write down
    trolley: str = ""


class Monitor(threading.Thread):
    """Every command that a Valkey is given, as it is given."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.client = redis.Redis.from_url(url)
        self.commands: list[str] = []
        self.ending = threading.Event()
        self.ready = threading.Event()

    def run(self) -> None:
        with self.client.monitor() as monitor:
            self.ready.set()
            # Where the day ends early, Valkey ends before this does.
            with contextlib.suppress(redis.ConnectionError):
                while not self.ending.is_set():
                    self.commands.append(str(monitor.next_command()["command"]))

    def stop(self) -> None:
        self.ending.set()
        self.client.ping()  # one command more, so that the wait ends
        self.join(10)
        self.client.close()


def raw(shop: ShopServer, path: str, agent: str) -> int:
    """Ask with bytes that no library would send; return the status."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=10) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {agent}\r\n"
            f"X-Request-ID: {MARK}\r\nConnection: close\r\n\r\n".encode("latin-1")
        )
        answer = line.makefile("rb").readline()
    return int(answer.split()[1]) if answer else 0


def locked(table: str) -> Any:
    """A connection that lets nobody write to a table until it is closed."""
    other = psycopg.connect(
        **{
            ("dbname" if name == "database" else name): value
            for name, value in connection.get_connection_params().items()
            if name in ("host", "port", "user", "password", "dbname", "database")
        }
    )
    other.execute(f'LOCK TABLE "{table}" IN EXCLUSIVE MODE')
    return other


def live(found: Evidence, sandbox: Sandbox) -> None:
    """The person's day: everything that a shop might be tempted to write down."""
    shop = found.shop
    thing = product(sku=f"{MARK}1".upper(), stock=50)
    mine = Shopper(shop.url, PERSON, agent=f"{MARK}agent/1.0")

    def note(answer: requests.Response) -> None:
        found.statuses.append(answer.status_code)

    # Buying: looked up, drafted, declined, paid.
    mine.add(thing.sku, 2)
    found.trolley = (mine.session.cookies["trolley"] or "").strip('"')
    note(mine.look_up(POSTCODE))
    token = mine.draft()
    page = mine.place(token)
    note(mine.pay(page, DECLINED))
    mine.come_back(mine.pay(page, GOOD))
    order = Order.objects.get(token=token)
    find = {"number": order.number, "email": PERSON["email"]}
    note(mine.post("/orders/find/", **find))
    note(mine.post("/orders/find/", number=f"{MARK}no", email=f"{MARK}@"))

    # A card's number where it does not belong.
    mine.add(thing.sku)
    for name in PERSON:
        note(mine.post("/checkout/", **(mine.details | {name: GOOD})))
    for name in ("number", "email"):
        note(mine.post("/orders/find/", **(find | {name: GOOD})))
    note(mine.get(f"/search/?q={GOOD}"))
    note(mine.post("/trolley/add/", sku=GOOD, quantity=GOOD))
    note(mine.get(f"/product/{GOOD.replace(' ', '')}/"))
    note(Shopper(shop.url, PERSON, agent=GOOD).get("/"))

    # Odd requests.
    for path in (
        f"/search/?q={MARK}words+{POSTCODE}",
        f"/{MARK}/{PERSON['email']}/?{MARK}={MARK}",
        f"/orders/{MARK}notoken/",
        f"/product/{MARK}/",
        f"/shop/{MARK}/%00",
    ):
        note(mine.get(path))
        found.statuses.append(raw(shop, path.replace(" ", "+"), AGENT))
    found.statuses.append(raw(shop, "/", f"{MARK}\r\n {MARK}folded"))
    mine.session.cookies.set("trolley", f"1|{MARK}!!!")
    note(mine.get("/trolley/"))
    cross = {"Origin": f"https://{MARK}.example", "Referer": f"https://{MARK}/"}
    note(mine.session.post(f"{shop.url}/trolley/add/", headers=cross, timeout=10))
    note(requests.get(shop.url, headers={"Host": f"{MARK}.example"}, timeout=10))
    hook = {"Stripe-Signature": f"t=1,v1={MARK}"}
    body = json.dumps({"id": MARK, "email": PERSON["email"]})
    note(requests.post(f"{shop.url}/webhooks/stripe/", body, headers=hook, timeout=10))

    # Signing in, badly and well.
    staff = Shopper(shop.url, PERSON, agent=AGENT.replace("\x1b", ""))
    for password in (PASSWORD, "twelve letters"):
        staff.get("/admin/login/")
        form = {
            "login": f"{MARK}.staff@jessops.example",
            "password": password,
            "csrfmiddlewaretoken": staff.session.cookies["csrftoken"] or "",
        }
        note(staff.post("/accounts/login/?next=/admin/", **form))
    for typed in ("000000", code()):
        staff.get("/accounts/2fa/authenticate/")
        form = {
            "code": typed,
            "csrfmiddlewaretoken": staff.session.cookies["csrftoken"] or "",
        }
        note(staff.post("/accounts/2fa/authenticate/", **form))
    found.secret["session"] = staff.session.cookies["sessionid"] or ""
    found.secret["csrf"] = staff.session.cookies["csrftoken"] or ""
    note(staff.get(f"/admin/shop/order/?q={PERSON['email']}"))
    note(staff.get(f"/admin/shop/order/{order.pk}/change/"))

    # Trouble: the database, the bank, the addresses, the mail.
    other = Shopper(shop.url, PERSON | {"full_name": f"{MARK}second"})
    other.add(thing.sku)
    holder = locked("shop_order")
    note(other.post("/checkout/", **other.details))
    holder.close()
    second = other.draft()
    for kind in ("error", "reset"):
        sandbox.fault(party="bank", kind=kind, count=4)
        note(other.post(f"/orders/{second}/review/"))
        sandbox.clear_faults()
    sandbox.fault(party="bank", kind="lost_answer", count=1)
    note(other.post(f"/orders/{second}/review/"))
    sandbox.clear_faults()
    sandbox.fault(party="addresses", kind="error")
    note(other.look_up("YO61 3QX"))
    sandbox.clear_faults()
    sandbox.fault(party="mail", kind="error", count=1)
    other.come_back(other.pay(other.place(second)))
    third = Shopper(shop.url, PERSON | {"full_name": f"{MARK}third"})
    third.add(thing.sku)
    sandbox.fault(party="mail", kind="reset", count=1)
    third.come_back(third.pay(third.place(third.draft())))
    for number, buyer in enumerate(Order.objects.all()):
        found.secret[f"token {number}"] = buyer.token
    for number, payment in enumerate(Payment.objects.all()):
        found.secret[f"reference {number}"] = payment.reference
    for name in ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"):
        found.secret[name] = shop.environ[name]
    for name in ("SECRET_KEY", "DATA_HASH_KEY"):
        found.secret[name] = os.environ[name]


def wait_for_mail(sandbox: Sandbox, at_least: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 30
    while True:
        mails = [
            mail
            for mail in sandbox.get_json("/mail/messages.json")
            if PERSON["email"] in mail["to"]
        ]
        if len(mails) >= at_least or time.monotonic() > deadline:
            return mails
        time.sleep(0.2)


def read_columns() -> dict[str, str]:
    """Return all of each column of each table as one text."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        for table, column in cursor.fetchall():
            name = f'"{table}"."{column}"'
            cursor.execute(f"SELECT string_agg({name}::text, E'\\n') FROM \"{table}\"")  # noqa: S608
            row = cursor.fetchone()
            found[f"{table}.{column}"] = (row and row[0]) or ""
    return found


def postgres_log() -> str:
    """What the tests' PostgreSQL wrote down, for whichever test."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        row = cursor.fetchone()
    assert row
    folder = Path(row[0])
    for place in (folder, *folder.parents[:3]):
        if (log := place / "postgres.log").exists():
            return log.read_text(errors="replace")
    raise AssertionError("no log of PostgreSQL's")


@pytest.fixture(scope="module")
def evidence(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Evidence]:
    """Live through it once; every test then looks in another place."""
    place = tmp_path_factory.mktemp("canaries")
    patch = pytest.MonkeyPatch()
    patch.setenv("LOG_LEVEL", "DEBUG")
    try:
        with django_db_blocker.unblock():
            contracts()
            equip(
                get_user_model().objects.create_superuser(
                    email=f"{MARK}.staff@jessops.example", password="twelve letters"
                )
            )
            name = connection.settings_dict["NAME"]
            with start_shop(place, database=name) as shop:
                monitor = Monitor(shop.environ["REDIS_URL"])
                monitor.start()
                assert monitor.ready.wait(10)
                found = Evidence(shop)
                live(found, shop.sandbox)
                found.mails = wait_for_mail(shop.sandbox, 2)
                for child in (shop.web, shop.worker):
                    line = Path(f"/proc/{child.process.pid}/cmdline").read_text()
                    found.command_lines[child.command.name] = line
                monitor.stop()
                found.valkey = monitor.commands
                found.columns = read_columns()
            found.logs = {p.name: p.read_text() for p in (place / "log").glob("*.log")}
            found.logs["valkey.log"] = (place / "valkey.log").read_text()
            found.logs["postgres.log"] = postgres_log()
            yield found
    finally:
        patch.undo()
        with django_db_blocker.unblock():
            call_command("flush", verbosity=0, interactive=False)


def words(found: Evidence) -> dict[str, str]:
    """Everything about this person, and every key, that nothing may repeat."""
    return {
        "a marked word": MARK,
        "the postcode": POSTCODE,
        "the postcode, joined": POSTCODE.replace(" ", ""),
        "the card's postcode": "YO61 3QX",
        "the telephone": "960471",
        "the trolley": found.trolley,
        **found.secret,
    }


def hits(text: str, found: Evidence) -> list[str]:
    """Name what of it stands in a text, whatever its letters' size."""
    folded = text.casefold()
    return [name for name, word in words(found).items() if word.casefold() in folded]


def cards(text: str) -> list[str]:
    """Return what in a text could be a card's number, standing by itself."""
    found = [each.group() for each in CARD.finditer(text) if looks_like_card(each[0])]
    plain = re.sub(r"[ -]", "", text)
    return found + [n for n in (GOOD, DECLINED) if n.replace(" ", "") in plain]


def test_the_day_was_lived_as_meant(evidence: Evidence) -> None:
    """The control of all that follows: it all happened, errors included."""
    assert len(evidence.mails) >= 2  # what the mail server refused waits longer
    assert "smtp 451" in evidence.columns["newsletter_message.last_error"]
    assert all(evidence.secret.values())
    assert {200, 303, 400, 402, 403, 404, 500, 503} <= set(evidence.statuses)
    for sealed in ("shop_order.full_name", "newsletter_message.to"):
        assert evidence.columns[sealed].startswith("s1:")
    assert MARK in evidence.columns["members_member.email"]
    assert '"level": "ERROR"' in evidence.logs["web.log"]
    assert '"level": "DEBUG"' in evidence.logs["web.log"]
    assert "lock timeout" in evidence.logs["postgres.log"]
    assert len(evidence.valkey) > 20
    assert any("celery" in command for command in evidence.valkey)


@pytest.mark.parametrize(
    "name", ["web.log", "worker.log", "collectstatic.log", "valkey.log", "postgres.log"]
)
def test_no_log_knows_the_person_a_key_or_a_token(
    evidence: Evidence, name: str
) -> None:
    text = evidence.logs[name]
    assert text or name == "collectstatic.log"
    for line in text.splitlines():
        assert hits(line, evidence) == [], line
        assert cards(line) == [], line


@pytest.mark.parametrize("name", ["web.log", "worker.log"])
def test_every_line_of_a_log_is_one_json_object_without_an_address(
    evidence: Evidence, name: str
) -> None:
    lines = evidence.logs[name].splitlines()
    assert len(lines) > 5
    for line in lines:
        assert isinstance(json.loads(line), dict), line
        assert not ADDRESS.search(line), line
        assert "\x1b" not in line


def test_valkey_was_told_nothing_about_the_person(evidence: Evidence) -> None:
    for command in evidence.valkey:
        assert hits(command, evidence) == [], command[:500]
        assert cards(command) == [], command[:500]


def test_no_process_shows_a_key_to_its_neighbours(evidence: Evidence) -> None:
    for line in evidence.command_lines.values():
        assert line
        assert hits(line, evidence) == []


def declared() -> set[str]:
    """Every column that is declared to hold something of a person."""
    found = set()
    for held in registry.held():
        model = apps.get_model(held.model)
        column = model._meta.get_field(held.field).column
        found.add(f"{model._meta.db_table}.{column}")
    return found


def test_names_and_addresses_stand_in_declared_columns_only(
    evidence: Evidence,
) -> None:
    person = (MARK, "960471", "01632 960471")
    held = {
        column
        for column, text in evidence.columns.items()
        if any(word in text.casefold().replace(f"{MARK}1", "") for word in person)
    }
    assert held - declared() == set()
    # Orders and mail are sealed: in plain letters only the staff's own sign-in is
    # named, which looks people up by their address.
    assert held == {"members_member.email", "account_emailaddress.email"}


def test_no_table_keeps_a_trolley(evidence: Evidence) -> None:
    assert evidence.trolley == f"1|{MARK.upper()}1:2"
    holding = [c for c, text in evidence.columns.items() if evidence.trolley in text]
    assert holding == []


def test_no_table_keeps_a_card(evidence: Evidence) -> None:
    found = {column: cards(text) for column, text in evidence.columns.items()}
    assert {column: hit for column, hit in found.items() if hit} == {}


def test_mail_holds_neither_cards_nor_anything_that_loads(evidence: Evidence) -> None:
    for mail in evidence.mails:
        assert cards(mail["text"] + mail["html"]) == []
        assert not re.search(r"<(img|link|script|iframe)|\bsrc=|url\(", mail["html"])
        hosts = {
            urlsplit(u).netloc for u in re.findall(r'href="(http[^"]+)', mail["html"])
        }
        assert hosts <= {urlsplit(evidence.shop.url).netloc}
        assert "trolley" not in str(mail["headers"]).lower()


def test_what_is_planted_is_found(evidence: Evidence) -> None:
    for text in (
        f'{{"message": "hello {MARK.upper()}"}}',
        f"GET /orders/{next(iter(evidence.secret.values()))}/",
        f"q={POSTCODE}",
        f"cookie: trolley={evidence.trolley}",
    ):
        assert hits(text, evidence)
    for text in (f"paid with {GOOD}", "4242-4242-4242-4242", "n=4000000000000002;"):
        assert cards(text)
    assert cards("Order J26-4812-0751, 22 November 2026, 16782301, £1,449.00") == []
