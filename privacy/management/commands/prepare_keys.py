"""Make the key store's tables; safe to repeat. Run it before migrate."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from privacy import keys


class Command(BaseCommand):
    help = "Makes the tables of the key store (KEYS_DATABASE_URL) where they are not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        keys.make_schema(settings.KEYS_DATABASE_URL)
