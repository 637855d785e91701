"""The hand-written catalogue: complete, and true to itself."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from shop import drawings, specs
from shop.demo import load
from shop.models import Category, Product, Stock, StockMovement

DEPARTMENTS = ["cameras", "lenses", "film", "bags-tripods", "accessories", "used"]
PLAIN_TEXT = re.compile(r"[<>{}]|https?:")


@pytest.fixture(scope="module")
def once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """The catalogue, loaded once for all tests here, which only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load.load()
        transaction.set_rollback(True)


@pytest.fixture
def loaded(once: int, db: None) -> int:
    return once


# --- what is in it ------------------------------------------------------------------


def test_every_department_is_well_filled(loaded: int) -> None:
    parents = Category.objects.filter(parent=None)
    assert list(parents.values_list("slug", flat=True)) == DEPARTMENTS
    new = Counter(
        Product.objects.filter(condition="new").values_list(
            "category__parent__slug", flat=True
        )
    )
    assert sum(new.values()) >= 180
    assert sum(new.values()) + used_count() == loaded
    for department in DEPARTMENTS[:-1]:
        assert new[department] >= 20, department
    assert not Product.objects.filter(category__parent=None).exists()
    for category in Category.objects.annotate(goods=Count("products")):
        assert category.blurb.endswith("."), category.slug
        assert category.goods >= 2 or category.parent is None, category.slug


def used_count() -> int:
    return Product.objects.filter(condition="used").count()


def test_there_are_lenses_for_eight_mounts_and_a_body_for_each_of_them(
    loaded: int,
) -> None:
    lenses = Product.objects.filter(category__parent__slug="lenses", condition="new")
    mounts = set(lenses.values_list("mount", flat=True))
    assert len(mounts) >= 8
    assert "" not in mounts
    bodies = Product.objects.filter(category__parent__slug="cameras")
    assert mounts <= set(bodies.values_list("mount", flat=True))


def test_used_things_are_one_of_a_kind_and_say_what_was_found(loaded: int) -> None:
    used = Product.objects.filter(condition="used").select_related("stock", "used_of")
    assert len(used) >= 28
    assert {product.grade for product in used} == {
        "well-used",
        "good",
        "excellent",
        "like-new",
        "open-box",
    }
    for product in used:
        assert product.stock.on_hand == 1, product.sku
        assert product.found, product.sku
        months = 12 if product.price >= 10_000 else 6
        if product.grade == "open-box":
            assert (product.warranty_months, product.vat) == (24, "standard")
        else:
            assert (product.warranty_months, product.vat) == (months, "margin")
        if product.used_of:
            assert product.used_of.condition == "new"
            assert product.used_of.category_id == product.category_id
            assert product.price < product.used_of.price, product.sku
    assert sum(1 for product in used if product.used_of) >= 10
    assert sum(1 for product in used if product.shutter_count) >= 10


def test_books_carry_no_vat_and_everything_else_new_does(loaded: int) -> None:
    new = Product.objects.filter(condition="new")
    books = new.filter(category__slug="books")
    assert books.count() >= 6
    assert set(books.values_list("vat", flat=True)) == {"zero"}
    rest = new.exclude(category__slug="books")
    assert set(rest.values_list("vat", flat=True)) == {"standard"}


def test_eight_picks_of_the_staff_stand_in_order_and_can_be_had(loaded: int) -> None:
    picks = Product.objects.filter(staff_pick__isnull=False).order_by("staff_pick")
    assert list(picks.values_list("staff_pick", flat=True)) == list(range(1, 9))
    assert [pick.name for pick in picks[:4]] == [
        "Fujifilm X-T5 body, silver",
        "Nikkor Z 50 mm f/1.4",
        "Ilford HP5 Plus 400, 36 exp.",
        "Manfrotto Befree Advanced",
    ]
    assert all(pick.stock.on_hand for pick in picks.select_related("stock"))


def test_every_kind_of_stock_is_there(loaded: int) -> None:
    today = timezone.localdate()
    none = Product.objects.filter(stock__on_hand=0)
    due = none.exclude(due_on=None)
    assert due.count() >= 3
    for product in due:
        assert product.due_on is not None
        assert today < product.due_on <= today + timedelta(days=30), product.sku
    assert none.filter(due_on=None, discontinued=False).exists()
    assert none.filter(discontinued=True).exists()
    assert Product.objects.filter(stock__on_hand__in=[1, 2, 3]).count() >= 20
    assert Product.objects.filter(stock__on_hand__gt=3).count() >= 100
    assert not Product.objects.filter(stock__on_hand__gt=0).exclude(due_on=None)


