"""Nothing of a customer's: words for everybody, and accounts of staff by number."""

from newsletter.models import Campaign
from privacy.registry import not_personal

not_personal(
    Campaign,
    *("id", "message_class", "title", "subject", "body", "reason", "state"),
    *("edition", "written_by", "approved_by", "approved_at", "approved_sha256"),
    *("per_minute", "created_at", "changed_at", "starts_at", "began_at", "ended_at"),
)
