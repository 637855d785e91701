"""Send what is due from the outbox, without Celery."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from newsletter import sender
from newsletter.models import Message


class Command(BaseCommand):
    help = "Send what is due from the outbox; with --until-empty, until nothing waits."
    # Mail must go out also while some page is broken.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        pace = sender.PACE
        parser.add_argument("--lease", type=float, default=pace.lease)
        parser.add_argument("--first-wait", type=float, default=pace.first_wait)
        parser.add_argument("--longest-wait", type=float, default=pace.longest_wait)
        parser.add_argument("--until-empty", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        pace = sender.Pace(
            lease=options["lease"],
            first_wait=options["first_wait"],
            longest_wait=options["longest_wait"],
            longest_wait_unreachable=options["longest_wait"],
        )
        sent = sender.send_due(pace=pace)
        while options["until_empty"] and self._waiting():
            time.sleep(0.1)
            sent += sender.send_due(pace=pace)
        self.stdout.write(f"{sent} sent")

    def _waiting(self) -> bool:
        open_states = [Message.State.QUEUED, Message.State.SENDING]
        return Message.objects.filter(state__in=open_states).exists()