def test_loose_lithium_is_exactly_the_spare_lithium_batteries(loaded: int) -> None:
    loose = set(Product.objects.filter(lithium="loose").values_list("sku", flat=True))
    cells = Product.objects.filter(
        category__slug="batteries", specs__cell__startswith="Lithium"
    )
    assert loose == set(cells.values_list("sku", flat=True))
    assert len(loose) >= 8
    cameras = Product.objects.filter(
        category__slug__in=["mirrorless", "dslr", "compact"]
    )
    assert set(cameras.values_list("lithium", "electrical")) == {("contained", True)}


def test_all_drawings_exist_and_fit_what_they_show(loaded: int) -> None:
    for product in Product.objects.select_related("category__parent"):
        assert product.drawing in drawings.SHAPES, product.sku
        assert product.category.parent is not None
        if product.category.parent.slug in {"cameras", "lenses"}:
            start = {"cameras": "cam-", "lenses": "lens-"}
            assert product.drawing.startswith(start[product.category.parent.slug]), (
                product.sku
            )


def test_specs_are_clean_and_the_page_has_something_to_show(loaded: int) -> None:
    for product in Product.objects.select_related("category"):
        assert specs.clean(product.specs) == product.specs, product.sku
        assert product.summary, product.sku
        assert product.keys, product.sku
        assert len(product.keys) <= 100, product.sku
        words = f"{product.name} {product.summary} {product.description}"
        assert not PLAIN_TEXT.search(words), product.sku
        assert "!" not in words, product.sku
    bodies = Product.objects.filter(
        category__slug__in=["mirrorless", "dslr"], condition="new"
    )
    for body in bodies:
        assert len(specs.strip(body.specs, specs.family(body.specs))) >= 3, body.sku
        assert body.weight_g == body.specs["weight"]
        assert body.mount, body.sku


def test_forty_products_say_in_two_paragraphs_who_should_buy_something_else(
    loaded: int,
) -> None:
    told = Product.objects.filter(condition="new").exclude(description="")
    assert told.count() >= 40
    for product in told:
        assert product.description.count("\n\n") == 1, product.sku


# --- prices -------------------------------------------------------------------------


def test_every_was_price_is_true_by_its_own_history(loaded: int) -> None:
    cut = Product.objects.exclude(was_price=None).prefetch_related("price_changes")
    assert len(cut) >= 8
    today = timezone.localdate()
    for product in cut:
        history = [(row.from_on, row.price) for row in product.price_changes.all()]
        assert product.was_from
        assert product.was_until
        assert (product.was_until - product.was_from).days + 1 >= 28, product.sku
        # In force on each day of the claim, and the present price right after it.
        claimed = [
            price
            for index, (start, price) in enumerate(history)
            if start <= product.was_until
            and (index + 1 == len(history) or history[index + 1][0] > product.was_from)
        ]
        assert claimed == [product.was_price], product.sku
        present = (product.was_until + timedelta(days=1), product.price)
        assert history[-1] == present, product.sku
        assert product.was_until < today
        # Not longer at the lower price than it was at the higher one.
        assert today - product.was_until <= product.was_until - product.was_from


def test_every_product_has_its_price_in_the_history(loaded: int) -> None:
    today = timezone.localdate()
    assert not Product.objects.filter(price_changes=None).exists()
    for product in Product.objects.prefetch_related("price_changes"):
        last = list(product.price_changes.all())[-1]
        assert last.price == product.price, product.sku
        assert last.from_on <= today


# --- stock and search ----------------------------------------------------------------


def test_stock_is_the_sum_of_its_movements(loaded: int) -> None:
    sums = dict(
        StockMovement.objects.values_list("product").annotate(all=Sum("quantity"))
    )
    for stock in Stock.objects.all():
        assert sums.get(stock.product_id, 0) == stock.on_hand
    assert Stock.objects.count() == loaded
    assert set(StockMovement.objects.values_list("reason", flat=True)) == {"opening"}


def test_newest_are_in_an_order(loaded: int) -> None:
    days = set(Product.objects.values_list("added_at__date", flat=True))
    assert len(days) >= 30
    assert max(days) < timezone.now().date()


def test_loaded_products_can_be_found(loaded: int) -> None:
    assert not Product.objects.filter(search=None).exists()
