"""What people agreed to: read by staff, who also write down what they are told."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from jessops.lib.hashing import email_hash
from privacy import links
from privacy.actions import choices as actions
from privacy.admin import steps
from privacy.admin.base import LedgerAdmin
from privacy.models import Choice

MAY_RECORD = "privacy.add_choice"
CHANNELS = [("telephone", "Telephone"), ("post", "Post"), ("email", "E-mail")]
WORDS = (
    "Read these words out, or send them: they are kept with the answer. Nobody needs a"
    " reason to say no."
)


class SpokenChoiceForm(forms.Form):
    """Who says what about which question, and how it reached us."""

    email = forms.EmailField(
        label="e-mail address",
        help_text="Hashed and forgotten: the ledger keeps no address.",
    )
    question = forms.TypedChoiceField(
        label="what was asked", widget=forms.RadioSelect, help_text=WORDS
    )
    answer = forms.ChoiceField(
        label="what they said",
        widget=forms.RadioSelect,
        choices=[("no", "No"), ("yes", "Yes")],
    )
    channel = forms.ChoiceField(label="how they said it", choices=CHANNELS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {topic.question: topic for topic in links.open_questions()}
        question = self.fields["question"]
        assert isinstance(question, forms.TypedChoiceField)  # noqa: S101  made above
        question.choices = [(name, str(topic)) for name, topic in asked.items()]
        question.coerce = asked.__getitem__


@admin.register(Choice)
class ChoiceAdmin(LedgerAdmin):
    list_display = ("at", "purpose", "answer", "where", "policy_version", "about")
    list_filter = ("purpose", "answer", "policy_version")
    search_fields = ("about",)
    ordering = ("-at", "-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_RECORD)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Take one answer by telephone, post or e-mail, with who wrote it down."""

        def act(values: Mapping[str, Any]) -> str:
            is_news = actions.spoken(
                subject=email_hash(values["email"]),
                topic=values["question"],
                said=values["answer"],
                where=f"{values['channel']}, {steps.by(request)}",
            )
            return "It is on record." if is_news else "It was on record already."

        return steps.two_steps(
            self,
            request,
            permission=MAY_RECORD,
            title="Record a choice",
            warning="This counts from now on, and stays on record with your account."
            " The person can read it and change it.",
            form=SpokenChoiceForm,
            act=act,
            refusals=actions.Refused,
        )
