"""Whose word on a sender counts: of our own provider alone, and of nothing odd."""

from email import message_from_string

import pytest
from pytest_django import Settings

from newsletter import inbound
from newsletter.actions import leaving
from newsletter.models import Message
from newsletter.vouching import vouched
from privacy import choices
from tests.newsletter.test_leaving_by_mail import SUBJECT, subscribe, yeses
from tests.newsletter.test_mails import READER

US = "mx.provider.example"
DKIM = f"{US}; dkim=pass header.d=example.co.uk header.s=s1"
GOOD = (
    DKIM,
    f"{US} 1; spf=none; dkim=pass (2048-bit (rsa)) header.i=@example.co.uk",
    "MX.Provider.Example;\r\n\tdmarc=pass (p=none; a) header.from=Example.co.uk",
    f"{US}; spf=pass smtp.mailfrom=quill@example.co.uk",
    f"{US}; dkim=fail header.d=example.co.uk; dkim=pass header.d=example.co.uk",
)
BAD = (
    "",
    "none",
    f"{US}; none",
    "mx.other.example; dkim=pass header.d=example.co.uk",
    f"x{DKIM}",
    f"{US}.evil.example; dkim=pass header.d=example.co.uk",
    f"{US}; dkim=pass header.d=evil.example",
    f"{US}; dkim=pass header.d=co.uk",
    f"{US}; dkim=pass header.d=example.co.uk.evil.example",
    f"{US}; dkim=pass header.i=example.co.uk@evil.example",
    f"{US}; dkim=fail header.d=example.co.uk",
    f"{US}; dkim=passed header.d=example.co.uk",
    f"{US}; spf=pass smtp.mailfrom=other@example.co.uk",
    f"{US}; spf=pass smtp.mailfrom=example.co.uk",
    f"{US}; spf=fail smtp.mailfrom=quill@example.co.uk",
    f"{US}; dmarc=pass header.from=example.com",
    f"{US}; iprev=pass header.d=example.co.uk",
    # what a sender may put into a value, a comment or another line
    f'{US}; spf=pass smtp.mailfrom="; dkim=pass header.d=example.co.uk "@evil.example',
    f"{US}; spf=fail (dkim=pass header.d=example.co.uk)",
    f"{US}; spf=fail (a) ) dkim=pass header.d=example.co.uk",
    f"{US}; {'(' * 9}{')' * 9} dkim=pass header.d=example.co.uk",
    f"({US}) evil.example; dkim=pass header.d=example.co.uk",
    f"{US}; dkim=pass header.d=example.co.uk; {'x' * 5_000}",
)


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> None:
    settings.MAIL_AUTHSERV_ID = US


def words(*results: str, sender: str = READER) -> str:
    stamps = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    return (
        f"{stamps}Received: from there by {US}\r\nFrom: Quill <{sender}>\r\n"
        "To: webmaster@jessops.example\r\nSubject: Unsubscribe\r\n"
        "Message-ID: <vouched@example.co.uk>\r\n\r\n"
    )


def of(*results: str) -> bool:
    return vouched(message_from_string(words(*results)), READER)


@pytest.mark.parametrize("result", GOOD)
def test_our_providers_word_on_the_very_domain_counts(result: str) -> None:
    assert of(result)


@pytest.mark.parametrize("result", BAD)
def test_nobody_elses_and_nothing_odd_does(result: str) -> None:
    assert not of(result)


def test_only_the_topmost_counts_and_only_of_one_sender(settings: Settings) -> None:
    assert of(DKIM, f"{US}; dkim=fail header.d=example.co.uk")
    assert not of(f"{US}; dkim=none", DKIM)
    assert not of("mx.other.example; dkim=pass header.d=example.co.uk", DKIM)
    two = f"From: else@evil.example\r\n{words(DKIM)}"
    assert not vouched(message_from_string(two), READER)
    assert not vouched(message_from_string(words(DKIM)), "")
    settings.MAIL_AUTHSERV_ID = ""  # as it is delivered
    assert not of(DKIM)
    assert not of("; dkim=pass header.d=example.co.uk")


@pytest.mark.django_db
def test_whom_our_provider_vouches_for_leaves_at_once_and_is_not_asked() -> None:
    subscribe()
    assert inbound.take(words(DKIM).encode()) == leaving.LEFT
    assert yeses() == set()
    assert not Message.objects.exists()
    newest = choices.history_of(SUBJECT)[0]
    assert (newest.where, newest.wording) == (leaving.MAIL, leaving.MAIL_WORDS)


@pytest.mark.django_db
def test_a_forged_word_for_them_is_asked_about_first() -> None:
    subscribe()
    forged = words("mx.other.example; dkim=pass header.d=example.co.uk")
    assert inbound.take(forged.encode()) == leaving.ASKED
    assert len(yeses()) == len(choices.LISTS)
    assert Message.objects.get().to == READER


@pytest.mark.django_db
def test_a_vouched_sender_of_no_list_is_read_by_our_staff() -> None:
    assert inbound.take(words(DKIM).encode()).startswith("enquiry:")
