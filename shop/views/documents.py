"""An order's papers as PDF, for whoever has the order's link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop import labels, paper
from shop.models import Document, Return


@never_cache
@require_safe
def show(request: HttpRequest, token: str, number: str) -> HttpResponse:
    found = get_object_or_404(
        Document.objects.select_related("order"), number=number, order__token=token
    )
    return as_pdf(paper.pdf(found), found.number)


@never_cache
@require_safe
def return_label(request: HttpRequest, token: str, number: str) -> HttpResponse:
    """The label of a return that is still to be sent."""
    found = get_object_or_404(
        Return, number=number, order__token=token, state=Return.State.ASKED
    )
    return as_pdf(labels.return_label(found), found.number)


def as_pdf(made: bytes, name: str) -> HttpResponse:
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
