"""Surveys and contests of the tests."""

from datetime import timedelta
from typing import Any

from members.models import Member
from newsletter.actions import contests, surveys
from newsletter.models import Contest, Entry, Question, Survey
from tests.members.cast import member

STREET = {
    "line1": "2 Dial House",
    "line2": "",
    "town": "Marlow",
    "county": "Berkshire",
    "postcode": "SL7 1EY",
}


def survey(
    *questions: tuple[str, str, list[str]], slug: str = "spring", **more: Any
) -> Survey:
    """A published survey; each question is its kind, words and options."""
    today = surveys.today()
    values = {"opens_on": today, "closes_on": today + timedelta(days=10), **more}
    made = Survey.objects.create(
        kind="survey", slug=slug, title="How is the shop?", intro="Tell us.", **values
    )
    for position, (kind, words, options) in enumerate(questions, start=1):
        Question.objects.create(
            survey=made, position=position, kind=kind, words=words, options=options
        )
    surveys.publish(survey=made, by=staff())
    return made


def contest(
    *, slug: str = "win", places: int = 1, published: bool = True, **more: Any
) -> Contest:
    today = surveys.today()
    page = Survey.objects.create(
        kind="contest",
        slug=slug,
        title="Win a tripod",
        intro="One of them is yours.",
        opens_on=more.pop("opens_on", today),
        closes_on=today + timedelta(days=10),
    )
    made = Contest.objects.create(
        survey=page,
        sponsor="Threeleg Ltd",
        sponsor_policy="https://threeleg.example/privacy",
        prize="A tripod",
        places=places,
        rules="One entry a person.",
        **more,
    )
    if published:
        surveys.publish(survey=page, by=staff())
    return made


def enter(made: Contest, who: str, **answers: bool) -> Entry:
    """Enter somebody by name; the address is made of it."""
    email = f"{who.lower().replace(' ', '.')}@example.co.uk"
    contests.enter(
        contest=made,
        details={"name": who, "email": email, **STREET},
        may_share=answers.get("may_share", False),
        unnamed=answers.get("unnamed", False),
    )
    return next(one for one in made.entries.all() if one.email == email)


def awarded(made: Contest) -> Contest:
    surveys.end(survey=made.survey, by=staff())
    contests.award(contest=made, by=staff())
    return Contest.objects.get(pk=made.pk)


def staff() -> int:
    """The number of a member of staff, of whom one is enough."""
    there = Member.objects.filter(is_staff=True).first()
    return (there or member(is_staff=True)).pk
