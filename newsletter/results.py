"""What came of a survey, as it may be shown."""

from newsletter.models import Question, Survey, Tally
from newsletter.tallies import EVERYBODY, Result, of_many, of_one


def of(survey: Survey) -> list[Result]:
    """Return the results of a survey that is over, in the order of its questions.

    While it is open there are none, to nobody: two looks, before and after somebody
    answered, would tell what the answer was.
    """
    rows = Tally.objects.filter(question__survey=survey).select_related("question")
    ordered = sorted(rows, key=lambda row: (row.question.position, row.pk))
    return [_of(row, survey.threshold) for row in ordered]


def _of(tally: Tally, threshold: int) -> Result:
    question, counts = tally.question, dict(tally.counts)
    everybody = counts.pop(EVERYBODY, 0)
    if question.kind == Question.Kind.MANY:
        return of_many(question.words, question.answers, counts, everybody, threshold)
    return of_one(question.words, question.answers, counts, threshold)
