"""`make run`: starts from nothing, minds its ports, keeps going, leaves nothing."""

import http.client
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from jessops.sandbox import embedded
from jessops.sandbox.stack.child import Child, Command, die_with_parent, rotate
from jessops.sandbox.stack.environment import Layout, Surroundings, read, secrets_of
from jessops.sandbox.stack.ports import BadPort, chosen_port, free_port, require_free

ROOT = Path(__file__).resolve().parents[2]
NOT_CLONED = (".git", ".venv", ".data", "__pycache__", ".*_cache", "tests", "docs")
START_LIMIT = 60.0  # seconds, on a machine with nothing else to do
AGAIN_LIMIT = 15.0
OPEN = "Ctrl-C stops it."
GONE = 25.0  # seconds for everything to be gone


class Clone:
    """A copy of the project that runs `make run`'s supervisor on ports of its own."""

    def __init__(self, place: Path, **environ: str) -> None:
        self.root = place
        if not place.exists():
            shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(*NOT_CLONED))
        self.port, self.sandbox_port = free_port(), free_port()
        # Nothing of the test run's own servers may reach it.
        kept = ("PATH", "HOME", "LANG", "TMPDIR")
        self.environ = {n: os.environ[n] for n in kept if n in os.environ} | {
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            **environ,
        }
        self.said: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    @property
    def data(self) -> Path:
        return self.root / ".data"

    def begin(self) -> "subprocess.Popen[str]":
        self.forget()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jessops.sandbox.stack"],
            cwd=self.root,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )
        return self.process

    def open(self) -> float:
        """Start it, wait until it says that it is open, return the seconds it took."""
        began = time.monotonic()
        process = self.begin()
        assert process.stdout is not None
        self.said = []
        for line in process.stdout:
            self.said.append(line)
            if OPEN in line:
                return time.monotonic() - began
        pytest.fail(f"it did not open: {''.join(self.said)}")

    def refused(self) -> tuple[int, str]:
        """Start it in vain; return the exit code and what it said."""
        process = self.begin()
        said, _ = process.communicate(timeout=30)
        return process.returncode, said

    def close(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and the last words."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=GONE)
        return self.process.returncode, said

    def get(self, path: str, host: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            host = host or f"localhost:{self.port}"
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def children(self) -> dict[int, str]:
        """Return its processes: everything that works in or for its folder."""
        return {
            pid: line
            for pid, line in processes().items()
            if pid != os.getpid() and works_for(pid, self.root, self.places(), line)
        }

    def places(self) -> list[Path]:
        link = self.data / "postgres"
        return [link.resolve()] if link.exists() else []

    def master(self, part: str) -> int:
        """Return the first process of a part: `gunicorn`, `worker`, `postgres -D`."""
        found = [pid for pid, line in self.children().items() if part in line]
        return min(found)

    def all_gone(self) -> bool:
        return not self.children() and all(
            nobody_listens(port) for port in (self.port, self.sandbox_port)
        )

    def forget(self) -> None:
        """End the supervisor that was started last, if it still runs."""
        if self.process:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def remove(self) -> None:
        self.forget()
        eventually(self.all_gone)
        for place in self.places():
            shutil.rmtree(place.parent)  # where root puts what /root would hide


def processes() -> dict[int, str]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue  # it ended while we looked
            if line:
                found[int(entry.name)] = line.decode(errors="replace")
    return found


def works_for(pid: int, root: Path, places: list[Path], line: str) -> bool:
    try:
        cwd = Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return False
    return cwd.is_relative_to(root) or cwd in places or str(root) in line


def nobody_listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def others() -> float:
    """Return how many times as long things take beside the other work here now."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def eventually(true: Callable[[], bool], seconds: float = GONE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)


def listening_elsewhere(pids: set[int]) -> list[str]:
    """Return the addresses off the loopback that any of these processes listens on."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(handle))
            except OSError:
                continue
            if found:
                sockets.add(found[1])
    heard = []
    for table, home in (
        ("/proc/net/tcp", "0100007F"),
        ("/proc/net/tcp6", "0" * 24 + "01000000"),
    ):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                address = fields[1].partition(":")[0]
                if address != home:
                    heard.append(fields[1])
    return heard


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clones")


@pytest.fixture(scope="module")
def clone(place: Path) -> Iterator[Clone]:
    made = Clone(place / "a shop")  # people's folders have spaces in them
    yield made
    made.remove()


# --- the life of one shop, told in order: each start takes seconds --------------------
def test_it_starts_from_nothing_serves_and_leaves_nothing(clone: Clone) -> None:
    assert clone.open() < START_LIMIT * others()
    said = "".join(clone.said)
    assert f"http://localhost:{clone.port}/" in said
    assert f"http://127.0.0.1:{clone.sandbox_port}/" in said
    assert "owner@jessops.example" in said
    assert clone.get("/")[0] == 200
    assert clone.get("/", host=f"127.0.0.1:{clone.port}")[0] == 200
    assert clone.get("/readyz")[0] == 200

    running = clone.children()
    for part in (
        "gunicorn",
        "worker",
        " beat",
        "jessops.sandbox ",
        "postgres",
        "valkey",
    ):
        assert any(part in line for line in running.values()), part
    assert listening_elsewhere(set(running)) == []
    # What others on this machine could read: no secret, in files or in argv.
    kept = read(clone.data / "secrets")
    for file in ("secrets", "env"):
        assert stat.S_IMODE((clone.data / file).stat().st_mode) == 0o600
    for name in ("SECRET_KEY", "DATABASE_PASSWORD", "VALKEY_PASSWORD"):
        assert not any(kept[name] in line for line in running.values()), name

    again = Clone(clone.root)
    code, sentence = again.refused()
    assert code == 1
    assert re.fullmatch(
        r"This clone's shop is running already \(process \d+\); .*\n", sentence
    )

    code, last = clone.close()
    assert (code, last.strip()) == (0, "Stopping.")
    assert clone.all_gone(), clone.children()


def test_a_second_start_is_quick_and_keeps_the_data(clone: Clone) -> None:
    kept = read(clone.data / "secrets")
    assert clone.open() < AGAIN_LIMIT * others()
    assert read(clone.data / "secrets") == kept
    with psycopg.connect(read(clone.data / "env")["DATABASE_URL"]) as database:
        applied = database.execute("SELECT min(applied) FROM django_migrations")
        (first,) = applied.fetchone() or (None,)
        assert first is not None
        assert time.time() - first.timestamp() > 2  # of the first start
        settings = database.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN"
            " ('fsync', 'synchronous_commit', 'full_page_writes',"
            " 'log_parameter_max_length_on_error', 'log_min_error_statement')"
        ).fetchall()
    assert dict(settings) == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "log_parameter_max_length_on_error": "0",
        "log_min_error_statement": "panic",
    }


