"""The Celery application; importing jessops makes it the default everywhere."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jessops.settings")

app = Celery("jessops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["jessops"], related_name="heartbeat")
app.autodiscover_tasks(["newsletter"], related_name="contest_tasks")


# At celeryd_init too: what the worker says of being root comes before its set-up.
@celeryd_init.connect
@setup_logging.connect
def log_like_the_rest(**_: Any) -> None:
    """Celery logs through the shop's own formatter, never its default one."""
    from jessops import logs

    logs.configure()


@worker_init.connect
@beat_init.connect
def agree_with_the_policy(**_: Any) -> None:
    """Do nothing that the published policy does not say (C19)."""
    from privacy import checks

    try:
        checks.refuse_to_start()
    except checks.PolicyDisagrees as error:
        raise SystemExit(str(error)) from error  # celery passes over anything less
