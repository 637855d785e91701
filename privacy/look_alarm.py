"""Many people looked at in an hour: told to those who answer for it (R46)."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone

from privacy import post
from privacy.models import Look

HOUR = timedelta(hours=1)
MOST = 50  # people whose pages one account may open in an hour, and nobody asks why


def people_of(staff: int) -> int:
    """Return of how many people an account opened pages within the last hour."""
    looked = Look.objects.filter(staff=staff, at__gt=timezone.now() - HOUR)
    return int(looked.values("subject").distinct().count())


def most() -> int:
    """Return the greatest number of people that one account looked at in an hour."""
    recent = Look.objects.filter(at__gt=timezone.now() - HOUR)
    counted = (
        recent.order_by().values("staff").annotate(n=Count("subject", distinct=True))
    )
    return max((row["n"] for row in counted), default=0)


def watch(look: Look) -> None:
    """Mail the shop when an account passes the mark; once an hour, and names nobody."""
    people = people_of(look.staff)
    if people > MOST:
        tell(look, people)


def tell(look: Look, people: int) -> None:
    """Queue the message about an account; the outbox takes it once an hour."""
    context = {
        "people": people,
        "account": look.staff,
        "most": MOST,
        "site_url": settings.SITE_URL,
        "company": settings.COMPANY,
    }
    post.queue(
        message_class="staff",
        to=settings.COMPANY["email"],
        subject="Many people's pages were opened within an hour",
        text=render_to_string("emails/privacy/many_looks.txt", context),
        html=render_to_string("emails/privacy/many_looks.html", context),
        key=f"many-looks:{look.staff}:{look.at:%Y%m%d%H}",
    )