def test_a_killed_part_is_started_again(clone: Clone) -> None:
    assert clone.process is not None
    assert clone.process.stdout is not None
    for part, program in (("web", "gunicorn"), ("worker", "quiet worker")):
        os.kill(clone.master(program), signal.SIGKILL)
        said = clone.process.stdout.readline()
        assert said.startswith(f"{part} ended (exit -9); starting it again in 1 s")
    # The killed one's own workers went with it, so this is the new one's answer.
    eventually(lambda: not nobody_listens(clone.port))
    eventually(lambda: clone.get("/")[0] == 200)
    eventually(lambda: "quiet worker" in " ".join(clone.children().values()))


def test_two_clones_run_side_by_side(clone: Clone, place: Path) -> None:
    other = Clone(place / "other")
    try:
        other.open()
        assert other.get("/")[0] == 200
        assert clone.get("/")[0] == 200
        assert other.close()[0] == 0
        assert other.all_gone()
        assert clone.get("/readyz")[0] == 200
    finally:
        other.remove()


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(
    clone: Clone,
) -> None:
    assert clone.process is not None
    clone.process.kill()
    clone.process.communicate()
    # Straight away: it waits for what the killed one left to wind itself up.
    clone.open()
    assert clone.get("/")[0] == 200


def test_without_its_database_everything_stops(clone: Clone) -> None:
    assert clone.process is not None
    os.kill(clone.master("postgres"), signal.SIGKILL)
    said, _ = clone.process.communicate(timeout=GONE)
    assert clone.process.returncode == 1
    assert "postgres ended (exit -9), so the shop stops" in said
    eventually(clone.all_gone)


