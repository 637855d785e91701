"""Members and staff. The e-mail address is the user name."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from jessops.lib.hashing import email_hash
from privacy import policies


class MemberManager(BaseUserManager["Member"]):
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "Member":
        if not email:
            raise ValueError("a member needs an e-mail address")
        # One policy for all, the one in force (P15).
        fields.setdefault("policy_version", policies.current_version())
        member = self.model(email=self.normalize_email(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "Member":
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )

    def get_by_natural_key(self, username: str | None) -> "Member":
        return self.get(email__iexact=username)


class Member(AbstractBaseUser, PermissionsMixin):
    class ContactBy(models.TextChoices):
        """How a member wishes to be answered (P50)."""

        EMAIL = "email", "E-mail"
        TELEPHONE = "telephone", "Telephone"

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    full_name = models.CharField(max_length=100, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    # Closed by the member, who may come back (P96); is_active is false meanwhile.
    deactivated_at = models.DateTimeField(null=True, blank=True)
    contact_by = models.CharField(
        max_length=9, choices=ContactBy, default=ContactBy.EMAIL
    )
    telephone = models.CharField(max_length=30, blank=True)
    policy_version = models.PositiveIntegerField(default=1)
    # Keyed hash of the address: how ledgers and other apps' rows know the person.
    email_hash = models.CharField(max_length=64, unique=True, editable=False)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="member_email_once"),
            models.CheckConstraint(
                condition=Q(deactivated_at=None) | Q(is_active=False),
                name="member_deactivated_is_not_active",
            ),
        ]
        indexes = [
            # Who joined and never came in: the clock of unproved accounts.
            models.Index(
                fields=["joined_at"],
                condition=Q(is_active=True, is_staff=False, last_login=None),
                name="member_unproved",
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the hash beside its address, also where only some columns are saved."""
        self.email_hash = email_hash(self.email)
        fields = kwargs.get("update_fields")
        if fields is not None and "email" in fields:
            kwargs["update_fields"] = {*fields, "email_hash"}
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        # A reference only: admin's log keeps this for ever (P96).
        return f"Member {self.pk}"
