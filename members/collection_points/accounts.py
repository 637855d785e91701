"""Where joining and signing in ask, field by field (P6, P67)."""

from privacy.registry import asks, collects, entitle

JOIN, SIGN_IN = "members.SignUpForm", "members.SignInForm"
CHANGE, RESET, NEW = (
    "members.ChangePasswordForm",
    "members.ResetPasswordForm",
    "members.NewPasswordForm",
)
ADDRESS_CODE, RESET_CODE = "members.ConfirmAddressForm", "members.ConfirmResetForm"
PROVE = "members.ProveForm"
COLLEAGUE = "members.AddColleagueForm"
SESSIONS = "/accounts/sessions/end/"
PASSWORD, SECRET = "members.Member.password", "Your password"
ASKED = "members"

entitle(JOIN, "Joining")
collects(
    form=JOIN,
    field="email",
    stored_in=("members.Member.email", "account.EmailAddress.email"),
    purpose="account",
    clause=ASKED,
)
entitle(SIGN_IN, "Signing in")
collects(
    form=SIGN_IN,
    field="login",
    label="E-mail address",
    stored_in="nowhere: finds your account",
    purpose="account",
    clause=ASKED,
)
asks(form=SIGN_IN, field="remember", use="keeps you signed in for thirty days")
entitle(RESET, "Choosing a new password")
collects(
    form=RESET,
    field="email",
    label="E-mail address",
    stored_in="nowhere: a code goes to it",
    purpose="account",
    clause=ASKED,
)
for form, field in (
    (JOIN, "password1"),
    (CHANGE, "password1"),
    (NEW, "password1"),
):
    collects(
        form=form,
        field=field,
        label=SECRET,
        stored_in=PASSWORD,
        purpose="account",
        clause=ASKED,
    )
for form, field in (
    (SIGN_IN, "password"),
    (PROVE, "password"),
    (CHANGE, "oldpassword"),
):
    collects(
        form=form,
        field=field,
        label=SECRET,
        stored_in="nowhere: compared with the hash that we keep",
        purpose="account",
        clause=ASKED,
    )
entitle(PROVE, "Showing that it is you")
entitle(CHANGE, "Choosing a new password")
entitle(NEW, "Choosing a new password")
for form in (ADDRESS_CODE, RESET_CODE):
    asks(form=form, field="code", use="proves that you read mail to this address")
entitle(COLLEAGUE, "What staff enter to add a colleague")
collects(
    form=COLLEAGUE,
    field="email",
    stored_in="members.Member.email",
    purpose="account",
    clause=ASKED,
)
for field in ("password1", "password2"):
    collects(
        form=COLLEAGUE,
        field=field,
        label="A first password",
        stored_in=PASSWORD,
        purpose="account",
        clause=ASKED,
    )
collects(
    form=COLLEAGUE,
    field="usable_password",
    label="Whether a password opens the account",
    stored_in=PASSWORD,
    purpose="account",
    clause=ASKED,
)
for field, use in (
    ("session", "which device is signed out"),
    ("all", "every other device is signed out"),
):
    asks(form=SESSIONS, field=field, use=use)
asks(form="/accounts/logout/", field="next", use="where one goes after signing out")
