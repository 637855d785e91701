"""What is held about members and staff, in allauth's tables and Django's own too."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db.models import Exists, OuterRef

from members.models import Member, Session, Tries
from privacy.registry import OUR_RECORD, YOU, describe, hold, not_personal
from privacy.retention import AsLongAs, Clock, Period, register

LIFE = AsLongAs("the account exists")


def _address(**given: bool) -> Exists:
    return Exists(EmailAddress.objects.filter(user=OuterRef("pk"), **given))


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
TRIES = register(
    Clock(
        name="sign-in-tries",
        model=Tries,
        period=Period(hours=1),
        since="after the last try",
        start="last_at",
        rows=Tries.objects.all(),
    )
)
# Whoever joined and never proved the address, and never signed in.
UNPROVED = register(
    Clock(
        name="unverified-accounts",
        model=Member,
        period=Period(days=7),
        since="after joining, if you never confirm the address",
        start="joined_at",
        rows=Member.objects.filter(
            _address(verified=False),
            ~_address(verified=True),
            is_staff=False,
            is_active=True,
            last_login=None,
        ),
    )
)
ACTS = register(
    Clock(
        name="staff-acts",
        model=LogEntry,
        period=Period(years=6),
        since="after it was done",
        start="action_time",
        rows=LogEntry.objects.all(),
    )
)

describe(Member, title="Accounts", people="members and our staff")
for field, label, export in (
    ("email", "E-mail address", True),
    ("email_hash", "Keyed hash of the e-mail address", False),
    ("full_name", "Name", True),
    ("telephone", "Telephone number, if you wish to be rung", True),
    ("contact_by", "How you wish to be answered", True),
    ("password", "Password, as a one-way hash", False),
    ("last_login", "Last sign-in", True),
    ("joined_at", "Joined on", True),
    ("deactivated_at", "Account closed on", True),
):
    hold(
        Member,
        field,
        label=label,
        purpose="account",
        source=OUR_RECORD if field.endswith(("_at", "_login")) else YOU,
        under="policy_version",
        retention=(LIFE, UNPROVED),
        export=export,
        erase="delete",
    )
not_personal(Member, "id", "is_superuser", "is_staff", "is_active", "policy_version")
# Which rights a staff account has, and to which group it belongs.
not_personal(Member.groups.through, "id", "member", "group")
not_personal(Member.user_permissions.through, "id", "member", "permission")

describe(EmailAddress, title="Your address, as you confirmed it", people="members")
for field, label in (
    ("email", "E-mail address of the account"),
    ("verified", "Whether you confirmed it"),
):
    hold(
        EmailAddress,
        field,
        label=label,
        purpose="account",
        source=YOU,
        under="user__policy_version",
        retention=(LIFE, UNPROVED),
        export=True,
        erase="delete",
    )
not_personal(EmailAddress, "id", "user", "primary")
# Nothing is written here: an address is confirmed by a code, which the session holds.
not_personal(
    EmailConfirmation, *(field.name for field in EmailConfirmation._meta.local_fields)
)

describe(Authenticator, title="Passkeys and authenticators", people="members and staff")
for field, label, export in (
    ("type", "Kind of second way to sign in", True),
    ("data", "What proves it: a key, or the seed of codes", False),
    ("created_at", "Added on", True),
    ("last_used_at", "Last used", True),
):
    hold(
        Authenticator,
        field,
        label=label,
        purpose="account",
        source=OUR_RECORD if field.endswith("_at") else YOU,
        under="user__policy_version",
        retention=LIFE,
        export=export,
        erase="delete",
    )
not_personal(Authenticator, "id", "user")

describe(Session, title="Where you are signed in", people="members and our staff")
for field, label, export in (
    ("session_key", "The secret that your browser shows us", False),
    ("session_data", "What a sign-in that is under way has come to", False),
    ("device", "Kind of device, such as Firefox on Windows", True),
    ("began_at", "Signed in on", True),
    ("seen_at", "Last used, to the hour", True),
):
    hold(
        Session,
        field,
        label=label,
        purpose="account",
        source=YOU if field == "device" else OUR_RECORD,
        under="began_at",
        retention=SESSIONS,
        export=export,
        erase="delete",
    )
not_personal(Session, "member", "expire_date")

describe(
    Tries, title="Tries to sign in", people="members, and whoever tries to sign in"
)
for field, label, export in (
    ("key", "Keyed hash of an account, or of a network, and never of both", False),
    ("at", "When it was tried in the last minutes", False),
    ("last_at", "Last try to sign in to your account", True),
):
    hold(
        Tries,
        field,
        label=label,
        purpose="security",
        source=OUR_RECORD,
        under="last_at",
        retention=TRIES,
        export=export,
        erase="delete",
    )
not_personal(Tries, "refused")

describe(LogEntry, title="What our staff did in the shop's desk", people="our staff")
for field, label in (
    ("user", "Who of our staff did it"),
    ("action_time", "When it was done"),
):
    hold(
        LogEntry,
        field,
        label=label,
        purpose="security",
        source=OUR_RECORD,
        under="action_time",
        retention=ACTS,
        export=False,
        erase="keep: proof of what was done with people's data (UK GDPR article 5(2))",
    )
# What it was done to is named by a reference ("Member 5"), never by a person's name.
not_personal(
    LogEntry,
    "id",
    "content_type",
    "object_id",
    "object_repr",
    "action_flag",
    "change_message",
)
