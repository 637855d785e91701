"""The policy in force, with the state of every promise beside its clause."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy import notices, panels, policies
from privacy.cookies import REGISTRY
from privacy.gateway import connectors
from privacy.policies import document
from privacy.policies.compare import Difference, compare
from privacy.policies.document import Document
from privacy.policies.tables import held_rows, recipient_row
from privacy.views.versions import rows


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The policy in force, what is to come, and every version there was."""
    text = document.load(policies.current_version())
    coming, difference = _coming(text)
    return render(
        request,
        "privacy/policy.html",
        {
            "document": text,
            "clauses": [
                (clause, panels.of(*clause.promises)) for clause in text.clauses
            ],
            "questions": [
                (number, words, text.answering(number))
                for number, words in document.QUESTIONS.items()
            ],
            "board": panels.board(),
            "cookies": list(REGISTRY.values()),
            "held": held_rows(),
            "recipients": [recipient_row(party) for party in connectors()],
            "coming": coming,
            "notice": notices.of_policy(notices.POLICY) if coming else None,
            "difference": difference,
            "rows": rows(),
        },
    )


def _coming(text: Document) -> tuple[Document | None, Difference | None]:
    """Return the version that is published and not in force yet, and what differs."""
    published = policies.coming()
    if published is None:
        return None, None
    coming = document.load(published.number)
    return coming, compare(text, coming)
