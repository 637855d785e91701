"""The demonstration shop: the hand-written catalogue, and more of it for measurements.

Without numbers it loads what is missing of the hand-written catalogue, the invented
camera clubs all over the country, a contract of
one year with each outside party (reference DEMO-...), and the staff account
owner@jessops.example, whose password is the environment's DEMO_PASSWORD, and is quick
when all that is there. Everything is the same again for the same seed.
"""

import os
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clubs.actions import demo as clubs
from members.models import Member
from privacy.actions import attestations
from shop import synthetic
from shop.demo import load

OWNER = "owner@jessops.example"
MOST = 1_000_000


def count(text: str) -> int:
    if not text.isdigit() or int(text) > MOST:
        raise ArgumentTypeError(f"wants a number up to {MOST}")
    return int(text)


class Command(BaseCommand):
    help = "Load the demonstration shop, of any size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--products", type=count, default=0, help="products in all, to a million"
        )
        parser.add_argument(
            "--members", type=count, default=0, help="members in all; none can sign in"
        )
        parser.add_argument(
            "--clubs", type=count, default=0, help="camera clubs in all"
        )
        parser.add_argument("--seed", type=int, default=1, help="default 1")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.HTTPS:
            raise CommandError("this shop is for real: a demonstration stays out of it")
        loaded = load.load()
        self.say(f"{loaded} products of the hand-written catalogue loaded.")
        contracts = attestations.enter_demo_contracts()
        self.say(f"{contracts} demonstration contracts with outside parties entered.")
        self.owner()
        added = clubs.load(total=options["clubs"], seed=options["seed"])
        self.say(f"{added} camera clubs added.")
        if options["products"]:
            added = synthetic.add_products(
                options["products"], seed=options["seed"], said=self.progress
            )
            self.say(f"{added} synthetic products added.")
        if options["members"]:
            added = synthetic.add_members(options["members"], said=self.progress)
            self.say(f"{added} members added.")

    def owner(self) -> None:
        if Member.objects.filter(email__iexact=OWNER).exists():
            return
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            self.say(f"{OWNER} was not made: DEMO_PASSWORD is not set.")
            return
        Member.objects.create_superuser(OWNER, password)
        self.say(f"{OWNER} may sign in at /admin/.")

    def progress(self, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done:,}", ending="")

    def say(self, text: str) -> None:
        self.stdout.write(text)
