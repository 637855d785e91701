"""The demonstration shop: the hand-written catalogue, and more of it for measurements.

Without numbers it loads what is missing of the hand-written catalogue, a handful of
offer codes, the invented camera clubs all over the country, a contract of one year with
each outside party (reference DEMO-...), the staff accounts, and a letter, a survey and
a contest of the owner's: owner@jessops.example, and one person for each role. Their
password is the environment's DEMO_PASSWORD, and their authenticator app holds its
DEMO_TOTP_SECRET, whose code the stand-ins' page shows. It is quick when all that is
there. Everything is the same again for the same seed.
"""

import os
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from clubs.actions import demo as clubs
from members import second_factor
from members.models import Member
from newsletter.actions import demo as letters
from privacy.actions import attestations
from shop import synthetic
from shop.demo import load
from shop.demo import vouchers as codes
from shop.models import Product

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
        self.say(f"{codes.load()} demonstration offer codes added.")
        contracts = attestations.enter_demo_contracts()
        self.say(f"{contracts} demonstration contracts with outside parties entered.")
        self.staff()
        self.letters()
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

    def staff(self) -> None:
        """Make the owner and one person for each role, where they are not there."""
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            self.say(f"{OWNER} was not made: DEMO_PASSWORD is not set.")
            return
        owner = Member.objects.filter(email__iexact=OWNER).first()
        self.equip(owner or Member.objects.create_superuser(OWNER, password))
        for role in Group.objects.order_by("name"):
            email = f"{slugify(role.name)}@jessops.example"
            if email == OWNER:  # who may do everything; the role may not
                email = f"role-{email}"
            person = Member.objects.filter(email__iexact=email).first()
            if person is None:
                person = Member.objects.create_user(email, password, is_staff=True)
                person.groups.add(role)
            self.equip(person)
            self.say(f"{email} may sign in as {role.name}.")
        self.say(f"{OWNER} may sign in at /admin/.")

    def letters(self) -> None:
        """Write a letter, a survey and a contest in the owner's name."""
        owner = Member.objects.filter(email__iexact=OWNER).first()
        film = Product.objects.on_sale().filter(category__parent__slug="film")
        shown = film.filter(discontinued=False).order_by("sku").first()
        if owner and shown:
            added = letters.load(by=owner.pk, sku=shown.sku)
            self.say(f"{added} demonstration letters, surveys and contests added.")

    def equip(self, member: Member) -> None:
        """Confirm the address, and set up an app where there is no second factor."""
        EmailAddress.objects.get_or_create(
            user=member,
            email=member.email,
            defaults={"verified": True, "primary": True},
        )
        secret = os.environ.get("DEMO_TOTP_SECRET", "")
        if secret and not second_factor.has(member):
            app = TOTP.activate(member, secret).instance
            app.data[second_factor.SPENT] = 0  # nobody has typed a code of it yet
            app.save(update_fields=["data"])

    def progress(self, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done:,}", ending="")

    def say(self, text: str) -> None:
        self.stdout.write(text)
