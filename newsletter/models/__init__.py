"""Tables of the app, a module a noun."""

from newsletter.models.announcements import AnnouncementOverride
from newsletter.models.bounces import Bounce
from newsletter.models.campaigns import Campaign
from newsletter.models.inbound import InboundMail
from newsletter.models.messages import (
    BLANK,
    GIVE_UP_AFTER,
    Message,
    MessageQuerySet,
    default_give_up,
)

__all__ = [
    "BLANK",
    "GIVE_UP_AFTER",
    "AnnouncementOverride",
    "Bounce",
    "Campaign",
    "InboundMail",
    "Message",
    "MessageQuerySet",
    "default_give_up",
]
