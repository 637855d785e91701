"""The demonstration shop: repeatable, of any size, and never in a real shop."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.test import Client
from pytest_django import Settings

from members.models import Member
from shop.actions import vouchers
from shop.demo import vouchers as codes
from shop.models import PriceChange, Product, Stock, Voucher

pytestmark = pytest.mark.django_db


def run(**options: int) -> None:
    call_command("demo", **options)


def snapshot() -> list[tuple[object, ...]]:
    return list(
        Product.objects.filter(sku__startswith="DEMO-")
        .order_by("sku")
        .values_list("sku", "name", "price", "popularity", "stock__on_hand")
    )


def test_it_loads_once_and_leaves_what_staff_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "long-enough-for-staff")
    run()
    assert Product.objects.count() >= 180
    first = Product.objects.order_by("pk")[0]
    Product.objects.filter(pk=first.pk).update(name="Changed by staff")
    owner = Member.objects.get(email="owner@jessops.example")
    assert owner.is_superuser
    assert owner.check_password("long-enough-for-staff")
    count = Product.objects.count()
    people = Member.objects.count()
    run()
    assert Product.objects.count() == count
    assert Product.objects.get(pk=first.pk).name == "Changed by staff"
    assert Member.objects.count() == people == 1 + Group.objects.count()
    assert set(Voucher.objects.values_list("code", flat=True)) == set(codes.CODES)
    for code in set(codes.CODES) - {"SUMMERFILM"}:
        assert vouchers.find(code, goods_pence=15_000).code == code
    with pytest.raises(vouchers.Refused, match="ended"):
        vouchers.find("SUMMERFILM", goods_pence=15_000)


def test_without_a_password_no_staff_account_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    run()
    assert not Member.objects.exists()
    assert "DEMO_PASSWORD is not set" in capsys.readouterr().out


def test_a_real_shop_refuses_it(settings: Settings) -> None:
    settings.HTTPS = True
    with pytest.raises(CommandError, match="for real"):
        run()
    assert not Product.objects.exists()


def test_synthetic_products_keep_the_shops_invariants(client: Client) -> None:
    run(products=1200)
    assert Product.objects.count() == 1200
    unequal = (
        Stock.objects.annotate(moved=Sum("product__movements__quantity"))
        .exclude(on_hand=0, moved=None)
        .exclude(on_hand=F("moved"))
    )
    assert not unequal.exists()
    assert PriceChange.objects.values("product").distinct().count() == 1200
    assert not Product.objects.filter(search=None).exists()
    for one in Product.objects.filter(sku__startswith="DEMO-")[:50]:
        one.full_clean(exclude=["specs", "in_the_box"])
    cards = client.get("/search/?q=DEMO-0000007").context["cards"]
    assert [card["sku"] for card in cards] == ["DEMO-0000007"]
    run(products=1000)
    assert Product.objects.count() == 1200


def test_the_same_seed_makes_the_same_shop() -> None:
    run(products=500)
    first = snapshot()
    Product.objects.filter(sku__startswith="DEMO-").update(published=False)
    assert first == snapshot()
    run(products=600)
    assert snapshot()[: len(first)] == first


def test_members_of_any_number_cannot_sign_in() -> None:
    run(members=50)
    members = Member.objects.filter(email__startswith="demo-member-")
    assert members.count() >= 49
    assert not any(member.has_usable_password() for member in members)
    run(members=50)
    assert Member.objects.count() == 50
