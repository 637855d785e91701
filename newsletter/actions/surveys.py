"""Every write to a survey: publishing, ending, and counting what people answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from newsletter import districts
from newsletter.models import Question, Survey, Tally
from newsletter.tallies import EVERYBODY, SKIPPED


class SurveyError(Exception):
    """It cannot be done; the words say why, to staff."""


class Closed(Exception):
    """Not open to answers or entries: not yet, or not any more."""


class NotAnAnswer(ValueError):
    """No form of ours sends that."""


def today() -> Any:
    """Return the day in London."""
    return in_london(timezone.now()).date()


def publish(*, survey: Survey, by: int) -> None:
    """Put a draft before people: what it says and asks stands from here on.

    Raises SurveyError. Published twice is once.
    """
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=survey.pk)
        if not survey.is_draft:
            return
        questions = list(survey.questions.all())
        if survey.is_contest and not hasattr(survey, "contest"):
            raise SurveyError("A contest must name its sponsor, prize and conditions.")
        if not survey.is_contest and not questions:
            raise SurveyError("A survey must ask something.")
        if survey.closes_on < today():
            raise SurveyError("Its last day is over.")
        Tally.objects.bulk_create(
            Tally(
                question=one,
                counts=dict.fromkeys([*one.answers, SKIPPED], 0),
            )
            for one in questions
        )
        survey.state = Survey.State.PUBLISHED
        survey.save(update_fields=["state"])
        note(survey=survey, by=by, words="Published")


def end(*, survey: Survey, by: int) -> None:
    """Take no more answers or entries. Ended twice is once."""
    with transaction.atomic():
        moved = Survey.objects.filter(
            pk=survey.pk, state=Survey.State.PUBLISHED
        ).update(state=Survey.State.ENDED)
        if moved:
            note(survey=survey, by=by, words="Ended")


def answer(*, survey: Survey, answers: Mapping[int, Sequence[str]]) -> None:
    """Count what somebody answered, and keep nothing else of it (P78).

    In: answers by the question's number; what is left out was skipped (P75). Raises
    Closed, NotAnAnswer.
    """
    with transaction.atomic():
        survey = Survey.objects.get(pk=survey.pk)
        if survey.is_contest or not survey.is_open(today()):
            raise Closed
        questions = {one.pk: one for one in survey.questions.all()}
        if not answers.keys() <= questions.keys():
            raise NotAnAnswer("another survey's question")
        # in the order of their keys: two people at once wait, and never for each other
        rows = Tally.objects.select_for_update().filter(pk__in=questions)
        for tally in rows.order_by("pk"):
            question = questions[tally.pk]
            given = _checked(question, answers.get(tally.pk, ())) or [SKIPPED]
            if question.kind == Question.Kind.MANY:
                given.append(EVERYBODY)
            for one in given:
                tally.counts[one] = tally.counts.get(one, 0) + 1
            tally.save(update_fields=["counts"])


def _checked(question: Question, given: Sequence[str]) -> list[str]:
    """Return the answers as they are counted; a postcode as its district alone."""
    found = list(dict.fromkeys(one for one in given if one))
    if question.kind == Question.Kind.DISTRICT:
        found = [districts.district(one) for one in found]
        if not all(found):
            raise NotAnAnswer("not a district")
    elif not set(found) <= set(question.answers):
        raise NotAnAnswer("not one of the answers")
    if len(found) > 1 and question.kind != Question.Kind.MANY:
        raise NotAnAnswer("more than one answer")
    return found


def note(*, survey: Survey, by: int, words: str) -> None:
    """Write a move of staff into their log."""
    LogEntry.objects.create(
        user_id=by,
        content_type=ContentType.objects.get_for_model(Survey),
        object_id=str(survey.pk),
        object_repr=survey.title[:200],
        action_flag=CHANGE,
        change_message=words,
    )
