"""What is held about members and staff."""

from django.contrib.sessions.models import Session

from members.models import Member
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

LIFE = AsLongAs("the account exists")

SESSIONS = register(
    Clock(
        name="sessions",
        model=Session,
        period=Period(hours=1),
        since="after a session ended",
        start="expire_date",
        rows=Session.objects.all(),
    )
)

describe(Member, title="Accounts", people="our staff (nobody else has an account yet)")
for field, label, export in (
    ("email", "E-mail address", True),
    ("email_hash", "Keyed hash of the e-mail address", False),
    ("full_name", "Name", True),
    ("password", "Password, as a one-way hash", False),
    ("last_login", "Last sign-in", True),
    ("joined_at", "Joined on", True),
):
    hold(
        Member,
        field,
        label=label,
        purpose="account",
        source=OUR_RECORD if field in ("last_login", "joined_at") else YOU,
        under="policy_version",
        retention=LIFE,
        export=export,
        erase="delete",
    )

not_personal(Member, "id", "is_superuser", "is_staff", "is_active", "policy_version")
# Which rights a staff account has, and to which group it belongs.
not_personal(Member.groups.through, "id", "member", "group")
not_personal(Member.user_permissions.through, "id", "member", "permission")
