"""Who may give back how much alone; above it a second person agrees (R17)."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group

#: Role -> pence. A role that is not named gives back nothing alone.
LIMITS = {"Web Sales": 25_000, "Owner": 100_000}


def limit_of(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return what somebody may give back alone: the highest limit of their roles."""
    roles = Group.objects.filter(user=user.pk, name__in=LIMITS)
    return max(
        (LIMITS[name] for name in roles.values_list("name", flat=True)), default=0
    )
