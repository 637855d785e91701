"""Where the newsletter asks: a name that may stay empty, and an address (P44)."""

from newsletter.forms import SignUpForm
from privacy.form_lint import name_of
from privacy.registry import collects, entitle

FORM = name_of(SignUpForm)

entitle(FORM, "The newsletter")
for name, columns in (
    ("name", ("newsletter.Subscription.name",)),
    ("email", ("newsletter.Subscription.email", "newsletter.Message.to")),
):
    collects(
        form=FORM,
        field=name,
        stored_in=columns,
        # for the one question; the newsletter itself needs the answer to that
        purpose="sign-up",
        clause="newsletters",
    )
