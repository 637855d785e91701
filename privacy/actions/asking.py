"""Asking people about a sale: one message each, and silence means no (P66)."""

import time

from django.db import transaction

from privacy import letters, people, post, transfer
from privacy import transitions as record
from privacy.actions import transitions

SECONDS = 20.0  # of one run of the task; what is left goes with the next


def ask(*, seconds: float = SECONDS) -> int:
    """Ask whoever was not asked yet whether their details may move; return how many.

    Whoever may be written to and has not answered, once: each batch is one transaction,
    and a letter has one key for ever, so it is safe to repeat and to kill. People who
    come while the sale is announced are asked by a later run.
    """
    transition = record.live()
    if transition is None or not transition.use_differs:
        return 0
    stop, asked = time.monotonic() + seconds, 0
    for batch in transitions.batches(people.everyone()):
        said = transfer.answers(transition.reference, batch)
        by_key = {
            letters.key_of_question(transition, person): person
            for person in batch
            if transfer.may_be_asked(person, said[person.subject])
        }
        there = post.known(by_key)
        with transaction.atomic():
            for key, person in by_key.items():
                if key not in there:
                    letters.ask_about_transition(transition, person)
                    asked += 1
        if time.monotonic() > stop:
            break
    return asked
