"""What is held in requests about one's data."""

from members.models import DataRequest, DataRequestStep
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

REQUEST_LIFE = Period(years=1)
SHOWN = "keep: UK GDPR article 5(2), to show that we did what was asked"

SETTLED = register(
    Clock(
        name="settled-requests",
        model=DataRequest,
        period=REQUEST_LIFE,
        since="after a request about your data was settled",
        start="closed_at",
        rows=DataRequest.objects.filter(closed_at__isnull=False),
    )
)
OPEN = (AsLongAs("the request is not settled"), SETTLED)

describe(
    DataRequest,
    title="Your requests about your data",
    people="people who ask something of their data",
)
for field, label, source, export, erase in (
    ("full_name", "Name in a request about your data", YOU, True, "blank"),
    ("email", "E-mail address in a request about your data", YOU, True, "blank"),
    ("words", "What you asked about your data", YOU, True, "blank"),
    (
        "email_hash",
        "Keyed hash of the e-mail address in a request about your data",
        OUR_RECORD,
        False,
        SHOWN,
    ),
):
    hold(
        DataRequest,
        field,
        label=label,
        purpose="rights",
        source=source,
        under="policy_version",
        retention=OPEN,
        export=export,
        erase=erase,
    )
not_personal(
    DataRequest,
    *"id key_id reference kind channel policy_version".split(),
    *"received_at closed_at outcome".split(),
)
# Steps of requests: their reference, codes, and which account of ours.
not_personal(DataRequestStep, "id", "reference", "code", "detail", "by", "at")
