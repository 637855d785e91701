"""What came back: letters that could not be delivered, and complaints about them."""

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from jessops.lib.hashing import email_hash


class BounceQuerySet(models.QuerySet["Bounce"]):
    def newest_first(self) -> "BounceQuerySet":
        return self.order_by("-at", "-pk")

    def of(self, email: str) -> "BounceQuerySet":
        """What came back of a person's address."""
        return self.filter(subject=email_hash(email)).newest_first()

    def counted(self, about: str) -> dict[str, int]:
        """How many letters about one matter came back, by kind: {"hard": 3}.

        A matter is named as Message.about names it, such as "campaign:12".
        """
        rows = self.filter(about=about).order_by().values_list("kind")
        return dict(rows.annotate(number=Count("pk")))


class Bounce(models.Model):
    """That one letter of ours came back, or that its reader complained; no words of it.

    The letter is named by its number: a report that names none of ours is not believed,
    since anybody can write one about anybody's address.
    """

    class Kind(models.TextChoices):
        HARD = "hard", "There is no such mailbox"
        SOFT = "soft", "It could not be delivered"
        COMPLAINT = "complaint", "Its reader marked it as spam"

    class Source(models.TextChoices):
        REPORT = "report", "A mail server's report"
        LOOP = "loop", "A mailbox provider's feedback loop"
        PROVIDER = "provider", "Our mail provider"
        REFUSED = "refused", "Refused at the door"

    # Keyed hash of the address that the letter was sent to, whoever reports it.
    subject = models.CharField("whose mailbox", max_length=64)
    kind = models.CharField("what happened", max_length=9, choices=Kind)
    # RFC 3463, as "5.1.1": never a server's own words, which repeat the address.
    status = models.CharField("code", max_length=11, blank=True)
    source = models.CharField("who told us", max_length=8, choices=Source)
    # The number of its row in the outbox, which may be blank by now.
    letter = models.UUIDField("letter")
    about = models.CharField(max_length=60, blank=True)
    policy_version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField("when", default=timezone.now)

    objects = BounceQuerySet.as_manager()

    class Meta:
        verbose_name = "bounce or complaint"
        verbose_name_plural = "bounces and complaints"
        default_permissions = ("view",)
        constraints = [
            # Servers say it twice, and so do servers and providers.
            models.UniqueConstraint(fields=["letter", "kind"], name="bounce_once"),
            models.CheckConstraint(
                condition=~Q(subject=""), name="bounce_is_about_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "at"], name="bounce_subject_at"),
            models.Index(fields=["about", "kind"], name="bounce_about"),
            models.Index(fields=["at"], name="bounce_at"),
        ]

    def __str__(self) -> str:
        return f"bounce {self.pk}"
