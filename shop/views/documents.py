"""An order's invoices and credit notes, for whoever has the order's link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shop import paper
from shop.models import Document


@never_cache
@require_safe
def show(request: HttpRequest, token: str, number: str) -> HttpResponse:
    found = get_object_or_404(
        Document.objects.select_related("order"), number=number, order__token=token
    )
    response = HttpResponse(paper.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response
