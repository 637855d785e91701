"""Each self-probe passes on the shop as it is, and fails on each harm it is there for.

Then the promises that rest on it turn red on the served pages, and back again.
"""

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jessops import heartbeat
from newsletter import outbox
from privacy import probes, run_file, states
from privacy.cookies import REGISTRY, Cookie
from privacy.gateway import ourselves
from privacy.gateway.ourselves import Encryption, NotAnswered
from privacy.models import PolicyVersion, ProbeResult
from privacy.promises import PROMISES
from shop import probes as shop_probes
from shop.trolley import Trolley, encode
from tests.builders import category, product
from tests.privacy.served import Answer, Served, fresh_shop
from tests.privacy.served import served as served
from tests.promises.test_run_file import path as path  # a run file of the test's own
from tests.promises.test_run_file import result
from tests.servers import ShopServer

PEM = Path(__file__).resolve().parents[1] / "data" / "localhost.pem"
NAMES = {
    *("clockwork", "cookies", "encryption", "headers", "ledgers", "mail-leaves"),
    *("outside-requests", "policy-agrees", "policy-text", "retention"),
    *("security-contact", "trolley-cookie"),
}


def run(name: str) -> ProbeResult:
    found = probes.run(name, probes.SCHEDULE)
    states.forget()
    return found


def test_the_probes_are_there_with_real_promises_and_sensible_periods() -> None:
    assert {probe.name for probe in probes.probes()} >= NAMES
    known = {promise.id for promise in PROMISES}
    for probe in probes.probes():
        assert probe.promises, probe.name
        assert set(probe.promises) <= known, probe.name
        assert timedelta(minutes=2) <= probe.every <= timedelta(hours=1), probe.name
        assert probe.words.endswith("."), probe.name


# --- what is served ------------------------------------------------------------------
def put(text: str, where: str = "/product/") -> Callable[[Answer], None]:
    """Return a harm that puts HTML into a page, or CSS into a stylesheet."""

    def harm(answer: Answer) -> None:
        if answer.path.startswith(where):
            before = b"</main>" if b"</main>" in answer.body else b""
            new = text.encode() + before
            answer.body = (
                answer.body.replace(before, new, 1) if before else answer.body + new
            )

    return harm


def header(name: str, value: str | None, where: str = "/") -> Callable[[Answer], None]:
    """Return a harm that sets a header, or takes it away."""

    def harm(answer: Answer) -> None:
        if answer.path.startswith(where):
            kept = [one for one in answer.headers if one[0].lower() != name.lower()]
            answer.headers = [*kept, (name, value)] if value is not None else kept

    return harm


def cookie(line: str, where: str) -> Callable[[Answer], None]:
    def harm(answer: Answer) -> None:
        if answer.path == where:
            answer.headers.append(("Set-Cookie", line))

    return harm


def change(before: bytes, after: bytes, where: str) -> Callable[[Answer], None]:
    def harm(answer: Answer) -> None:
        if answer.path.startswith(where):
            assert before in answer.body
            answer.body = answer.body.replace(before, after)

    return harm


def broken(where: str) -> Callable[[Answer], None]:
    def harm(answer: Answer) -> None:
        if answer.path.startswith(where):
            answer.status = "500 Internal Server Error"

    return harm


