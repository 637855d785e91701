"""Ringing the bell for a worker: it may fail, since the work lies in a table."""

import logging
import time
from functools import cache, partial
from typing import Any

from celery import Celery, Task
from django.db import transaction
from kombu.connection import ConnectionPool
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds to connect, and for each answer
QUIET_SECONDS = 5.0  # after a failure, nobody else waits for the same dead broker
_quiet_until = 0.0


def wake(task: Task, *args: Any) -> None:
    """Start `task` when the transaction commits; outside of one, at once.

    A broker that is down only makes a log line, within a second: a sweep finds the
    work later. In: primary keys and plain values, never anything about a person.
    """
    transaction.on_commit(partial(_publish, task, args), robust=True)


def _publish(task: Task, args: tuple[Any, ...]) -> None:
    global _quiet_until
    if task.app.conf.task_always_eager:
        task.apply(args)
        return
    if time.monotonic() < _quiet_until:
        return
    try:
        with _pool(task.app).acquire(block=True, timeout=PATIENCE) as connection:
            task.apply_async(args, connection=connection, retry=False)
    except (KombuError, RedisError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning(
            "broker not reached",
            extra={"task": task.name, "reason": type(error).__name__},
        )


@cache
def _pool(app: Celery) -> ConnectionPool:
    """Connections that give up soon; a worker's own ones wait for its broker."""
    connection = app.connection_for_write(
        connect_timeout=PATIENCE,
        transport_options={
            **app.conf.broker_transport_options,
            "socket_connect_timeout": PATIENCE,
            "socket_timeout": PATIENCE,
            "max_retries": 0,
        },
    )
    pool: ConnectionPool = connection.Pool(limit=8)
    return pool
