"""The desk of letters, announcements, surveys and contests, by every rule.

SCREENSHOTS=folder keeps a picture of each page, to be looked at beside the design.
"""

from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from members.models import Member
from newsletter import suppression
from newsletter.actions import (
    announcements,
    bounces,
    campaigns,
    counting,
    sending,
    surveys,
)
from newsletter.models import Bounce, Campaign, Message, Sending, Survey
from tests.browser.axe import PICTURES, faults, size
from tests.members.cast import member
from tests.newsletter.contests_cast import awarded, contest, enter, staff, survey
from tests.newsletter.test_sending import readers
from tests.servers import ShopServer
from tests.staff import sign_in
from tests.watch import WatchedBrowser

DESK = "/admin/newsletter"
# One of each sort; with SCREENSHOTS all of them.
IN_SHORT = (
    "desk-letters",
    "desk-letter-draft",
    "desk-sending-ready",
    "desk-survey-over",
)
# Django's own: a table of rows within a form has a head without words for its marks,
# and the label of the box for a search is a picture with its word.
DJANGOS = (": empty-table-header: ", ": label-title-only: ")
BODY = (
    "# Autumn\n\nHello {{ name }}, the film is here.\n\n"
    '[See it](/help/delivery/ "button")\n\n- one\n- two'
)


def boss() -> Member:
    made = Member.objects.create_superuser("boss@jessops.example", "a long password")
    Member.objects.filter(pk=made.pk).update(
        joined_at=timezone.now() - timedelta(days=9)
    )
    return made


def letter(kind: str = "newsletter", body: str = BODY, reason: str = "") -> Campaign:
    words = campaigns.Words(kind, "November", "New film, {{ name }}", body, reason)
    return campaigns.begin(words=words, by=member(is_staff=True).pk)


def under_way(who: Member) -> Campaign:
    """A letter that some got, that came back, and that others do not get."""
    people = readers(6)
    row = campaigns.approve(campaign=letter(), edition=1, by=who.pk)
    sending.schedule(campaign=row)
    sending.tick()
    now = timezone.now()
    Message.objects.filter(about=row.about).update(state="sent", settled_at=now)
    one = Message.objects.filter(about=row.about).first()
    assert one
    bounces.record(
        letter=one.pk, kind=Bounce.Kind.HARD, status="5.1.1", source="report"
    )
    assert people
    Sending.objects.filter(campaign=row).update(
        left_out={"said-no": 12, "no-answer": 340, "not-established": 5}
    )
    return row


def letters(who: Member) -> list[tuple[str, str]]:
    """The pages of letters, by name and address."""
    draft, counted, running = letter(), letter(), under_way(who)
    wrong = letter(body="[here](http://example.com/?utm_source=x)\n\n[[product NO-1]]")
    counting.count_audience(campaign=counted)
    campaigns.approve(campaign=counted, edition=1, by=who.pk)
    word = letter("service", "We are shut tonight, until six.", "maintenance")
    word = campaigns.approve(campaign=word, edition=1, by=who.pk)
    sending.schedule(campaign=word)
    Campaign.objects.filter(pk=word.pk).update(state="paused")
    Sending.objects.filter(campaign=word).update(stopped="A quarter has two of them.")
    other = letter("service", "We are shut again.", "fault")
    announcements.allow_more(campaign=other, why="The bank is down.", by=who.pk)
    suppression.suppress(subject="a" * 64, reason="complaint", note="provider")
    row = suppression.suppress(subject="b" * 64, reason="hard-bounce", note="5.1.1")
    change = f"{DESK}/campaign"
    return [
        ("desk-letters", f"{change}/"),
        ("desk-letter-new", f"{change}/add/"),
        ("desk-letter-draft", f"{change}/{draft.pk}/change/"),
        ("desk-letter-faults", f"{change}/{wrong.pk}/change/"),
        ("desk-letter-sent", f"{change}/{running.pk}/change/"),
        ("desk-sending-ready", f"{change}/{counted.pk}/sending/"),
        ("desk-sending-running", f"{change}/{running.pk}/sending/"),
        ("desk-sending-stopped", f"{change}/{word.pk}/sending/"),
        ("desk-announcement", f"{change}/{other.pk}/change/"),
        ("desk-one-more", f"{DESK}/announcementoverride/add/"),
        ("desk-overrides", f"{DESK}/announcementoverride/"),
        ("desk-wall", f"{DESK}/suppression/wall/"),
        ("desk-suppressions", f"{DESK}/suppression/"),
        ("desk-lift", f"{DESK}/suppression/{row.pk}/lift/"),
        ("desk-bounces", f"{DESK}/bounce/"),
    ]


def asked() -> list[tuple[str, str]]:
    """The pages of surveys and contests, by name and address."""
    open_ = survey(("one", "What do you use?", ["Film", "Digital"]), slug="open")
    over = survey(("yesno", "Did you find it?", []), slug="over")
    for _ in range(6):
        first, *_rest = over.questions.all()
        surveys.answer(survey=over, answers={first.pk: ["Yes"]})
    surveys.end(survey=over, by=staff())
    made, won = contest(published=False), contest(slug="won")
    enter(won, "Ann Ashe", may_share=True)
    won = awarded(won)
    Survey.objects.filter(pk=made.survey.pk).update(title="Win a bag")
    page = f"{DESK}/survey"
    return [
        ("desk-surveys", f"{page}/"),
        ("desk-survey-new", f"{page}/add/"),
        ("desk-survey-open", f"{page}/{open_.pk}/change/"),
        ("desk-survey-over", f"{page}/{over.pk}/change/"),
        ("desk-contest-draft", f"{page}/{made.survey.pk}/change/"),
        ("desk-contest-won", f"{page}/{won.survey.pk}/change/"),
        ("desk-winners", f"{DESK}/entry/"),
    ]


def look(
    page: Page, shop: ShopServer, who: Member, where: list[tuple[str, str]]
) -> None:
    client = Client()
    sign_in(client, who)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": shop.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    found: list[str] = []
    for title, path in where:
        if title not in IN_SHORT and not PICTURES:
            continue
        answer = page.goto(f"{shop.url}{path}")
        assert answer is not None
        assert answer.status == 200, (title, answer.status)
        if title == "desk-letter-draft":
            shown = page.frame_locator("iframe[name=letter-preview]")
            expect(shown.get_by_role("heading", name="Autumn")).to_be_visible()
        found += [
            one
            for one in faults(page, title)
            if not any(rule in one for rule in DJANGOS)
        ]
    assert not found, "\n" + "\n".join(found)


def test_the_desk_of_letters_surveys_and_contests(
    transactional_db: None, shop_server: ShopServer, open_context: WatchedBrowser
) -> None:
    page = open_context(viewport=size(1280), reduced_motion="reduce").new_page()
    who = boss()
    look(page, shop_server, who, [*letters(who), *asked()])
