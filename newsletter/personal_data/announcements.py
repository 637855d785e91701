"""Nothing of a customer's: which campaign, why, and the account of staff by number."""

from newsletter.models import AnnouncementOverride
from privacy.registry import not_personal

not_personal(AnnouncementOverride, "id", "campaign", "why", "by", "at")
