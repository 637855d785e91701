"""What the first page of the member's area says of each of its parts, in a sentence.

Other apps add theirs when the application starts: this one knows no shop.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from members.models import Address, Member


@dataclass(frozen=True)
class Panel:
    """One part of the area: `words` is asked for a member, with one query at most."""

    title: str
    url: str
    link: str
    words: Callable[[Member], str] = field(compare=False)
    place: int = 50  # in order of these


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> Panel:
    """Add a part; the same address again replaces it."""
    _panels[panel.url] = panel
    return panel


def panels() -> list[Panel]:
    return sorted(_panels.values(), key=lambda panel: (panel.place, panel.title))


def _addresses(member: Member) -> str:
    count = Address.objects.of(member).count()
    if not count:
        return "None yet. The first one saves you typing at the checkout."
    return f"{count} in your book." if count > 1 else "One in your book."


register(
    Panel(
        title="Choices",
        url="/members/choices/",
        link="See your choices",
        words=lambda _: "What we may write to you about, and what you said when.",
        place=20,
    )
)
register(
    Panel(
        title="Addresses",
        url="/members/addresses/",
        link="Open the address book",
        words=_addresses,
        place=30,
    )
)
register(
    Panel(
        title="Your data",
        url="/members/data/",
        link="See everything we hold",
        words=lambda _: "All that we hold about you: copy it, correct it, or leave.",
        place=40,
    )
)
register(
    Panel(
        title="Enquiries",
        url="/enquiries/",
        link="Ask us something",
        words=lambda _: "Questions and complaints, and what we answered.",
        place=50,
    )
)
register(
    Panel(
        title="Sign-in and security",
        url="/accounts/2fa/",
        link="Look after your sign-in",
        words=lambda _: "Passkeys, codes, and where you are signed in.",
        place=60,
    )
)
