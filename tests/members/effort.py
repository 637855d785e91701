"""What an answer costs, and what it looks like: to compare two askers (R31)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletter.models import Message

# What differs from one visit to the next, whoever asks.
TOKENS = (
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+'), r"\1TOKEN"),
    (re.compile(r"[\w.+-]+@[\w.-]+\.\w+"), "ADDRESS"),
)
CHANGING = frozenset({"Content-Length", "Date"})


@dataclass
class Effort:
    """One answer: its looks and its price."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    cookies: list[str] = field(default_factory=list)
    hashes: int = 0
    statements: int = 0
    mails: int = 0
    sql: list[str] = field(default_factory=list, compare=False)


@contextmanager
def counted_hashes(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Count what is hashed or checked against a hash meanwhile."""
    calls: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counting(*args: Any, _real: Any = real, _name: str = name) -> Any:
            calls.append(_name)
            return _real(*args)

        patch.setattr(Argon2PasswordHasher, name, counting)
    yield calls


def effort(
    client: Client, path: str, data: dict[str, str] | None, patch: pytest.MonkeyPatch
) -> Effort:
    """Ask for a page, or post to it, and note what it took."""
    before = Message.objects.count()
    with (
        patch.context() as patched,
        counted_hashes(patched) as hashes,
        CaptureQueriesContext(connection) as queries,
    ):
        response = client.get(path) if data is None else client.post(path, data)
    made = seen(cast(HttpResponse, response))
    made.hashes = len(hashes)
    made.statements = len(queries)
    made.mails = Message.objects.count() - before
    made.sql = [query["sql"] for query in queries]
    return made


def seen(response: HttpResponse) -> Effort:
    """Return what somebody can see of an answer, with what is new each time masked."""
    body = response.content.decode()
    for pattern, mask in TOKENS:
        body = pattern.sub(mask, body)
    return Effort(
        status=response.status_code,
        headers={
            name: value for name, value in response.items() if name not in CHANGING
        },
        body=body,
        cookies=sorted(
            f"{name}; {morsel['max-age']}; {morsel['samesite']}"
            for name, morsel in response.cookies.items()
        ),
    )
