"""The worker's heart: beat sends the task, a worker runs it, /readyz reads the time."""

import time
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.core.cache import cache

KEY = "worker-heartbeat"
OLDEST = 90  # seconds without a beat after which no worker counts as running


@shared_task(name="jessops.heartbeat.beat", expires=60)
def beat() -> None:
    cache.set(KEY, time.time(), timeout=OLDEST * 10)


def alive() -> bool:
    """Say whether a worker has run a task of beat's in the last OLDEST seconds."""
    last = cache.get(KEY)
    return isinstance(last, float) and time.time() - last <= OLDEST


@worker_ready.connect
def beat_at_once(**_: Any) -> None:
    """A new worker proves itself now, not at beat's next tick."""
    beat.delay()
