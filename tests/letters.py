"""Every letter of the shop, made as the shop makes it: all apps, all kinds.

Who adds a letter adds what makes it here: the crawl (tests/newsletter/test_letters.py)
fails on a template that no letter used.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.signals import template_rendered
from django.utils import timezone

from clubs import emails as clubs_emails
from jessops.lib.hashing import email_hash
from members.actions import enquiries, requests
from members.actions.correcting import Former
from members.emails import accounts, correcting, leaving
from members.emails import enquiries as enquiry_mails
from members.emails import requests as request_mails
from members.models import (
    Channel,
    DataRequestStep,
    EmailChange,
    EnquiryMessage,
    FormerAddress,
    Member,
)
from newsletter import (
    contest_emails,
    leaving_emails,
    outbox,
    reading,
    sign_up_emails,
    writing,
)
from newsletter.models import Campaign, Contest, Entry, Message, Survey
from newsletter.smtp import as_email
from privacy import choices, guard, letters, look_alarm
from privacy.actions import attestations, changes, erasures, transitions
from privacy.models import Copy, LegalDisclosure, Look, ProbeResult
from privacy.people import GUEST, Person
from privacy.probes import alarm, registry
from shop import emails as shop_emails
from shop.models import (
    Amendment,
    Consignment,
    ConsignmentLine,
    Order,
    Refund,
    Return,
    ReturnLine,
    Status,
)
from tests.builders import draft_token, product
from tests.clubs.cast import club, contact
from tests.privacy.drafts import draft, publish

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"
# Signs that must be escaped in a page, and must not be in plain text.
NAME = "Priya O'Raman & Son"
PRIYA = "priya@example.co.uk"


@dataclass(frozen=True)
class Letter:
    """One message as it would leave."""

    name: str  # what it reports, such as "order_link"
    kind: str  # class of message
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    ids: tuple[str, str]  # its Message-ID, said twice
    templates: frozenset[str]


Maker = Callable[[], object]


def _order() -> Order:
    token = draft_token(
        Client(),
        {product(name="Ilford HP5 Plus 400, 36 exp.").sku: 2},
        full_name=NAME,
        line2="Back Lane & Mews",
    )
    now = timezone.now()
    rows = Order.objects.filter(token=token)
    rows.update(status=Status.PENDING, placed_at=now)
    rows.update(status=Status.AUTHORISED, authorised_at=now)
    return Order.objects.get(token=token)


def of_shop() -> Iterator[Maker]:
    order, kept = _order(), _order()
    for write in (
        *(shop_emails.confirmation, shop_emails.sold_out),
        *(shop_emails.payment_cancelled, shop_emails.corrected, shop_emails.order_link),
    ):
        yield lambda write=write: write(order)  # type: ignore[misc]
    yield lambda: shop_emails.twin(order, kept)
    yield lambda: shop_emails.trouble(order, "address")
    yield from _dispatched(order)
    yield from _after_the_sale(order)


def _dispatched(order: Order) -> Iterator[Maker]:
    """Of an order in one parcel, and of one whose rest follows."""
    for count, sent_at in enumerate((None, timezone.now()), 1):
        parcel = Consignment.objects.create(
            order=order, number=f"{order.number}-{count}", tracking="EK1234567"
        )
        ConsignmentLine.objects.create(
            consignment=parcel, line=order.lines.get(), quantity=1
        )
        order.sent_at = sent_at
        yield lambda parcel=parcel: shop_emails.dispatched(  # type: ignore[misc]
            order, parcel, carrier="Parcelforce"
        )
        parcel.collect_code = "K7QM2X"
        yield lambda parcel=parcel: shop_emails.ready(  # type: ignore[misc]
            order, parcel
        )
        # a line goes into one live parcel only
        parcel.delete()


def _after_the_sale(order: Order) -> Iterator[Maker]:
    """Cancelled, in part or whole; sent back, for our fault or theirs; given back."""
    yield lambda: shop_emails.cancelled(order)
    yield lambda: shop_emails.running_out(order, timezone.now().date())
    yield lambda: shop_emails.refunded(order, Refund(pk=1, amount_pence=12_345))
    line = order.lines.get()
    now = timezone.now()
    asked = Amendment(order=order, added_pence=500, total_pence=99_999, until=now)
    asked.save()
    for make in (shop_emails.amendment, shop_emails.amended):
        yield lambda make=make: make(order, asked)  # type: ignore[misc]
    asked.delete()
    order.lines.update(cancelled=1)
    yield lambda: shop_emails.part_cancelled(order, 1)
    order.lines.update(cancelled=0)
    for reason in (Return.Reason.CHANGED_MIND, Return.Reason.FAULTY):
        now = timezone.now()
        back = Return(order=order, number=f"R26-0000-{len(reason):04d}", asked_at=now)
        back.reason, back.refund_due_on = reason, now.date()
        back.save()
        ReturnLine.objects.create(back=back, line=line, quantity=1)
        yield lambda back=back: shop_emails.return_asked(  # type: ignore[misc]
            order, back
        )
        yield lambda back=back: shop_emails.return_received(  # type: ignore[misc]
            order, back
        )
        # a line comes back once
        back.delete()


def of_clubs() -> Iterator[Maker]:
    lantern = club(name="Lantern & Lens Club")
    contact(lantern)
    to = "wren@hazel.example"
    today = timezone.now().date()
    yield lambda: clubs_emails.link(lantern, to)
    yield lambda: clubs_emails.told(lantern, to)
    yield lambda: clubs_emails.still_you(lantern, to, on=today)
    yield lambda: clubs_emails.decided(lantern, to, approved=True, about=1)
    yield lambda: clubs_emails.decided(lantern, to, approved=False, about=2)
    yield lambda: clubs_emails.decided(None, to, approved=False, about=3)
    yield lambda: clubs_emails.new_link(to)
    yield lambda: clubs_emails.waiting(1)


def of_members() -> Iterator[Maker]:
    member = Member.objects.create_user("member@example.co.uk", full_name=NAME)
    for prefix in accounts.MAILS:
        context = {"user": member, "code": "ABC-DEF"}
        yield lambda p=prefix, c=context: accounts.send(  # type: ignore[misc]
            p, member.email, c
        )
    yield lambda: accounts.welcome(member)
    change = EmailChange(member=member, name="0" * 32)
    yield lambda: correcting.code(change, "new@example.co.uk", "123456")
    yield lambda: correcting.taken(member.email)
    row = FormerAddress(pk=1, at=timezone.now())
    former = Former(row=row, email="old@example.co.uk")
    yield lambda: correcting.moved(member, former, "t0ken" * 8)
    yield lambda: correcting.given_back(member)
    one = erasures.ask(subject=member.email_hash, door="member")
    one.rows = {"tables": {"shop.Order": {"kept": 2}}, "at": ""}
    yield lambda: leaving.deactivated(member)
    yield lambda: leaving.came_back(member, timezone.now())
    yield lambda: leaving.asked(one, member.email, "t0ken" * 8)
    yield lambda: leaving.withdrawn(one, member.email)
    yield lambda: leaving.erased(one, member.email)
    yield lambda: leaving.prove_guest(PRIYA, "/orders/abc/leave/", "order:J26-1")
    yield lambda: leaving.sign_in_to_leave(member)
    yield lambda: erasures._alarm(one)


def of_enquiries() -> Iterator[Maker]:
    asked = enquiries.Asked(words="Does it fit?", email=PRIYA)
    enquiry = enquiries.ask(asked=asked, kind="question")  # acknowledges
    said = "It fits.\n\nYou need nothing else & no tool."
    answer = EnquiryMessage(
        enquiry=enquiry, name="n" * 32, body=said, channel=Channel.EMAIL
    )
    yield lambda: None
    yield lambda: enquiry_mails.answer(enquiry, answer)
    yield lambda: enquiry_mails.handed_over(enquiry)
    request = requests.take_in(
        kind="access",
        channel="post",
        email=PRIYA,
        full_name=NAME,
        words="Send it.",
        by="staff:7",
    )
    day = timezone.now().date()
    details = {"extended": "complex", "refused": "law"}
    for number, code in enumerate(request_mails.SUBJECTS, 1000):
        step = DataRequestStep(pk=number, code=code, detail=details.get(code, ""))
        link = "/enquiries/prove/x/" if code == "identity-asked" else ""
        yield lambda s=step, way=link: request_mails.told(  # type: ignore[misc]
            request, s, due_on=day, link=way
        )


def of_newsletter() -> Iterator[Maker]:
    asked_for = uuid.uuid4()
    yield lambda: sign_up_emails.confirm(asked_for, PRIYA)
    raw = f"From: {PRIYA}\nTo: letters@jessops.example\nSubject: unsubscribe\n\n"
    mail, _ = reading.read(raw.encode())
    yield lambda: leaving_emails.did_you_ask(mail)
    survey = Survey(pk=1, title="The lens & the lantern")
    contest = Contest(survey=survey, sponsor="Northlight & Sons Ltd", prize="A lens")
    for share, unnamed in ((True, False), (False, True)):
        entry = Entry(contest=contest, email=PRIYA, may_share=share, unnamed=unnamed)
        yield lambda e=entry: contest_emails.entered(e, contest)  # type: ignore[misc]
        yield lambda e=entry: contest_emails.won(e, contest)  # type: ignore[misc]


def of_campaigns() -> Iterator[Maker]:
    sku = product(name="Ilford HP5 & Plus", sku="HP5.36").sku
    bodies = {
        "newsletter": "Dear {{ name }},\n\n- one & two\n- [Help](/help/delivery/)\n",
        "marketing": f"For you, {{{{ name }}}}:\n\n[[product {sku}]]\n",
        "launches": f"# It is here\n\n[[product {sku}]]\n",
        "news": "We have **moved**. See http://localhost:8000/help/contacts/",
        "service": "The shop is shut on Sunday from 9:30 to 11:00.",
    }
    for kind, body in bodies.items():
        campaign = Campaign(message_class=kind, subject="A word of ours", body=body)
        made = writing.render(
            campaign, name="Priya O'Raman", subject_hash=email_hash(PRIYA)
        )
        yield lambda k=kind, c=campaign, m=made: _queued(k, c, m)  # type: ignore[misc]


def _queued(kind: str, campaign: Campaign, made: writing.Rendered) -> None:
    outbox.queue(
        message_class=kind,
        to=PRIYA,
        subject=made.subject,
        text=made.text,
        html=made.html,
        headers=made.headers,
        key=f"campaign-{kind}:{PRIYA}",
    )


def of_privacy(folder: Path) -> Iterator[Maker]:
    order = _order()
    demand = LegalDisclosure(
        reference="D2026-Q7M2X",
        basis="court-order",
        about=order.about,
        fields=["shop.Order.full_name", "shop.Order.postcode"],
    )
    yield lambda: letters.tell_of_disclosure(demand, PRIYA)
    sale = transitions.announce(
        buyer="Northlight Retail Ltd",
        notice="Northlight Retail Ltd is to take over the shop.",
        planned_on=timezone.now().date() + timedelta(days=40),
        use_differs=True,
        question="May Northlight send you its catalogue on paper?",
        by="Member 1",
    )
    who = Person(email_hash(PRIYA), PRIYA, GUEST, frozenset({("order", 1)}))
    yield lambda: letters.ask_about_transition(sale, who)
    until = timezone.now() + timedelta(minutes=15)
    for number, by_mail in enumerate((True, False), 1):
        copy = Copy(pk=number, by_mail=by_mail, good_until=until)
        link = f"{settings.SITE_URL}/privacy/copy/{'t0ken' * 8}/"
        yield lambda c=copy, way=link: letters.copy_ready(  # type: ignore[misc]
            c, PRIYA, way
        )
    today = timezone.now().date()
    attestations.attest(
        subject="P84",
        statement="The lock is changed",
        owner="An owner",
        reference="A-1",
        attested_on=today,
        by="Member 1",
        expires_on=today + timedelta(days=5),
    )
    yield attestations.warn_of_expiry
    probe = registry.probes()[0]
    result = ProbeResult(pk=1, probe=probe.name, at=timezone.now(), findings=["Late."])
    for what in ("failed", "mended", "silent"):
        yield lambda w=what: alarm._send(w, probe, result, result)  # type: ignore[misc]
    many = Look(staff=7, role="Web Sales", subject="0" * 64, about="a", why="order")
    yield lambda: look_alarm.tell(many, 51)
    head = "change cookies: held biscuits\nask cookies: May we bake biscuits?"
    draft(folder, head=head)
    publish(folder, tells_subscribers=True)
    choices.record(
        email="news@example.co.uk",
        purpose=choices.NEWSLETTER,
        answer="yes",
        where="test",
        wording="words",
    )
    Member.objects.create_user("news@example.co.uk")
    yield changes.write_letters


def makers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Maker]:
    """Yield what makes each letter, one after the other."""
    biscuits = guard.Purpose(
        "to bake biscuits", guard.CONSENT, since=2, uses=frozenset({"order"})
    )
    monkeypatch.setitem(guard.PURPOSES, "biscuits", biscuits)
    yield from of_shop()
    yield from of_clubs()
    yield from of_members()
    yield from of_enquiries()
    yield from of_newsletter()
    yield from of_campaigns()
    yield from of_privacy(folder)


def all_letters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """Make every letter; the caller's transaction takes them away again."""
    found: list[Letter] = []
    seen: set[Any] = set()
    every = makers(folder, monkeypatch)
    while True:
        with _templates() as used:
            make = next(every, None)
            if make is None:
                return found
            make()
        found += _new(seen, frozenset(used))


def _new(seen: set[Any], used: frozenset[str]) -> list[Letter]:
    rows = list(Message.objects.exclude(pk__in=seen).order_by("created_at", "pk"))
    seen.update(row.pk for row in rows)
    return [
        Letter(
            name=row.key.split(":")[0],
            kind=row.message_class,
            subject=row.subject,
            text=row.text,
            html=row.html,
            headers=dict(row.headers),
            ids=tuple(str(as_email(row).message()["Message-ID"]) for _ in range(2)),  # type: ignore[arg-type]
            templates=used,
        )
        for row in rows
    ]


@contextmanager
def _templates() -> Iterator[set[str]]:
    """Yield the names of the letters' templates that are rendered meanwhile."""
    used: set[str] = set()

    def note(sender: object, template: Any, **_: object) -> None:
        if str(template.name).startswith("emails/"):
            used.add(template.name)

    template_rendered.connect(note)
    try:
        yield used
    finally:
        template_rendered.disconnect(note)
