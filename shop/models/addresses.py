"""Addresses of a postcode, kept so that the next look-up stays in the house (C20)."""

from django.db import models


class PostcodeAddresses(models.Model):
    """The address service's list for one postcode. About places, linked to nobody."""

    postcode = models.CharField(max_length=8, primary_key=True)
    addresses = models.JSONField()
    fetched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "postcode addresses"

    def __str__(self) -> str:
        return f"Addresses of a postcode, fetched {self.fetched_at:%Y-%m-%d}"
