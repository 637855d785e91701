"""Columns that are ciphertext under their person's own key (R22 to R24, C14).

PLACEHOLDER, made real in the same piece of work: the names stay, the store comes.
"""

from django.db import models


class SealedText(models.TextField):  # type: ignore[type-arg]
    """Text that only the key of the row's person opens."""


class SealedModel(models.Model):
    """A row with sealed columns; says whose key, and which row it is."""

    # Names the person's key in the key store; "" until the first save.
    key_id = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        abstract = True

    def sealed_for(self) -> str:
        """Return the keyed hash of the person whose key seals this row."""
        raise NotImplementedError

    def sealed_name(self) -> str:
        """Return what names this row for good, known before it is saved."""
        raise NotImplementedError
