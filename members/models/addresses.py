"""The address book (P16, P17): as many addresses as a member likes, one used first."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from privacy.sealed import SealedModel, SealedQuerySet, SealedText


class AddressQuerySet(SealedQuerySet["Address"]):
    def of(self, member: Any) -> "AddressQuerySet":
        """The addresses of one member, the one used first at the top."""
        return self.filter(member=member).order_by("-is_default", "created_at", "pk")


class Address(SealedModel):
    """One address of a member; what orders use is a copy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="addresses"
    )
    label = SealedText(blank=True)  # "Home", "Studio"
    full_name = SealedText()
    line1 = SealedText()
    line2 = SealedText(blank=True)
    town = SealedText()
    county = SealedText(blank=True)
    postcode = SealedText()
    # typed by the member, or taken from the address list (P92)
    from_list = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    policy_version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AddressQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(is_default=True),
                name="address_one_used_first",
            ),
        ]

    def __str__(self) -> str:
        return f"Address {self.pk}"

    def sealed_for(self) -> str:
        return str(self.member.email_hash)

    def sealed_name(self) -> str:
        return str(self.pk)
