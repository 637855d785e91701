"""The servers of a measurement: one PostgreSQL, the shop, and the two limits."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from jessops.sandbox.embedded import Postgres, Valkey, start
from jessops.sandbox.stack.child import Child, Command
from jessops.sandbox.stack.ports import HOST, free_port, taken

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT = 60.0  # seconds
NOWHERE = f"http://{HOST}:1"
# Of the limits: ten thousand plain items.
TABLE = """
CREATE TABLE item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, category int NOT NULL,
  slug text NOT NULL, title text NOT NULL, price numeric(10,2) NOT NULL,
  blurb text NOT NULL
);
INSERT INTO item (category, slug, title, price, blurb)
  SELECT n % 40, 'item-' || n, 'Item number ' || n, (n % 9000) / 100.0 + 1,
    repeat('word ', 60) FROM generate_series(1, 10000) n;
CREATE INDEX ON item (category, id DESC);
"""


@dataclass(frozen=True)
class Servers:
    """What runs: addresses, and the processes whose time is counted."""

    shop: str
    limits: str
    database: str
    shop_pids: tuple[int, ...]
    limits_pids: tuple[int, ...]


@dataclass(frozen=True)
class Stores:
    """A database server and a cache of a measurement's own, in a folder that goes."""

    place: Path
    database: Postgres
    port: int
    redis: str
    pids: tuple[int, int]

    def url(self, name: str) -> str:
        return self.database.url(self.port, name)


@contextlib.contextmanager
def stores(*, durable: bool, **more: str) -> Iterator[Stores]:
    """Start both with empty databases; leave nothing behind.

    In: whether they write as in production, and PostgreSQL's other settings.
    """
    place = Path(tempfile.mkdtemp(prefix="jessops-bench-"))
    place.chmod(0o711)  # PostgreSQL's own user passes it when we are root
    with contextlib.ExitStack() as end:
        end.callback(shutil.rmtree, place, ignore_errors=True)
        database = Postgres(
            place / "postgres",
            log=place / "postgres.log",
            password=secrets.token_hex(8),
            durable=durable,
        )
        database.settings |= more
        database.prepare()
        postgres, port = start(database.command, database.ready)
        end.callback(postgres.stop)
        for name in ("jessops", "jessops_keys", "limits"):
            database.create_database(port, name)
        cache = Valkey(
            place / "valkey",
            log=place / "valkey.log",
            password=secrets.token_hex(8),
            durable=durable,
        )
        valkey, valkey_port = start(cache.command, cache.ready)
        end.callback(valkey.stop)
        pids = (postgres.pid, valkey.pid)
        yield Stores(place, database, port, cache.url(valkey_port), pids)


@contextlib.contextmanager
def started(products: int) -> Iterator[Servers]:
    """Start the shop and the limits in a new folder; leave nothing behind."""
    with contextlib.ExitStack() as end:
        kept = end.enter_context(
            stores(
                durable=False,
                shared_preload_libraries="pg_stat_statements",
                # Its own work would fall into whatever is measured just then.
                autovacuum="off",
            )
        )
        place = kept.place
        shop_url, limits_url = (f"http://{HOST}:{free_port()}" for _ in range(2))
        ours = environment(
            place, site=shop_url, database=kept.url("jessops"), redis=kept.redis
        )
        fill(ours, products)
        with psycopg.connect(kept.url("limits"), autocommit=True) as limits:
            limits.execute(TABLE)
        theirs = ours | {
            "DJANGO_SETTINGS_MODULE": "bench.limits_settings",
            "DATABASE_URL": kept.url("limits"),
        }
        shop = gunicorn("jessops.wsgi:application", shop_url, ours, place / "shop.log")
        end.callback(shop.stop)
        floor = gunicorn(
            "bench.limits:application", limits_url, theirs, place / "limits.log"
        )
        end.callback(floor.stop)
        for child, url in ((shop, shop_url), (floor, limits_url)):
            wait(child, int(url.rpartition(":")[2]))
        # Last, when whoever loaded has gone: rows in use by others stay unmarked.
        for name in ("jessops", "limits"):
            with psycopg.connect(kept.url(name), autocommit=True) as one:
                one.execute("VACUUM ANALYZE")
        yield Servers(
            shop=shop_url,
            limits=limits_url,
            database=kept.url("jessops"),
            shop_pids=(shop.pid, *kept.pids),
            limits_pids=(floor.pid, kept.pids[0]),
        )


def environment(place: Path, *, site: str, database: str, redis: str) -> dict[str, str]:
    """Return the shop's variables as in production, no outside party reachable."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "jessops.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_HASH_KEY": secrets.token_urlsafe(48),
        "KEYS_DATABASE_URL": f"{database}_keys",
        "KEY_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEBUG": "false",
        "SITE_URL": site,
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "EMAIL_URL": f"smtp://{HOST}:1",
        "STRIPE_API_KEY": "sk_test_local_bench",
        "STRIPE_WEBHOOK_SECRET": "whsec_bench",
        "STRIPE_API_BASE": f"{NOWHERE}/bank",
        "STRIPE_CHECKOUT_ORIGIN": NOWHERE,
        "ADDRESSES_API_BASE": f"{NOWHERE}/addresses",
        "CARRIER_API_BASE": f"{NOWHERE}/carrier",
        "PARCELFORCE_API_BASE": f"{NOWHERE}/carrier/expresslink",
        "ROYAL_MAIL_API_BASE": f"{NOWHERE}/carrier/royalmail",
        "PRINTS_API_BASE": f"{NOWHERE}/prints",
        "STATIC_ROOT": str(place / "static"),
        "LOG_LEVEL": "INFO",
    }


def fill(environ: Mapping[str, str], products: int) -> None:
    for arguments in (
        ("prepare_keys",),
        ("migrate", "--verbosity", "0"),
        ("collectstatic", "--noinput", "--verbosity", "0"),
        ("demo", "--products", str(products)),
    ):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=dict(environ),
            stdout=subprocess.DEVNULL,
            check=True,
        )


def gunicorn(app: str, url: str, environ: Mapping[str, str], log: Path) -> Child:
    """Start an application under the shop's own gunicorn settings."""
    host, port = url.removeprefix("http://").split(":")
    return Child(
        Command(
            name=app,
            argv=(
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "python:jessops.gunicorn"),
                # A worker's end in the middle of a round would be counted to it.
                *("--max-requests", "0", app),
            ),
            log=log,
            cwd=ROOT,
            environ={**environ, "BIND": host, "PORT": port},
        )
    )


def wait(child: Child, port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not taken(port):
        if child.ended() or time.monotonic() > deadline:
            raise RuntimeError(f"{child.command.name}:\n{child.last_words(40)}")
        time.sleep(0.05)
