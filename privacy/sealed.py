"""Columns that are ciphertext under their person's own key (R22 to R24, C14).

A sealed column reads and writes as text on a row, and is never in a query: nothing but
"is it blank" can be asked of ciphertext. It opens when first read, and with it every
sealed row that this thread has at hand, by one question to the key store. Each text is
bound to its table, column and row, so that moved or changed it is refused (R24).
"""

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models, router, transaction
from django.db.models.lookups import IsNull
from django.db.models.query_utils import DeferredAttribute

from privacy import keys, writers
from privacy.keys import Key, KeyGone, KeyStoreAway, SealBroken
from privacy.opening import at_hand, open_row, place, place_of
from privacy.sealed_queries import IsBlank, Sealed, SealedQuerySet

__all__ = [
    "KeyGone",
    "KeyStoreAway",
    "SealBroken",
    "SealedJson",
    "SealedModel",
    "SealedQuerySet",
    "SealedText",
    "keep_for_law",
    "place",
    "sealed_models",
]


class _SealedAttribute(DeferredAttribute):
    """Opens the column when it is read; a text that is set stays as it is."""

    field: "SealedText"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            super().__get__(instance, cls)
        if isinstance(instance.__dict__[name], Sealed):
            if not isinstance(instance, SealedModel):
                return instance.__dict__[name]  # a migration's model opens nothing
            open_row(instance, self.field)
        return instance.__dict__[name]

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedText(models.TextField):  # type: ignore[type-arg]
    """Text that only the key of the row's person opens."""

    descriptor_class = _SealedAttribute
    is_sealed = True

    def text_of(self, value: Any) -> str:
        """Return a value as the text to be sealed; "" stays unsealed in the table."""
        if not isinstance(value, str):
            raise TypeError(f"{self} takes text")
        return str(value)

    def value_of(self, text: str) -> Any:
        return text

    def from_db_value(self, value: Any, *_: Any) -> Any:
        return Sealed(value) if value else self.value_of("")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) or not isinstance(model_instance, SealedModel):
            return value
        text = self.text_of(value)
        if not text:
            return ""
        if self.max_length is not None and len(text) > self.max_length:
            # What PostgreSQL says of a varchar.
            raise ValueError(f"{self} takes {self.max_length} characters")
        key = model_instance.sealing_key()
        return Sealed(key.seal(text, place_of(model_instance, self)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Sealed):
            return value.text
        if value in ("", self.value_of("")):
            return ""
        raise FieldError(f"{self} is sealed: set it on its row, and save() that")

    def get_lookup(self, lookup_name: str) -> Any:
        found = {"exact": IsBlank, "isnull": IsNull}.get(lookup_name)
        if found is None:
            raise FieldError(f"{self} is sealed: there is no search in it")
        return found

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self} is sealed: there is no search in it")


