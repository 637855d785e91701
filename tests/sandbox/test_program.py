"""The stand-ins as a program: refusals, ports, state, and a busy wire."""

import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sandbox.customer import Bank, head
from tests.sandbox.launcher import ROOT, Sandbox, start_sandbox


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "jessops.sandbox", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("key", ["sk_live_51abc", "sk_test_51abc", ""])
def test_anything_but_a_local_test_key_is_refused(tmp_path: Path, key: str) -> None:
    ended = run("--data", str(tmp_path / "state"), "--api-key", key)
    assert ended.returncode == 2
    assert "sk_test_local" in ended.stderr
    if key:
        assert key not in ended.stderr
    assert not (tmp_path / "state").exists()


def test_webhooks_are_not_sent_unsigned(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1/webhooks/stripe/"
    key = ["--api-key", "sk_test_local_1", "--data", str(tmp_path)]
    ended = run(*key, "--webhook-url", url)
    assert (ended.returncode, "--webhook-secret" in ended.stderr) == (2, True)


def test_taken_port_gives_one_sentence(tmp_path: Path, sandbox: Sandbox) -> None:
    for option, port in (
        ("--port", sandbox.base.rpartition(":")[2]),
        ("--smtp-port", str(sandbox.smtp_port)),
    ):
        key = ["--api-key", "sk_test_local_1", "--data", str(tmp_path)]
        ended = run("--port", "0", *key, option, port)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
        assert port in ended.stderr


def test_state_survives_a_restart_and_a_kill(tmp_path: Path) -> None:
    first = start_sandbox(tmp_path)
    bank = Bank(first)
    session = bank.paid_session()
    first.process.kill()
    first.process.wait()
    second = start_sandbox(tmp_path, api_key=first.api_key)
    kept = Bank(second).client.v1.checkout.sessions.retrieve(session.id)
    assert (kept.status, kept.payment_intent) == ("complete", session.payment_intent)
    assert len(second.get_json("/bank/ledger.json")) == 1
    assert second.stop() == 0


def test_webhooks_outlive_a_shop_that_is_down_and_a_restart(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/webhooks/stripe/"
    first = start_sandbox(tmp_path, webhook_url=url, webhook_wait=0.2)
    bank = Bank(first)
    bank.client.v1.checkout.sessions.expire(bank.session().id)
    wait_until(lambda: first.get_json("/bank/webhooks.json")[0]["attempts"] > 0)
    delivery = first.get_json("/bank/webhooks.json")[0]
    assert delivery["last"] == "ConnectionRefusedError"
    assert first.stop() == 0
    second = start_sandbox(
        tmp_path, webhook_url=url, webhook_wait=0.2, api_key=first.api_key
    )
    before = delivery["attempts"]
    wait_until(lambda: second.get_json("/bank/webhooks.json")[0]["attempts"] > before)
    assert second.stop() == 0


def wait_until(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_healthz_and_home(sandbox: Sandbox) -> None:
    assert sandbox.request("GET", "/healthz") == (200, b"ok\n")
    status, body = sandbox.request("GET", "/")
    assert status == 200
    assert str(sandbox.smtp_port).encode() in body
    assert sandbox.request("GET", "/nowhere")[0] == 404
    assert sandbox.request("POST", "/", b"")[0] == 404
    assert head(f"{sandbox.base}/bank/").status_code == 200


def test_listens_on_this_machine_only(sandbox: Sandbox) -> None:
    """Every port that the program listens on is on 127.0.0.1."""
    inodes = set()
    for link in Path(f"/proc/{sandbox.process.pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.append(fields[1].partition(":")[0])
    assert listening == ["0100007F"] * 3


def test_connection_is_kept_and_malformed_requests_end_it(sandbox: Sandbox) -> None:
    host = sandbox.base.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
    connection.close()
    port = int(host.partition(":")[2])
    for raw, status in (
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            wire.sendall(raw)
            answer = wire.makefile("rb").readline()
            assert answer.split()[1] == status


def test_connections_leave_nothing_open(sandbox: Sandbox) -> None:
    def opened() -> int:
        return len(list(Path(f"/proc/{sandbox.process.pid}/fd").iterdir()))

    before = opened()
    for _ in range(100):
        assert sandbox.request("GET", "/bank/ledger.json")[0] == 200
    wait_until(lambda: opened() <= before + 5)


def test_a_request_costs_little(sandbox: Sandbox) -> None:
    """Processor time of the program, so that other work here does not disturb it."""

    def spent() -> float:
        fields = Path(f"/proc/{sandbox.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / 100  # ticks of 10 ms

    connection = http.client.HTTPConnection(sandbox.base.removeprefix("http://"))
    before = spent()
    for _ in range(1000):
        connection.request("GET", "/addresses/lookup?postcode=LE3+1AA")
        connection.getresponse().read()
    connection.close()
    # 0.3 ms each where this was written; recorded in the database each time.
    assert spent() - before < 2.0
