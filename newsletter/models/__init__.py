"""Tables of the app, a module a noun."""

from newsletter.models.announcements import AnnouncementOverride
from newsletter.models.bounces import Bounce
from newsletter.models.campaigns import Campaign
from newsletter.models.contests import Contest, Entry, SponsorLink
from newsletter.models.inbound import InboundMail
from newsletter.models.messages import (
    BLANK,
    GIVE_UP_AFTER,
    Message,
    MessageQuerySet,
    default_give_up,
)
from newsletter.models.surveys import LEAST_THRESHOLD, Question, Survey, Tally

__all__ = [
    "BLANK",
    "GIVE_UP_AFTER",
    "LEAST_THRESHOLD",
    "AnnouncementOverride",
    "Bounce",
    "Campaign",
    "Contest",
    "Entry",
    "InboundMail",
    "Message",
    "MessageQuerySet",
    "Question",
    "SponsorLink",
    "Survey",
    "Tally",
    "default_give_up",
]