# --- ports ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "", "::1"])
def test_a_taken_port_gives_one_sentence(clone: Clone, name: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        with pytest.raises(BadPort) as refusal:
            require_free({name: port})
    assert str(refusal.value) == (
        f"Port {port} is taken by another program: stop it, or choose another with"
        f" {name}={port + 10}."
    )


def test_a_taken_port_starts_nothing(clone: Clone) -> None:
    with socket.create_server(("127.0.0.1", clone.port)):
        code, said = clone.refused()
    assert code == 1
    assert f"Port {clone.port} is taken" in said
    assert len(said.strip().splitlines()) == 1
    assert clone.children() == {}


def test_a_port_that_is_none_is_refused_by_name() -> None:
    for value in ("http", "0", "65536", "-1", "80.5", "\uff18\uff10"):
        with pytest.raises(BadPort, match=r"^PORT must be a port number"):
            chosen_port({"PORT": value}, "PORT", 8000)
    assert chosen_port({}, "PORT", 8000) == 8000
    assert chosen_port({"PORT": " "}, "PORT", 8000) == 8000


def test_two_addresses_need_two_ports() -> None:
    with pytest.raises(BadPort, match="PORT and SANDBOX_PORT must be different"):
        require_free({"PORT": 8123, "SANDBOX_PORT": 8123})


# --- what replaces the embedded parts -------------------------------------------------
def complete(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    layout = Layout(tmp_path)
    layout.make()
    return Surroundings(environ).complete(
        layout,
        secrets_of(layout),
        port=8000,
        sandbox_port=8001,
        smtp_port=2525,
        imap_port=1143,
    )


def test_what_is_set_is_used_and_not_started(tmp_path: Path) -> None:
    real = {
        "DATABASE_URL": "postgres://shop@db.example/shop",
        "KEYS_DATABASE_URL": "postgres://keys@keys.example/keys",
        "REDIS_URL": "redis://cache.example:6379",
        "EMAIL_URL": "smtp://mail.example",
        "STRIPE_API_BASE": "https://api.stripe.com",
        "STRIPE_API_KEY": "sk_test_theirs",
        "STRIPE_WEBHOOK_SECRET": "whsec_theirs",
        "ADDRESSES_API_BASE": "https://addresses.example",
        "CARRIER_API_BASE": "https://carrier.example",
        "PARCELFORCE_API_BASE": "https://parcelforce.example",
        "ROYAL_MAIL_API_BASE": "https://royalmail.example",
        "PRINTS_API_BASE": "https://prints.example",
    }
    around = Surroundings(real)
    assert not around.needs_postgres
    assert not around.needs_valkey
    assert not around.needs_sandbox
    told = real | complete(real, tmp_path)
    assert {name: told[name] for name in real} == real
    assert "INBOX_URL" not in told
    assert complete({}, tmp_path)["INBOX_URL"].endswith("@127.0.0.1:1143")
    assert Surroundings(real | {"EMAIL_URL": ""}).needs_sandbox
    files = {"DATABASE_URL_FILE": "/run/db", "KEYS_DATABASE_URL_FILE": "/run/keys"}
    assert not Surroundings(files).needs_postgres
    assert Surroundings({"DATABASE_URL": real["DATABASE_URL"]}).needs_postgres


def test_a_stand_in_never_sees_a_key_that_was_meant_for_the_bank(
    tmp_path: Path,
) -> None:
    told = complete({"STRIPE_API_KEY": "sk_live_real"}, tmp_path)
    assert told["STRIPE_API_BASE"] == "http://127.0.0.1:8001/bank"
    assert told["STRIPE_API_KEY"].startswith("sk_test_local_")


# --- PostgreSQL's data ----------------------------------------------------------------
def postgres_over(place: Path) -> embedded.Postgres:
    place.mkdir(exist_ok=True)
    return embedded.Postgres(
        place / "postgres", log=place / "log", password="x", durable=False
    )


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[Path]:
    """A folder that other users cannot enter, as /root is."""
    folder = tmp_path / "hidden"
    folder.mkdir(mode=0o700)
    yield folder
    for link in folder.rglob("postgres"):
        if link.is_symlink() and link.exists():
            shutil.rmtree(link.resolve().parent)


def test_data_works_where_other_users_cannot_go(hidden: Path) -> None:
    modes = {path: path.stat().st_mode for path in (hidden, *hidden.parents)}
    server = postgres_over(hidden / "data")
    server.prepare()
    with ExitStack() as stack:
        child, port = embedded.start(server.command, server.ready)
        stack.callback(child.stop)
        server.create_database(port, "shop")
        server.create_database(port, "shop")  # a second time changes nothing
        with psycopg.connect(server.url(port, "shop")) as database:
            assert database.execute("SELECT lower('É')").fetchone() == ("é",)
        wrong = server.url(port).replace(":x@", ":y@")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(wrong)
    assert child.returncode == 0
    # Nobody's permissions were changed for it.
    assert {path: path.stat().st_mode for path in modes} == modes


def test_a_stale_claim_to_the_data_does_not_stop_the_start(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    server = postgres_over(tmp_path / "data")
    server.prepare()
    child, _ = embedded.start(server.command, server.ready)
    claim = (server.data / "postmaster.pid").read_text().splitlines()
    child.stop()
    # The number in it went to another process of ours since.
    lines = [str(os.getpid()), *claim[1:]]
    (server.data / "postmaster.pid").write_text("\n".join(lines))
    server.prepare()
    child, _ = embedded.start(server.command, server.ready)
    # A server that still runs over the data is stopped first, not doubled.
    server.prepare()
    eventually(child.ended)
    child.stop()
    for link in (tmp_path / "data").glob("postgres"):
        if link.is_symlink():
            shutil.rmtree(link.resolve().parent)


# --- children -------------------------------------------------------------------------
def test_a_child_that_will_not_stop_is_ended_with_its_own_children(
    tmp_path: Path,
) -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "deaf = subprocess.Popen(['sleep', '60'])\n"
        "print(deaf.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    child = Child(
        Command(
            name="deaf",
            argv=(sys.executable, "-c", script),
            log=tmp_path / "log",
            cwd=tmp_path,
            environ={},
            stop_limit=0.3,
        )
    )
    eventually(lambda: child.last_words() != "")
    grandchild = int(child.last_words())
    child.stop()
    assert child.returncode == -signal.SIGKILL
    eventually(lambda: grandchild not in processes())


def test_a_grown_log_is_set_aside_at_a_start(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for content in ("one", "two", "three", "four", "five"):
        log.write_text(content)
        os.truncate(log, 5_000_000)
        rotate(log)
        assert not log.exists()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["web.log.1", "web.log.2", "web.log.3"]
    assert (tmp_path / "web.log.1").read_text().startswith("five")
    log.write_text("small")
    rotate(log)
    assert log.read_text() == "small"
