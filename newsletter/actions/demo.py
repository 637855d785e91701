"""The demonstration's letter, survey and contest: something to look at and to press.

Nothing of it is sent: the letter is a draft, and the contest's sponsor is invented.
"""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from newsletter.actions import campaigns, surveys
from newsletter.models import Campaign, Contest, Question, Survey

LIFE = timedelta(days=60)
SKU = "SKU"  # stands for a product until the letter is written
LETTER = campaigns.Words(
    "newsletter",
    title="Demonstration: film for short days",
    subject="Film for short days, {{ name }}",
    body=(
        "# Film for short days\n\n"
        "Hello {{ name }}, {{ month }} is dark at four. A fast black and white film is"
        " at home then: in the street, by a window, at the bonfire.\n\n"
        f"[[product {SKU}]]\n\n"
        "- Meter for the shadows, and open one stop more.\n"
        "- Keep the film in a warm pocket until you load it.\n"
        "- Ask the lab to push it one stop, if you did.\n\n"
        '[See all film](/shop/film/ "button")\n\n'
        "Camera clubs near you meet all winter: [find one](/clubs/)."
    ),
)
SURVEY = "how-you-take-photographs"
QUESTIONS: tuple[tuple[str, str, list[str]], ...] = (
    ("many", "What do you take photographs with?", ["Film", "Digital", "A telephone"]),
    ("one", "How often?", ["Every day", "Most weeks", "On holidays"]),
    ("scale", "How easy was it to find what you wanted here?", []),
    ("yesno", "Are you in a camera club?", []),
    ("district", "Where do you live?", []),
)
CONTEST = "win-a-tripod"


@transaction.atomic
def load(*, by: int, sku: str) -> int:
    """Add what is missing of the three; return how many were added.

    In: the account that writes and publishes them, and a product for the letter.
    """
    return _letter(by, sku) + _contest(by) + _survey(by)


def _letter(by: int, sku: str) -> int:
    if Campaign.objects.filter(title=LETTER.title).exists():
        return 0
    words = replace(LETTER, body=LETTER.body.replace(SKU, sku))
    campaigns.begin(words=words, by=by)
    return 1


def _survey(by: int) -> int:
    if Survey.objects.filter(slug=SURVEY).exists():
        return 0
    made = Survey.objects.create(
        kind=Survey.Kind.SURVEY,
        slug=SURVEY,
        title="How you take photographs",
        intro="Five questions about cameras and this shop. Leave out what you like.",
        opens_on=surveys.today(),
        closes_on=surveys.today() + LIFE,
        leads_to=Survey.objects.get(slug=CONTEST),
    )
    Question.objects.bulk_create(
        Question(survey=made, position=number, kind=kind, words=words, options=options)
        for number, (kind, words, options) in enumerate(QUESTIONS, start=1)
    )
    surveys.publish(survey=made, by=by)
    return 1


def _contest(by: int) -> int:
    if Survey.objects.filter(slug=CONTEST).exists():
        return 0
    page = Survey.objects.create(
        kind=Survey.Kind.CONTEST,
        slug=CONTEST,
        title="Win a travel tripod",
        intro="Threeleg, who make them, give one away. One entry a person.",
        opens_on=surveys.today(),
        closes_on=surveys.today() + LIFE,
    )
    Contest.objects.create(
        survey=page,
        sponsor="Threeleg Tripods Ltd",
        sponsor_policy="https://threeleg.example/privacy",
        prize="A carbon travel tripod",
        places=1,
        rules=(
            "Open to everybody over 18 who lives in the United Kingdom. One entry a"
            " person; nothing need be bought. The winner is drawn by chance after the"
            " last day, and told by e-mail."
        ),
    )
    surveys.publish(survey=page, by=by)
    return 1
