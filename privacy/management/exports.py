"""What the two commands that hand over people's data share."""

from argparse import ArgumentParser

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("reference", help="such as T2026-1 or D2026-Q7M2X")
    parser.add_argument(
        "--to", required=True, help="the new file, with its whole path; mode 0600"
    )
    parser.add_argument(
        "--by", required=True, help="e-mail address of the member of staff who does it"
    )


def staff(address: str, permission: str) -> int:
    """Return the id of the member of staff; raises CommandError."""
    found = get_user_model().objects.filter(email__iexact=address).first()
    if found is None or not found.is_staff or not found.has_perm(permission):
        raise CommandError("--by must be staff who were given the right to it")
    return int(found.pk)
