"""The Celery application; importing jessops makes it the default everywhere."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jessops.settings")

app = Celery("jessops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["jessops"], related_name="heartbeat")


# At celeryd_init too: what the worker says of being root comes before its set-up.
@celeryd_init.connect
@setup_logging.connect
def log_like_the_rest(**_: Any) -> None:
    """Celery logs through the shop's own formatter, never its default one."""
    from jessops import logs

    logs.configure()