FOREIGN = "//ads.example"
HARMS = {
    "an unlisted cookie": ("cookies", cookie("visitor=1; Path=/", "/")),
    "a listed cookie while browsing": (
        "cookies",
        cookie("csrftoken=x; Path=/; HttpOnly; SameSite=Lax", "/privacy/"),
    ),
    "a trolley that lives longer": (
        "cookies",
        header(
            "Set-Cookie",
            "trolley=1|WALK-1:1; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000",
            "/trolley/add/",
        ),
    ),
    "a cookie for other hosts too": (
        "cookies",
        header(
            "Set-Cookie",
            "trolley=1|WALK-1:1; Domain=example.com; Path=/; HttpOnly; SameSite=Lax;"
            " Max-Age=1209600",
            "/trolley/add/",
        ),
    ),
    "a cookie that nobody can read": (
        "cookies",
        header("Set-Cookie", "tro lley=1; Path=/", "/trolley/add/"),
    ),
    "a cookie that breaks the reader": (
        "cookies",
        header("Set-Cookie", "trolley[]=1; Path=/", "/trolley/add/"),
    ),
    "a trolley that is not kept": ("cookies", header("Set-Cookie", None)),
    "a foreign image": ("outside-requests", put(f'<img src="https:{FOREIGN}/p.gif">')),
    "a foreign script": ("outside-requests", put(f'<script src="{FOREIGN}/a.js">')),
    "one of several pictures": (
        "outside-requests",
        put(f'<img srcset="/a.png 1x, https:{FOREIGN}/b.png 2x">'),
    ),
    "a foreign form": (
        "outside-requests",
        put(f'<form action="https:{FOREIGN}/">', "/trolley/"),
    ),
    "a style in the page": (
        "outside-requests",
        put(f"<style>p {{ background: url(https:{FOREIGN}/x.png) }}</style>"),
    ),
    "a style on a tag": (
        "outside-requests",
        put(f"<p style=\"background:url('{FOREIGN}/x')\">x</p>"),
    ),
    "a font in a stylesheet": (
        "outside-requests",
        put(f'@import "https:{FOREIGN}/font.css";', "/static/css/site.css"),
    ),
    "a page without the policy's link": (
        "outside-requests",
        change(b'href="/privacy/', b'href="/', "/shop/"),
    ),
    "no Content-Security-Policy": (
        "headers",
        header("Content-Security-Policy", None, "/product/"),
    ),
    "a host let in": (
        "headers",
        header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self' https://ads.example; form-action"
            " 'self'; frame-ancestors 'none'",
        ),
    ),
    "inline script let in": (
        "headers",
        header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self' 'unsafe-inline'; form-action"
            " 'self'; frame-ancestors 'none'",
        ),
    ),
    "a referrer for all": ("headers", header("Referrer-Policy", "unsafe-url")),
    "no referrer policy": ("headers", header("Referrer-Policy", None)),
    "no nosniff": ("headers", header("X-Content-Type-Options", None)),
    "frames let in": ("headers", header("X-Frame-Options", "SAMEORIGIN")),
    "a private page in caches": (
        "headers",
        header("Cache-Control", "max-age=600", "/orders/find/"),
    ),
    "an expired security.txt": (
        "security-contact",
        change(b"Expires: 20", b"Expires: 19", "/.well-known/"),
    ),
    "a security.txt without contact": (
        "security-contact",
        change(b"Contact:", b"Content:", "/.well-known/"),
    ),
    "a security.txt without expiry": (
        "security-contact",
        change(b"Expires:", b"Expired:", "/.well-known/"),
    ),
    "no security.txt": ("security-contact", broken("/.well-known/security.txt")),
    "a page that breaks": ("cookies", broken("/product/")),
    "a stylesheet that breaks": ("outside-requests", broken("/static/css/")),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", HARMS)
def test_a_harm_on_the_way_to_the_visitor_turns_its_promises_red(
    name: str, served: Served, client: Client, path: Path
) -> None:
    probe, harm = HARMS[name]
    kept = [one.id for one in PROMISES if one.tested and not one.half_attested]
    run_file.write(path, {one: result() for one in kept})
    resting = [one for one in probes.get(probe).promises if one in kept]
    assert resting

    healthy = run(probe)
    assert healthy.passed, healthy.findings
    assert_all(client, resting, "kept", "Kept")
    served.harm = harm
    found = run(probe)
    assert not found.passed
    assert found.findings
    assert_all(client, resting, "not met", "Broken")
    assert probe in client.get(f"/privacy/promises/{resting[0]}/").content.decode()
    served.harm = lambda answer: None
    assert run(probe).passed
    assert_all(client, resting, "kept", "Kept")


def assert_all(client: Client, ids: list[str], state: str, seal: str) -> None:
    """See that programs and people are told the same of each."""
    told = client.get("/.well-known/privacy-promises.json").json()["promises"]
    assert {one["state"] for one in told if one["id"] in ids} == {state}
    page = client.get("/privacy/").content.decode()
    for name in ids:
        panel = page.partition(f'<section class="promise" id="{name}"')[2]
        head = panel.partition('<div class="promise__body">')[0]
        assert f"</svg>{seal}</span>" in head, name


@pytest.mark.django_db(transaction=True)
def test_over_tls_strict_transport_security_is_wanted(
    served: Served, settings: Settings
) -> None:
    settings.SITE_URL, settings.HTTPS = "https://localhost:8000", True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS, settings.CSRF_COOKIE_SECURE = 31536000, True
    served.shop = fresh_shop()
    assert run("headers").passed
    served.harm = header("Strict-Transport-Security", "max-age=60")
    found = run("headers")
    assert not found.passed
    assert "Strict-Transport-Security" in found.findings[0]


