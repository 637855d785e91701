"""A bank to deal with, in the test's own process."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.bank import TestBank
from tests.sandbox.launcher import Sandbox


@pytest.fixture
def bank(lone_sandbox: Sandbox, settings: Settings) -> Iterator[TestBank]:
    """The stand-in bank, and the shop's settings pointed at it."""
    settings.STRIPE_API_BASE = f"{lone_sandbox.base}/bank"
    settings.STRIPE_CHECKOUT_ORIGIN = lone_sandbox.base
    settings.STRIPE_API_KEY = lone_sandbox.api_key
    settings.STRIPE_WEBHOOK_SECRET = lone_sandbox.webhook_secret
    settings.ADDRESSES_API_BASE = f"{lone_sandbox.base}/addresses"
    # No worker runs in this process: what would be its task is done on the spot.
    settings.CELERY_TASK_ALWAYS_EAGER = True
    yield TestBank(lone_sandbox)
    lone_sandbox.set_right()
