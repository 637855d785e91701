"""What every process of the local shop is told, and what is kept between starts.

`.data/secrets` is made once; `.data/env` is written at each start, for manage.py and
for people: the shop as it runs now. A variable that the caller has set stands, and
the part that it names is then not started here.
"""

import contextlib
import fcntl
import json
import os
import secrets
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jessops.sandbox.stack.ports import HOST

BANK = "STRIPE_API_BASE"
MAIL = "EMAIL_URL"
PARCELFORCE = "PARCELFORCE_API_BASE"
PARTIES = {
    "ADDRESSES_API_BASE": "addresses",
    "CARRIER_API_BASE": "carrier",
    PARCELFORCE: "carrier/expresslink",
    "ROYAL_MAIL_API_BASE": "carrier/royalmail",
    "PRINTS_API_BASE": "prints",
}
DATABASE = "DATABASE_URL"
KEYS = "KEYS_DATABASE_URL"
BROKER = "REDIS_URL"
MAILBOX_USER = "shop"  # signs in to fetch the shop's mail by IMAP


class AlreadyRunning(Exception):
    """This clone's shop runs; the text is a sentence for people."""


@dataclass(frozen=True)
class Layout:
    """Where the local shop keeps what must survive a restart."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / ".data"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        for path, mode in ((self.data, 0o755), (self.logs, 0o700)):
            if not path.exists():
                path.mkdir()
                path.chmod(mode)  # PostgreSQL's user passes .data, whatever the umask
        if not os.access(self.data, os.W_OK):
            raise PermissionError(f"{self.data} belongs to another user.")


class Surroundings:
    """The caller's variables, and which parts of the shop they replace."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = dict(environ)

    def given(self, name: str) -> bool:
        return bool(self.environ.get(name) or self.environ.get(f"{name}_FILE"))

    @property
    def needs_postgres(self) -> bool:
        return not (self.given(DATABASE) and self.given(KEYS))

    @property
    def needs_valkey(self) -> bool:
        return not self.given(BROKER)

    @property
    def needs_sandbox(self) -> bool:
        return not all(map(self.given, (BANK, MAIL, *PARTIES)))

    def complete(
        self,
        layout: Layout,
        kept: Mapping[str, str],
        *,
        port: int,
        sandbox_port: int,
        smtp_port: int,
        imap_port: int,
    ) -> dict[str, str]:
        """Return the variables of the local shop, the caller's own left as they are.

        Without those of PostgreSQL and Valkey, which are known when those servers run.
        """
        stand_ins = f"http://{HOST}:{sandbox_port}"
        offered = {
            "SECRET_KEY": kept["SECRET_KEY"],
            "DATA_HASH_KEY": kept["DATA_HASH_KEY"],
            "INBOUND_MAIL_SECRET": kept["INBOUND_MAIL_SECRET"],
            "KEY_ENCRYPTION_KEYS": kept["KEY_ENCRYPTION_KEYS"],
            "DEMO_PASSWORD": kept["DEMO_PASSWORD"],
            "DEMO_TOTP_SECRET": kept["DEMO_TOTP_SECRET"],
            "DEBUG": "false",
            "PORT": str(port),
            "SITE_URL": f"http://localhost:{port}",
            "PROBE_ORIGIN": f"http://{HOST}:{port}",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "STATIC_ROOT": str(layout.data / "static"),
            "BEAT_SCHEDULE": str(layout.data / "beat"),
            "LOG_LEVEL": "INFO",
            "DJANGO_SETTINGS_MODULE": "jessops.settings",
            MAIL: f"smtp://{HOST}:{smtp_port}",
            # The provider is the stand-in, too: one secret does for both its doors.
            "MAILGUN_SIGNING_KEY": kept["INBOUND_MAIL_SECRET"],
        }
        if imap_port and not self.given(MAIL):
            # Where mail is real, the stand-in's mailbox is not the shop's.
            user = f"{MAILBOX_USER}:{kept['INBOUND_MAIL_SECRET']}"
            offered["INBOX_URL"] = f"imap://{user}@{HOST}:{imap_port}"
        for name, party in PARTIES.items():
            offered[name] = f"{stand_ins}/{party}"
        told = {
            name: self.environ.get(name) or value
            for name, value in offered.items()
            if not self.environ.get(f"{name}_FILE")
        }
        if not self.given(PARCELFORCE):
            # It books under a contract only; the stand-in takes any.
            told |= {
                PARCELFORCE: offered[PARCELFORCE],
                "PARCELFORCE_USER": "shop",
                "PARCELFORCE_PASSWORD": "of the stand-in",
                "PARCELFORCE_CONTRACT": "P000000",
            }
        if not self.given(BANK):
            # A real key in somebody's shell is not for a stand-in to see.
            told |= {
                BANK: f"{stand_ins}/bank",
                "STRIPE_CHECKOUT_ORIGIN": stand_ins,
                "STRIPE_API_KEY": kept["STRIPE_API_KEY"],
                "STRIPE_WEBHOOK_SECRET": kept["STRIPE_WEBHOOK_SECRET"],
            }
        return told


def secrets_of(layout: Layout) -> dict[str, str]:
    """Return what was generated once for this clone, generating what is not there."""
    file = layout.data / "secrets"
    kept = read(file)
    makers: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(48),
        "DATA_HASH_KEY": lambda: secrets.token_urlsafe(48),
        "KEY_ENCRYPTION_KEYS": lambda: urlsafe_b64encode(
            secrets.token_bytes(32)
        ).decode(),
        "DATABASE_PASSWORD": lambda: secrets.token_hex(16),
        "VALKEY_PASSWORD": lambda: secrets.token_hex(16),
        "STRIPE_API_KEY": lambda: f"sk_test_local_{secrets.token_hex(16)}",
        "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
        "INBOUND_MAIL_SECRET": lambda: secrets.token_urlsafe(32),
        "DEMO_PASSWORD": lambda: "-".join(secrets.token_hex(2) for _ in range(4)),
        "DEMO_TOTP_SECRET": lambda: b32encode(secrets.token_bytes(20)).decode(),
    }
    for name, make in makers.items():
        if not kept.get(name):
            kept[name] = make()
    write(file, kept)
    return kept


def read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, separator, value in lines if separator}


def write(file: Path, values: Mapping[str, str]) -> None:
    """Write NAME=value lines that nobody else may read, all or nothing."""
    making = file.with_name(f"{file.name}.new")
    making.unlink(missing_ok=True)
    with open(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
    making.replace(file)


@contextlib.contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold this clone's lock, which the kernel frees when the supervisor is gone."""
    with (layout.data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AlreadyRunning(
                f"This clone's shop is running already (process {lock.read().strip()});"
                " stop that one first with Ctrl-C."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def remember(layout: Layout, pids: Mapping[str, int]) -> None:
    """Note the running children, for the next start after a kill -9 of this one."""
    born = {str(pid): birth(pid) for pid in pids.values()}
    (layout.data / "children").write_text(json.dumps(born))


def remembered(layout: Layout) -> dict[int, str]:
    """Return the noted children that still run, by number and time of birth."""
    file = layout.data / "children"
    if not file.exists():
        return {}
    try:
        noted = json.loads(file.read_text())
    except ValueError:
        return {}  # cut short by the kill
    return {int(pid): born for pid, born in noted.items() if birth(int(pid)) == born}


def birth(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
