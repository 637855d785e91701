"""Every column of ours is declared: what it holds about a person, and its fate (H9)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from privacy import gateway, guard, registry, retention
from privacy.registry import OUR_RECORD, YOU, DeclarationError, Held
from privacy.retention import AsLongAs, Clock


def test_every_column_of_ours_is_declared() -> None:
    assert registry.undeclared() == []


def test_nothing_is_declared_that_is_not_there() -> None:
    for item in registry.everything():
        apps.get_model(item.model)._meta.get_field(item.field)


def test_every_declaration_says_it_all() -> None:
    for item in registry.everything():
        assert item.purpose in guard.PURPOSES, item
        for words in (item.label, item.source, item.retention, item.erase):
            assert words.strip(), item
        assert item.erase in ("delete", "blank") or item.erase.startswith("keep: ")
        assert registry.section(item.model).people


def test_every_personal_row_carries_its_policy_version() -> None:
    """R25: not one table of people without a column that tells the version."""
    tables = {(item.model, item.under) for item in registry.everything()}
    assert len({model for model, _ in tables}) == len(tables), "one column a table"
    lost = [
        f"{model}.{under}"
        for model, under in tables
        if not registry.carries_version(apps.get_model(model), under)
    ]
    assert lost == []


def test_every_source_is_a_party_that_there_is() -> None:
    known = {party.name for party in gateway.connectors()}
    assert {name for name in registry.SOURCES.values() if name} <= known
    for item in registry.everything():
        assert set(item.sources) <= set(registry.SOURCES)


def goes_with(model: type[models.Model]) -> set[type[models.Model]]:
    """The tables whose rows take this one's with them, however far up."""
    parents = {
        field.related_model
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is models.CASCADE
        and not field.null
    } - {model}
    return parents.union(*(goes_with(parent) for parent in parents))


def unkept(item: Held) -> list[str]:
    """What is wrong with the clocks of one column: nothing, or its words are untrue."""
    model = apps.get_model(item.model)
    parents = goes_with(model)
    wrong = []
    for one in item.kept:
        if isinstance(one, AsLongAs):
            continue
        if one not in retention.clocks():
            wrong.append(f"{item.model}.{item.field}: {one.name} does not run")
        if one.model not in {model, *parents}:
            wrong.append(f"{item.model}.{item.field}: {one.name} is of another table")
        if one.blank is not None and item.field not in one.blank:
            wrong.append(f"{item.model}.{item.field}: {one.name} leaves it")
    return wrong


def test_whatever_is_said_about_when_it_goes_is_what_a_clock_does() -> None:
    assert [fault for item in registry.everything() for fault in unkept(item)] == []
    for item in registry.everything():
        assert item.retention == "; ".join(one.words for one in item.kept)


def test_every_clock_is_told_of_where_it_takes_something_of_a_person() -> None:
    told = {one for item in registry.everything() for one in item.kept}
    personal = {item.model for item in registry.everything()}
    for clock in retention.clocks():
        assert clock in told or clock.model._meta.label not in personal, clock.name


def test_a_clock_that_leaves_a_column_alone_is_found() -> None:
    """The control: a name that is said to go with the telephone number."""
    telephones = retention.clock("telephone-numbers")
    name = next(
        item
        for item in registry.held()
        if (item.model, item.field) == ("shop.Order", "full_name")
    )
    assert not unkept(name)
    said = Held(**{**name.__dict__, "kept": (telephones,)})
    assert unkept(said) == ["shop.Order.full_name: telephone-numbers leaves it"]
    stopped = Clock(**{**telephones.__dict__, "name": "stopped"})
    assert "does not run" in unkept(Held(**{**name.__dict__, "kept": (stopped,)}))[0]


@pytest.fixture
def planted() -> Iterator[type[models.Model]]:
    """A model of ours with a column that nobody declared."""

    class Planted(models.Model):
        born_on = models.DateField()
        policy_version = models.PositiveIntegerField(null=True)

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return f"planted {self.pk}"

    yield Planted
    del apps.all_models["privacy"]["planted"]
    apps.clear_cache()
    for key in [key for key in registry._declared if key[0] == "privacy.Planted"]:
        del registry._declared[key]


def test_an_undeclared_column_is_found(planted: type[models.Model]) -> None:
    """The control: a new column turns the build red until it is declared."""
    columns = ["id", "born_on", "policy_version"]
    assert registry.undeclared() == [f"privacy.Planted.{name}" for name in columns]
    registry.not_personal(planted, "id", "policy_version")
    assert registry.undeclared() == ["privacy.Planted.born_on"]


def declare(model: type[models.Model], **changes: Any) -> None:
    given: dict[str, Any] = {
        "purpose": "order",
        "source": YOU,
        "under": "born_on",
        "retention": AsLongAs("it is needed"),
        "export": True,
        "erase": "delete",
    }
    registry.hold(model, "born_on", **given | changes)


@pytest.mark.parametrize(
    "under",
    ["", "version", "born_on", "id", "policy_version"],
    ids=["nothing", "no column", "a day", "no version", "a version that may lack"],
)
def test_a_personal_column_without_its_version_is_refused(
    planted: type[models.Model], under: str
) -> None:
    """The control: it is declared, and nothing says under which version it came."""
    with pytest.raises(DeclarationError, match="does not tell the policy version"):
        declare(planted, under=under)
    assert "privacy.Planted.born_on" in registry.undeclared()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "somebody"}, "no such source"),
        ({"source": ()}, "no such source"),
        ({"source": (OUR_RECORD, "hearsay")}, "no such source"),
        ({"retention": "30 days"}, "nothing says when it goes"),
        ({"retention": ()}, "nothing says when it goes"),
    ],
)
def test_a_source_or_a_time_that_is_only_words_is_refused(
    planted: type[models.Model], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DeclarationError, match=words):
        declare(planted, **changes)


def test_a_declaration_must_be_true_and_single(planted: type[models.Model]) -> None:
    with pytest.raises(DeclarationError, match="no column"):
        registry.not_personal(planted, "shoe_size")
    registry.not_personal(planted, "id")
    with pytest.raises(DeclarationError, match="twice"):
        registry.not_personal(planted, "id")
