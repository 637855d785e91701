"""Where codes and passkeys are asked for, field by field (P6, P67)."""

from privacy.registry import asks, collects, entitle

ADD = "members.AddPasskey"
PASSKEYS = (
    "members.UsePasskey",
    "members.SignInByPasskey",
    "members.ReauthenticateByPasskey",
)
NAMING = "/accounts/2fa/webauthn/keys/"
AGAIN = "/accounts/confirm-email/"

entitle(ADD, "Adding a passkey")
for field, label in (
    ("name", "The name you give it"),
    ("credential", "Its public half"),
):
    collects(
        form=ADD,
        field=field,
        label=label,
        stored_in="mfa.Authenticator.data",
        purpose="account",
        clause="members",
    )
asks(form=ADD, field="passwordless", use="whether it signs you in by itself")
for form in PASSKEYS:
    asks(form=form, field="credential", use="the passkey's answer to our question")
for form in ("members.Authenticate", "members.Reauthenticate"):
    asks(form=form, field="code", use="shows that the app or the paper is yours")
asks(form="members.SetUpApp", field="code", use="shows that the app is set up")
asks(form=AGAIN, field="action", use="whether a new code is sent")
