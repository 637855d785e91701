"""What the law and a sale make us write to people: one function a message."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from jessops.lib.clock import in_london
from privacy import handover, links, post, transfer
from privacy.models import Copy, DisclosureEvent, LegalDisclosure, Transition
from privacy.people import Person


def tell_of_disclosure(demand: LegalDisclosure, to: str) -> None:
    """That the law made us hand over details; once for each demand (P52, C17)."""
    words = handover.columns()
    handed_over = DisclosureEvent.objects.filter(
        reference=demand.reference, code=DisclosureEvent.Code.EXPORTED
    )
    _queue(
        "disclosed",
        message_class="legal",
        to=to,
        subject="We had to hand over some of your details",
        key=f"disclosed:{demand.reference}",
        about=demand.about,
        context={
            "demand": demand,
            "basis": LegalDisclosure.Basis(demand.basis).label,
            "days": sorted({event.at.date() for event in handed_over}),
            "words": ", ".join(
                dict.fromkeys(words.get(name, name) for name in demand.fields)
            ),
            "order": demand.about.removeprefix("order:")
            if demand.about.startswith("order:")
            else "",
        },
    )


def key_of_question(sale: Transition, person: Person) -> str:
    """Return the name of the one message to a person about a sale; it names nobody."""
    return f"{transfer.question(sale.reference)}:{person.subject[:24]}"


def ask_about_transition(sale: Transition, person: Person) -> None:
    """Whether a new owner may use somebody's details differently; once (P66)."""
    token = links.token(person.subject, transfer.question(sale.reference))
    way = reverse("privacy:choice", args=[token])
    _queue(
        "transition_question",
        message_class="change",
        to=person.email,
        subject="May your details pass to a new owner?",
        key=key_of_question(sale, person),
        about=transfer.question(sale.reference),
        context={
            "sale": sale,
            "title": transfer.title(sale),
            "summary": transfer.summary(sale),
            "link": f"{settings.SITE_URL}{way}",
        },
    )


def copy_ready(copy: Copy, to: str, link: str) -> None:
    """That the copy somebody asked for can be taken, and where; once for each copy."""
    _queue(
        "copy_ready",
        message_class="legal",
        to=to,
        subject="Your copy of what we hold about you",
        key=f"copy-ready:{copy.pk}",
        about="",
        context={
            "link": link,
            "by_mail": copy.by_mail,
            "until": f"{in_london(copy.good_until):%H:%M}",
        },
    )


def _queue(
    name: str,
    *,
    message_class: str,
    to: str,
    subject: str,
    key: str,
    about: str,
    context: dict[str, Any],
) -> None:
    context = {**context, "site_url": settings.SITE_URL, "company": settings.COMPANY}
    post.queue(
        message_class=message_class,
        to=to,
        subject=subject,
        text=render_to_string(f"emails/privacy/{name}.txt", context),
        html=render_to_string(f"emails/privacy/{name}.html", context),
        about=about,
        key=key,
    )
