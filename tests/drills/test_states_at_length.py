"""R6 at length: two thousand steps and more of what may happen to orders.

The suite takes some 480 steps (tests/shop/test_states.py); this is the same machine.
Run it by hand: pytest tests/drills/test_states_at_length.py -s
"""

import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.shop.test_states import AfterTheSale, machine

pytestmark = pytest.mark.django_db

__all__ = ["machine"]
LEAST = 2_000


def test_two_thousand_steps_keep_money_and_goods(
    machine: type[AfterTheSale],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = time.monotonic()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=80,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    with capsys.disabled():
        print(f"\n{machine.steps} steps in {time.monotonic() - begun:.0f} s")
    assert machine.steps > LEAST