class SealedJson(SealedText):
    """A small object of JSON, sealed as a text; {} is blank."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def text_of(self, value: Any) -> str:
        return json.dumps(value) if value else ""

    def value_of(self, text: str) -> Any:
        return json.loads(text) if text else {}

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return self.text_of(self.value_from_object(obj))


class _KeyId(models.CharField):  # type: ignore[type-arg]
    """Names the key of what the row has sealed."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        # of a migration's model it is a column like others
        if isinstance(model_instance, SealedModel):
            model_instance.name_key()
        return model_instance.__dict__[self.attname]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class SealedModel(models.Model):
    """A row with sealed columns; says whose key, and which row it is."""

    # Names the row's key in the key store; "" until the first save.
    key_id = _KeyId(max_length=32, blank=True, editable=False)

    objects = SealedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __getstate__(self) -> dict[str, Any]:
        self.open_all()  # a copy may be given another name, and then open no more
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_sealing"}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; where texts change, all of the row stays under one key."""
        named = kwargs.get("update_fields")
        written = self.seals().keys() & (self.__dict__ if named is None else set(named))
        self.let_key_go()
        try:
            if not written:
                super().save(*args, **kwargs)
            elif self._state.adding or self.pk is None:
                self.open_all()
                with transaction.atomic(savepoint=False):
                    super().save(*args, **kwargs)
            else:
                using = kwargs.get("using") or router.db_for_write(
                    type(self), instance=self
                )
                # A rotation may be moving the row to another key just now.
                with transaction.atomic(using=using):
                    more = self._settle_key(using, written)
                    if named is not None:
                        kwargs["update_fields"] = {*named, *more, "key_id"}
                    super().save(*args, **kwargs)
        finally:
            self.let_key_go()

    def sealed_for(self) -> str:
        """Return the keyed hash of the person whose key seals this row.

        "" gives the row a key of its own.
        """
        raise NotImplementedError

    def sealed_name(self) -> str:
        """Return what names this row for good, known before it is saved."""
        raise NotImplementedError

    @classmethod
    def seals(cls) -> dict[str, SealedText]:
        """Return the sealed columns by name."""
        columns = cls._meta.concrete_fields
        return {one.attname: one for one in columns if isinstance(one, SealedText)}

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: Collection[str],
        values: Collection[Any],
        **more: Any,
    ) -> Self:
        row = super().from_db(db, field_names, values, **more)
        if any(type(value) is Sealed for value in values):
            at_hand()[id(row)] = row
        return row

    def _settle_key(self, using: str, written: Collection[str]) -> set[str]:
        """Lock the row and choose its key; return what must be sealed anew with it."""
        rows = type(self)._base_manager.using(using).select_for_update(of=("self",))
        stored = rows.filter(pk=self.pk).values_list("key_id", flat=True).first()
        if stored is not None and stored != self.key_id:
            self.open_all()  # what was read before the row moved must not come back
            self.key_id = stored
        if not any(self.texts(written)):
            return set()
        writers.hold([self.sealed_for()])
        held = keys.get([self.key_id]).get(self.key_id) if self.key_id else None
        if held and not held.retired and held.subject in ("", self.sealed_for()):
            self.take_key(held)
            return set()
        self.sealing_key()
        if not held:
            return set()  # what a destroyed key has sealed, nothing opens
        for name in self.seals():
            getattr(self, name)
        return set(self.seals())

    def sealing_key(self) -> Key:
        """Return the key for what is being saved, the same for the whole row."""
        found: Key | None = self.__dict__.get("_sealing")
        if found is None:
            subject = self.sealed_for()
            writers.hold([subject])
            found = keys.of(subject) if subject else keys.fresh()
            self.__dict__["_sealing"] = found
        return found

    def name_key(self) -> None:
        """Note which key is sealing, if any is."""
        if self._state.adding and any(self.texts()):
            self.sealing_key()
        held: Key | None = self.__dict__.get("_sealing")
        self.key_id = held.id if held else self.key_id

    def take_key(self, key: Key) -> None:
        """Seal what is saved next with this key."""
        self.__dict__["_sealing"] = key

    def let_key_go(self) -> None:
        self.__dict__.pop("_sealing", None)

    def texts(self, names: Iterable[str] | None = None) -> list[str]:
        """Return the texts that are open and not blank."""
        found = self.seals()
        here = found if names is None else [name for name in names if name in found]
        values = ((found[n], self.__dict__[n]) for n in here if n in self.__dict__)
        texts = (f.text_of(v) for f, v in values if not isinstance(v, Sealed))
        return [text for text in texts if text]

    def open_all(self) -> None:
        """Open every column that was read from the database."""
        for name in self.seals():
            if isinstance(self.__dict__.get(name), Sealed):
                getattr(self, name)

    def seal_again(self, key: Key, keep: Collection[str] | None = None) -> None:
        """Seal the whole row with another key; blank what is not kept. Lock it first.

        The caller's transaction ends before any key is destroyed.
        """
        for name, field in self.seals().items():
            wanted = keep is None or name in keep
            self.__dict__[name] = getattr(self, name) if wanted else field.value_of("")
        self.take_key(key)
        try:
            super().save(update_fields=[*self.seals(), "key_id"])
        finally:
            self.let_key_go()


def keep_for_law(row: SealedModel, columns: Collection[str]) -> None:
    """Keep some sealed columns of a row without its person's key; blank the others.

    They are sealed anew with a key that is this row's own and nobody's: the person's
    key can then be destroyed (keys.destroy, after this transaction is committed), and
    every older copy of the row, in backups, heap and log, is unreadable. The row's key
    goes when the row has gone (rotation.sweep). Twice is once. Raises KeyGone.
    """
    with transaction.atomic():
        rows = type(row)._base_manager.select_for_update(of=("self",))
        locked = rows.get(pk=row.pk)
        held = keys.get([locked.key_id]).get(locked.key_id) if locked.key_id else None
        own = held if held and not held.subject and not held.retired else keys.fresh()
        locked.seal_again(own, columns)
    for name in [*row.seals(), "key_id"]:
        row.__dict__[name] = locked.__dict__[name]


def sealed_models() -> list[type[SealedModel]]:
    """Return every model with sealed columns."""
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]
