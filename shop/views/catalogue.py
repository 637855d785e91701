"""Departments, lists, search and product pages. They only read, and set no cookie."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from shop import list_rows, listing, product_rows
from shop import search as words_search
from shop.counts import kept_groups
from shop.departments import quick_choices
from shop.list_rows import LISTED, Source, of_categories, of_condition
from shop.models import Category, Condition, Product
from shop.product_page import product_context
from shop.ready import Ready
from shop.results import results

USED = "used"


def family_of(slug: str) -> QuerySet[Category, Any]:
    """A department and its parts, in their order."""
    return Category.objects.filter(
        Q(slug=slug, parent=None) | Q(parent__slug=slug, parent__parent=None)
    ).values_list("pk", "slug", "name", "blurb", "parent")


FAMILY = Ready(family_of)


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """All departments with their parts, and how much is in each."""
    return render(
        request, "shop/departments.html", {"departments_tree": department_tree()}
    )


@require_safe
def category(
    request: HttpRequest, category: str, part: str | None = None
) -> HttpResponse:
    """The list of one department, or of one of its parts."""
    family = FAMILY.ask(category)
    department = next((one for one in family if one.parent is None), None)
    parts = [one for one in family if one.parent is not None]
    here = next((one for one in parts if one.slug == part), None) if part else None
    if department is None or (part and here is None):
        raise Http404("no such department")
    shown = here or department
    if here:
        source = Source(of_categories, (here.pk,))
    elif department.slug == USED:
        source = Source(of_condition, (Condition.USED.value,))
    else:
        source = Source(of_categories, tuple(one.pk for one in family))
    above = f"/shop/{category}/"
    path = f"{above}{here.slug}/" if here else above
    query = listing.read(request.GET)
    groups = kept_groups(source, query, department=department.pk)
    context = results(query, source, groups, path=path, now=timezone.now())
    context |= {
        "heading": shown.name,
        "lead": shown.blurb,
        "current_department": department.slug,
        "crumbs": (
            [(department.name, above), (here.name, "")]
            if here
            else [(department.name, "")]
        ),
        "parts": [(one.name, f"{above}{one.slug}/", one is here) for one in parts],
        "quick": quick_choices(department.slug, context["found"], path),
        "sensors_drawn": department.slug == "cameras",
    }
    return render(request, "shop/list.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Products found by words; without words, the departments."""
    raw = request.GET.get("q", "")
    words = words_search.read(raw)
    if not (words.wanted or words.phrases):
        return render(
            request,
            "shop/departments.html",
            {"departments_tree": department_tree(), "searching": True},
        )
    path = request.path
    query = listing.read(request.GET, q=words.text)
    now = timezone.now()
    source = words_search.matching(words)
    groups = list_rows.groups(source, query)
    mistyped = not groups
    if mistyped:
        source = words_search.alike(words)
        groups = list_rows.groups(source, query)
    context = results(query, source, groups, path=path, now=now)
    context |= {
        "heading": "Search",
        "crumbs": [("Search", "")],
        "words": words.text,
        "mistyped": mistyped and bool(groups),
        "searching": True,
        "sensors_drawn": False,
    }
    return render(request, "shop/list.html", context)


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product, with all that is known before it is bought."""
    found = product_rows.product(slug)
    if found is None:
        raise Http404("no such product")
    context = product_context(found, now=timezone.now(), site_url=settings.SITE_URL)
    return render(request, "shop/product.html", context)


def department_tree() -> list[dict[str, Any]]:
    """Return departments with their parts and counts: two queries."""
    counts = dict(
        Product.objects.filter(LISTED)
        .order_by()
        .values_list("category")
        .annotate(Count("pk"))
    )
    used = Product.objects.filter(LISTED, condition=Condition.USED).count()
    tree: dict[int, dict[str, Any]] = {}
    for row in Category.objects.select_related("parent").order_by("position", "pk"):
        own = counts.get(row.pk, 0)
        if row.parent_id is None:
            node = tree.setdefault(row.pk, {"parts": [], "count": 0})
            node |= {"name": row.name, "blurb": row.blurb, "slug": row.slug}
            node["url"] = row.get_absolute_url()
            node["count"] += used if row.slug == USED else own
        else:
            node = tree.setdefault(row.parent_id, {"parts": [], "count": 0})
            node["parts"].append((row.name, row.get_absolute_url(), f"{own:,}"))
            if node.get("slug") != USED:
                node["count"] += own
    for node in tree.values():
        node["shown"] = f"{node['count']:,}"
    return list(tree.values())
