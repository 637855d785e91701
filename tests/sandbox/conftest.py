"""The stand-ins as a real program, and a customer of theirs."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.customer import Bank
from tests.sandbox.launcher import Sandbox, start_sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture(scope="module")
def receiver_server() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def sandbox(
    receiver_server: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    started = start_sandbox(
        tmp_path_factory.mktemp("sandbox"), webhook_url=receiver_server.url
    )
    yield started
    assert started.stop() == 0
    # A fault of the stand-in itself leaves a traceback here.
    assert "Traceback" not in (started.data / "log").read_text()


@pytest.fixture
def receiver(receiver_server: Receiver, sandbox: Sandbox) -> Iterator[Receiver]:
    """The shop's end, empty: what an earlier test left on its way has come first."""
    end = time.monotonic() + 20
    while any(
        one["state"] == "waiting" for one in sandbox.get_json("/bank/webhooks.json")
    ):
        assert time.monotonic() < end, "webhooks of an earlier test never came"
        time.sleep(0.05)
    receiver_server.clear()
    yield receiver_server
    sandbox.clear_faults()


@pytest.fixture
def bank(sandbox: Sandbox) -> Iterator[Bank]:
    yield Bank(sandbox)
    sandbox.clear_faults()


@pytest.fixture
def client(bank: Bank) -> Any:
    return bank.client
