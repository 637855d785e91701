"""Every column of ours is declared: what it holds about a person, and its fate (H9)."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from privacy import guard, registry


def test_every_column_of_ours_is_declared() -> None:
    assert registry.undeclared() == []


def test_nothing_is_declared_that_is_not_there() -> None:
    for item in registry.held():
        apps.get_model(item.model)._meta.get_field(item.field)


def test_every_declaration_says_it_all() -> None:
    for item in registry.held():
        assert item.purpose in guard.PURPOSES, item
        for words in (item.label, item.source, item.retention, item.erase):
            assert words.strip(), item
        assert item.erase in ("delete", "blank") or item.erase.startswith("keep: ")


@pytest.fixture
def planted() -> Iterator[type[models.Model]]:
    """A model of ours with a column that nobody declared."""

    class Planted(models.Model):
        born_on = models.DateField()

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return f"planted {self.pk}"

    yield Planted
    del apps.all_models["privacy"]["planted"]
    apps.clear_cache()


def test_an_undeclared_column_is_found(planted: type[models.Model]) -> None:
    """The control: a new column turns the build red until it is declared."""
    assert registry.undeclared() == ["privacy.Planted.id", "privacy.Planted.born_on"]
    registry.not_personal(planted, "id")
    assert registry.undeclared() == ["privacy.Planted.born_on"]
    del registry._declared["privacy.Planted", "id"]


def test_a_declaration_must_be_true_and_single(planted: type[models.Model]) -> None:
    with pytest.raises(registry.DeclarationError, match="no column"):
        registry.not_personal(planted, "shoe_size")
    registry.not_personal(planted, "id")
    with pytest.raises(registry.DeclarationError, match="twice"):
        registry.not_personal(planted, "id")
    del registry._declared["privacy.Planted", "id"]
