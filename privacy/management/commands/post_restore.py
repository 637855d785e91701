"""manage.py post_restore: after a backup was restored, and before the shop serves.

Erases again everybody who was erased since the backup was made, as the key store
remembers. Safe to repeat. Ends with 1 when something of somebody is left.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy.actions import erasures


class Command(BaseCommand):
    help = "Replay the erasures that a restored database does not know of."

    def handle(self, *args: Any, **options: Any) -> None:
        done = erasures.replay()
        self.stdout.write(f"erased again: {len(done)}")
        left = [one.reference for one in done if one.found["alarm"]]
        if left:
            raise CommandError(f"something is left of {', '.join(left)}", returncode=1)
