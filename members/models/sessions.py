"""Sign-ins that are open. Nothing here says from where: no network, no place (P39)."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from members.models.members import Member


class Session(AbstractBaseSession):
    """A browser's session; of a member once somebody is signed in with it.

    `seen_at` is the hour for members; for staff the moment, which ends an idle one.
    """

    member = models.ForeignKey(
        Member, models.CASCADE, null=True, blank=True, related_name="sessions"
    )
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    device = models.CharField(max_length=40, blank=True)  # "Firefox on Windows"

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"

    def __str__(self) -> str:
        return f"Session of member {self.member_id}"
