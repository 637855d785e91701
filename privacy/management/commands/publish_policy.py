"""Publish the next version of the policy, for ever."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from privacy.actions import policies
from privacy.actions.policies import PublishError


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no day such as 2026-12-24") from None


class Command(BaseCommand):
    help = (
        "Publish privacy/policies/<number>.md. Its head says of each changed clause of"
        " what kind the change is: held, ahead or editorial. Nothing can undo it."
    )
    # The version in the making is the remedy for what the checks complain of.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("--in-force", type=day, required=True, help="2026-12-24")
        parser.add_argument("--by", required=True, help="a staff member's address")
        parser.add_argument(
            "--tell-subscribers",
            action="store_true",
            help="also mail those who asked for our mail (P105)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        members = get_user_model().objects.filter(
            email__iexact=options["by"], is_active=True, is_staff=True
        )
        member = members.first()
        if member is None or not member.has_perm("privacy.add_policyversion"):
            raise CommandError("--by must be staff who may publish a policy")
        try:
            row = policies.publish(
                number=options["number"],
                in_force_from=options["in_force"],
                by=f"Member {member.pk}",
                tells_subscribers=options["tell_subscribers"],
            )
        except PublishError as error:
            raise CommandError("\n".join(error.faults)) from error
        self.stdout.write(
            f"Version {row.number} is published, in force from"
            f" {options['in_force']:%Y-%m-%d}. Checksum {row.sha256}."
        )
