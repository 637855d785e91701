"""Surveys and contests in every state, by every rule."""

from playwright.sync_api import Page

from newsletter import entry_links
from newsletter.actions import surveys
from newsletter.models import Survey
from tests.browser.axe import judge
from tests.browser.places import Place, _press
from tests.newsletter.contests_cast import awarded, contest, enter, survey
from tests.servers import ShopServer

ASKED: tuple[tuple[str, str, list[str]], ...] = (
    ("yesno", "Did you find what you wanted?", []),
    ("many", "What do you use?", ["Film", "Digital"]),
    ("district", "Where do you live?", []),
)


def places() -> list[Place]:
    """A survey and a contest, open and over, and what an entrant and a sponsor see."""
    open_, over = (survey(*ASKED, slug=slug) for slug in ("open", "over"))
    for _ in range(6):
        first, *_rest = over.questions.all()
        surveys.answer(survey=over, answers={first.pk: ["Yes"]})
    Survey.objects.filter(pk=over.pk).update(state="ended")
    made, won = contest(), contest(slug="won")
    entry = enter(won, "Ann Ashe", may_share=True)
    won = awarded(won)
    return [
        Place("survey-errors", open_.get_absolute_url(), act=_district),
        Place("survey-over", over.get_absolute_url()),
        Place("contest-errors", made.survey.get_absolute_url(), act=_press("Enter")),
        Place("contest-won", won.survey.get_absolute_url()),
        Place("entry", entry_links.own(entry.pk)),
    ]


def _district(page: Page) -> None:
    page.get_by_label("Where do you live?").fill("nowhere")
    with page.expect_navigation():
        page.get_by_role("button", name="Send my answers").click()


def test_surveys_and_contests(seen: Page, demo_shop: ShopServer) -> None:
    judge(seen, demo_shop.url, places())