@pytest.mark.django_db(transaction=True)
def test_the_walk_takes_less_than_two_seconds_and_writes_nothing(
    served: Served,
) -> None:
    before = {model: rows(model) for model in TABLES}
    for name in ("cookies", "outside-requests", "headers"):
        assert min(run(name).took_ms for _ in range(3)) < 2000
    assert {model: rows(model) for model in TABLES} == before


@pytest.mark.django_db(transaction=True)
def test_an_empty_shop_can_be_walked_round_too(served: Served) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE shop_product CASCADE")
        cursor.execute("SET session_replication_role = origin")
    found = run("cookies")
    assert found.passed, found.findings
    assert not any("/product/" in line for line in found.inputs)


TABLES = ("shop_order", "shop_hold", "members_session", "privacy_receipt")


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  names of ours
        return int(cursor.fetchone()[0])


# --- what lies behind ----------------------------------------------------------------
TRIGGERS = {
    "a dropped trigger": "DROP TRIGGER privacy_choice_rows ON privacy_choice",
    "a dropped trigger of the stock": (
        "DROP TRIGGER shop_stockmovement_all ON shop_stockmovement"
    ),
    "a disabled trigger": "ALTER TABLE privacy_receipt DISABLE TRIGGER USER",
    "a trigger without teeth": (
        "CREATE OR REPLACE FUNCTION privacy_attestation_is_append_only()"
        " RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql"
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TRIGGERS)
def test_a_ledger_without_its_triggers_is_found(name: str) -> None:
    assert run("ledgers").passed
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[name])
    found = run("ledgers")
    assert not found.passed
    assert "nothing refuses" in found.findings[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE privacy_policyversion SET text = replace(text, ' not ', ' ')",
        "UPDATE privacy_policyversion SET facts = jsonb_set(facts, '{words}', '{}')",
        "UPDATE privacy_policyversion SET number = 2, in_force_from = published_at",
        "UPDATE privacy_policyversion SET sha256 = repeat('0', 64)",
    ],
)
def test_a_published_text_that_was_changed_is_found(harm: str) -> None:
    assert PolicyVersion.objects.get().number == 1
    assert run("policy-text").passed
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(harm)
    assert not run("policy-text").passed


