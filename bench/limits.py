"""The floor of Django itself: a fixed page, and a list of 24 plain items.

/bare answers 30 kB without a query; /list24 asks one indexed query and renders its
24 rows through a template. No middleware, no compression, no logging.
"""

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import path

SENTENCE = "<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit.</p>\n"
BARE = ("<!doctype html><title>x</title><body>" + SENTENCE * 480)[:30_000]
COLUMNS = ("id", "slug", "title", "price", "blurb")


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BARE)


def list24(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, slug, title, price, blurb FROM item"
            " WHERE category = %s ORDER BY id DESC LIMIT 24",
            [7],
        )
        items = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    page = get_template("list24.html").render({"items": items, "nav": range(40)})
    return HttpResponse(page)


urlpatterns = [path("bare", bare), path("list24", list24)]
application = get_wsgi_application()
