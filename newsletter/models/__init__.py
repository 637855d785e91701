"""Tables of the app, a module a noun."""

from newsletter.models.announcements import AnnouncementOverride
from newsletter.models.bounces import Bounce
from newsletter.models.campaigns import Campaign
from newsletter.models.contests import ENTRY_LIFE, Contest, Entry, SponsorLink
from newsletter.models.inbound import InboundMail
from newsletter.models.messages import (
    BLANK,
    GIVE_UP_AFTER,
    Message,
    MessageQuerySet,
    default_give_up,
)
from newsletter.models.recipients import Recipient, Sending
from newsletter.models.subscriptions import Subscription, SubscriptionQuerySet
from newsletter.models.suppressions import Suppression, SuppressionQuerySet
from newsletter.models.surveys import LEAST_THRESHOLD, Question, Survey, Tally

__all__ = [
    "BLANK",
    "ENTRY_LIFE",
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
    "Recipient",
    "Sending",
    "SponsorLink",
    "Subscription",
    "SubscriptionQuerySet",
    "Suppression",
    "SuppressionQuerySet",
    "Survey",
    "Tally",
    "default_give_up",
]