@pytest.mark.django_db
def test_what_the_policy_does_not_say_is_found_while_the_shop_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The start may have gone by while the database could not be asked."""
    assert run("policy-agrees").passed
    biscuit = Cookie("biscuit", "p", "c", "w", max_age=86400)
    monkeypatch.setitem(REGISTRY, "biscuit", biscuit)
    found = run("policy-agrees")
    assert not found.passed
    assert "cookie biscuit is new" in found.findings[0]


@pytest.mark.django_db
def test_what_should_have_gone_a_day_ago_is_found() -> None:
    assert run("retention").passed
    old = ProbeResult.objects.create(
        probe="x", passed=True, took_ms=1, inputs=[], findings=[], asked_by="schedule"
    )
    for days, passes in ((90, True), (93, False)):
        moment = timezone.now() - timedelta(days=days)
        ProbeResult.objects.filter(pk=old.pk).update(at=moment)
        assert run("retention").passed is passes, days


@pytest.mark.django_db
def test_mail_that_does_not_leave_is_found(settings: Settings) -> None:
    assert run("mail-leaves").passed
    outbox.queue(
        message_class="staff",
        to=settings.COMPANY["email"],
        subject="s",
        text="t",
        key="k",
    )
    assert run("mail-leaves").passed
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert not run("mail-leaves").passed


@pytest.mark.django_db
def test_clockwork_that_stands_still_is_found() -> None:
    heartbeat.beat()
    assert run("clockwork").passed
    cache.delete(heartbeat.KEY)
    assert not run("clockwork").passed


@pytest.mark.django_db
@pytest.mark.parametrize(
    "faulty",
    [
        lambda trolley: f"{encode(trolley)}|{datetime.now(UTC):%f}",
        lambda trolley: "|".join(
            ["1", *(f"{sku}:{count}" for sku, count in trolley.lines.items())]
        ),
    ],
    ids=["something of the moment", "in the order of filling"],
)
def test_a_trolley_cookie_with_more_in_it_than_the_trolley_is_found(
    monkeypatch: pytest.MonkeyPatch, faulty: Callable[[Trolley], str]
) -> None:
    assert run("trolley-cookie").passed
    monkeypatch.setattr(shop_probes, "encode", faulty)
    assert not run("trolley-cookie").passed


# --- encryption ----------------------------------------------------------------------
@pytest.fixture
def tls_port() -> Iterator[int]:
    """A server that shakes hands and says no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
                with plain, context.wrap_socket(plain, server_side=True) as wrapped:
                    wrapped.recv(1)
            except ssl.SSLError:
                continue  # the visitor did not trust us: that is what is tested
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.django_db
def test_encryption_is_measured_by_a_handshake(
    tls_port: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{tls_port}"
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    found = run("encryption")
    assert found.passed, found.findings
    assert found.inputs == [f"localhost, port {tls_port}"]
    assert found.findings == ["TLS 1.3 with TLS_AES_256_GCM_SHA384, 256 bit."]


@pytest.mark.django_db
def test_weak_or_untrusted_encryption_is_found(
    tls_port: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{tls_port}"
    untrusted = run("encryption")
    assert not untrusted.passed
    assert "CERTIFICATE_VERIFY_FAILED" in untrusted.findings[0]
    for weak in (
        Encryption("TLSv1.1", "ECDHE-RSA-AES256-SHA", 256),
        Encryption("TLSv1.2", "DES-CBC3-SHA", 112),
    ):
        monkeypatch.setattr(ourselves, "handshake", lambda weak=weak: weak)
        found = run("encryption")
        assert not found.passed
        assert found.findings[0].startswith("Too weak")


@pytest.mark.django_db
def test_on_one_machine_only_encryption_is_never_green(
    client: Client, path: Path
) -> None:
    run_file.write(path, {"P85": result()})
    states.forget()
    assert probes.get("encryption").not_here()
    page = client.get("/privacy/promises/P85/").content.decode()
    assert "not applicable: this shop is served on this machine only" in page
    assert states.states()["P85"].code == "unproven"


# --- the real thing ------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_asks_a_real_web_server(shop_server: ShopServer) -> None:
    """Beat's own message, through the broker; the answers are on record in seconds."""
    product(name="Walked past", category=category("cameras"), sku="WALK-1")
    shop_server.reload()
    # As beat does: a heartbeat (this shop has no beat, and may have stood for long),
    # then the probes each minute; what a busy machine did not answer is asked again.
    send = (
        "import time; from django.core.cache import cache\n"
        "from jessops import heartbeat\n"
        "from privacy.tasks import run_probes\n"
        "cache.delete(heartbeat.KEY)\n"
        "heartbeat.beat.delay()\n"
        "while not heartbeat.alive(): time.sleep(0.1)\n"
        "for _ in range(12): run_probes.delay(); time.sleep(5)"
    )
    here = {probe.name for probe in probes.probes() if not probe.not_here()}
    beat = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", send],
        cwd=PEM.parents[2],
        env=dict(shop_server.environ),
    )
    try:
        deadline = time.monotonic() + 75
        found: dict[str, ProbeResult] = {}
        while set(found) != here and time.monotonic() < deadline:
            time.sleep(0.2)
            found = {one.probe: one for one in ProbeResult.objects.all()}
    finally:
        beat.kill()
        beat.wait()
    assert {name: one.findings for name, one in found.items() if not one.passed} == {}
    assert set(found) == here


# --- a probe that cannot be asked, or breaks -----------------------------------------
@pytest.mark.django_db
def test_silence_is_no_result() -> None:
    """The test environment's own web server is nowhere."""
    with pytest.raises(NotAnswered):
        probes.run("cookies", probes.SCHEDULE)
    assert not ProbeResult.objects.exists()


@pytest.mark.django_db
def test_a_probe_that_breaks_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> probes.Outcome:
        raise ZeroDivisionError("with something private")

    probes.register(
        probes.Probe("breaking", ("P1",), timedelta(minutes=2), "Breaks.", breaks)
    )
    try:
        found = probes.run("breaking", probes.SCHEDULE)
        with pytest.raises(ValueError, match="twice"):
            probes.register(probes.get("breaking"))
    finally:
        probes.forget("breaking")
    assert not found.passed
    assert found.findings == ["The probe itself broke: ZeroDivisionError."]
    with pytest.raises(probes.UnknownProbe):
        probes.run("breaking", probes.SCHEDULE)
