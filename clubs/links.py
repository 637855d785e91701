"""The links in our mails: signed, and good for as long as they are true.

Neither holds an address: a club's number or the beginning of a keyed hash is all that
an address line, and whoever reads it, gets to see.
"""

from django.core import signing

from clubs.models import Club, ContactDetail
from jessops.lib.hashing import email_hash

CHANGE = "clubs.change"
NEW = "clubs.new"
# A removal must work from a mail of last year's question too.
CHANGE_LIFE = 800 * 24 * 3600  # seconds
NEW_LIFE = 7 * 24 * 3600
DIGITS = 20


def for_contact(club: Club, email: str) -> str:
    """Return the path by which a club's contact has a say in its entry."""
    token = signing.dumps([club.pk, email_hash(email)[:DIGITS]], salt=CHANGE)
    return f"{club.get_absolute_url()}change/{token}/"


def contact_of(club: Club, token: str) -> ContactDetail | None:
    """Return the contact's e-mail address if this is their link, else nothing.

    Once the address is another one or erased, links to it open nothing any more.
    """
    try:
        number, digits = signing.loads(token, salt=CHANGE, max_age=CHANGE_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    email = club.details.filter(kind=ContactDetail.Kind.EMAIL).first()
    if number != club.pk or email is None:
        return None
    return email if email_hash(email.value)[:DIGITS] == digits else None


def for_new(email: str) -> str:
    """Return the path of the form to list a club, for who reads mail at `email`."""
    token = signing.dumps(email_hash(email)[:DIGITS], salt=NEW)
    return f"/clubs/list-a-club/{token}/"


def is_live(token: str) -> bool:
    return _digits(token) != ""


def is_for(token: str, email: str) -> bool:
    """Say whether the link of this token was mailed to this address."""
    digits = _digits(token)
    return digits != "" and email_hash(email)[:DIGITS] == digits


def _digits(token: str) -> str:
    try:
        found = signing.loads(token, salt=NEW, max_age=NEW_LIFE)
    except (signing.BadSignature, ValueError):
        return ""
    return found if isinstance(found, str) else ""
