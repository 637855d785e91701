"""Mail that is an enquiry, or a word in one (P3, P97, P107)."""

from django.conf import settings

from members.actions import enquiries
from members.emails.enquiries import MAILBOX
from members.models import Channel, Enquiry, Team
from newsletter.inbound import Door, Mail, our_host, register
from newsletter.naming import ABUSE, LETTERS, RETURNS

PRIVACY = "privacy"
MARK = "web design"
ATTACHED = "[{} attached, which we do not take in by e-mail]"


def thread(mail: Mail) -> str:
    """A word in the enquiry whose key its address carries; who it is from says nothing.

    Anyone can write any sender, so without the key nothing is added to a thread.
    """
    prefix = f"{MAILBOX}+"
    for address in mail.to:
        box, _, host = address.partition("@")
        if host != our_host() or not box.startswith(prefix):
            continue
        enquiry = Enquiry.objects.filter(token=box.removeprefix(prefix)).first()
        if enquiry:
            enquiries.say(enquiry=enquiry, words=_words(mail), channel=Channel.EMAIL)
            return enquiry.matter
    return ""


def desk(mail: Mail) -> str:
    """A new enquiry, by the mailbox it was sent to."""
    desks = _desks()
    found = next((desks[box] for box in map(_box, mail.to) if box in desks), None)
    if found is None:
        return ""
    kind, team = found
    if MARK in f"{mail.subject} {mail.text[:200]}".lower():
        kind, team = Enquiry.Kind.POLICY, Team.WEB_DESIGN
    enquiry = enquiries.ask(
        asked=enquiries.Asked(
            words=_words(mail), email=mail.sender, full_name=mail.sender_name
        ),
        kind=kind,
        channel=Channel.EMAIL,
        team=team,
    )
    return enquiry.matter


def _desks() -> dict[str, tuple[str, str]]:
    """Return what mail to each of our mailboxes is, and whose desk it comes to."""
    kind = Enquiry.Kind
    company, host = settings.COMPANY, our_host()
    return {
        f"{MAILBOX}@{host}": (kind.QUESTION, Team.WEB_SALES),
        str(company["clubs_email"]).lower(): (kind.QUESTION, Team.CLUBS),
        str(company["liaison_email"]).lower(): (kind.COMPLAINT, Team.LIAISON),
        # the Web Site Department's own address (P3)
        str(company["email"]).lower(): (kind.QUESTION, Team.WEB_DESIGN),
        f"{PRIVACY}@{host}": (kind.DATA, Team.PRIVACY),
        f"{ABUSE}@{host}": (kind.COMPLAINT, Team.WEB_DESIGN),
        # What somebody answers to a letter, and is no word that we understand.
        f"{LETTERS}@{host}": (kind.QUESTION, Team.WEB_DESIGN),
        f"{RETURNS}@{host}": (kind.QUESTION, Team.WEB_DESIGN),
    }


def _box(address: str) -> str:
    """The mailbox of an address; what names a letter behind a + is left out."""
    local, _, host = address.partition("@")
    box = local.partition("+")[0]
    return f"{box}@{host}" if box in (LETTERS, RETURNS) else address


def _words(mail: Mail) -> str:
    said = [mail.subject, mail.text]
    if mail.attachments:
        said.append(ATTACHED.format(mail.attachments))
    return "\n\n".join(part for part in said if part) or "[nothing was written]"


register(Door("a thread's own address", thread, place=10))
register(Door("our mailboxes", desk, place=90))
