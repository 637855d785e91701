"""Where a member puts right what the page "Your data" shows: one line a column."""

from members.models import Address, Enquiry, Member
from privacy.dossier import door
from privacy.models import Choice

door(Member, "email", "/members/data/email/")
door(Member, "full_name", "/members/data/name/")
door(Member, "telephone", "/members/data/name/")
door(Member, "contact_by", "/members/choices/")
door(Choice, "answer", "/members/choices/")
for _field in (
    *("label", "full_name", "line1", "line2", "town", "county", "postcode"),
    "is_default",
):
    door(Address, _field, lambda row: f"/members/addresses/{row.pk}/")
for _field in ("telephone", "postal_address", "contact_by"):
    door(Enquiry, _field, lambda row: f"/enquiries/{row.token}/")
