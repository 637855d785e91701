"""Make the local shop ready to serve: tables, static files, the demo shop.

One process for the three: starting Django thrice would take longer than the work.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings
from django.core.management import call_command

from privacy import keys


def main() -> None:
    """Migrate and load the demo shop while the static files are collected."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jessops.settings")
    django.setup()
    with ThreadPoolExecutor(1) as beside:
        static = beside.submit(
            call_command, "collectstatic", interactive=False, verbosity=0
        )
        keys.make_schema(settings.KEYS_DATABASE_URL)
        call_command("migrate", interactive=False, verbosity=1)
        call_command("demo")
        static.result()


if __name__ == "__main__":
    main()
