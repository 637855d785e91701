"""Campaigns: written, looked at, approved and copied; each button calls an action."""

from functools import partial
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from newsletter import blocks, letter_preview, proofs, writing
from newsletter.actions import campaigns
from newsletter.admin import campaign_sending
from newsletter.announcements import REASONS
from newsletter.models import Campaign
from newsletter.models.campaigns import LONGEST_BODY
from privacy.admin import steps

MAY_APPROVE = "newsletter.approve_campaign"
_FIELDS = ("message_class", "reason", "title", "subject", "body")


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of a letter, and which edition of them was opened."""

    reason = forms.ChoiceField(
        required=False,
        choices=[("", "---------"), *REASONS.items()],
        help_text="Of a service announcement only: why it must be sent.",
    )
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Campaign
        fields = _FIELDS
        widgets = {"body": forms.Textarea(attrs={"rows": 24, "cols": 72})}
        help_texts = {
            "subject": "Says what is in the letter. Fields may stand here, too.",
            "body": "Markdown. A line [[product ABC-1]] shows a product of the"
            ' catalogue; [words](/cameras/ "button") is the yellow button.',
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_service = data.get("message_class") == Campaign.Kind.SERVICE
        if is_service and not data.get("reason"):
            self.add_error("reason", "An announcement needs one of these reasons.")
        if not is_service and data.get("reason"):
            self.add_error("reason", "Only an announcement has a reason.")
        if self.instance.pk and data.get("edition") != self.instance.edition:
            raise forms.ValidationError(campaigns.CHANGED)
        return data

    def words(self) -> campaigns.Words:
        return campaigns.Words(**{name: self.cleaned_data[name] for name in _FIELDS})


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = CampaignForm
    fields = (*_FIELDS, "edition")
    list_display = ("title", "message_class", "state", "starts_at", "changed_at")
    list_filter = ("state", "message_class")
    search_fields = ("title", "subject")
    ordering = ("-pk",)
    actions = None
    list_per_page = 50
    change_form_template = "admin/newsletter/campaign.html"

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(require_POST(self.preview))
        act = self.admin_site.admin_view(require_POST(self.act))
        own = [
            path("preview/", preview, name="newsletter_campaign_preview"),
            path("<int:pk>/act/", act, name="newsletter_campaign_act"),
            path(
                "<int:pk>/sending/",
                self.admin_site.admin_view(partial(campaign_sending.desk, self)),
                name="newsletter_campaign_sending",
            ),
        ]
        return [*own, *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        # who may only look sees the words, and no box that carries the edition
        may_write = obj is None or self.has_change_permission(request, obj)
        return self.fields if may_write else _FIELDS

    def has_change_permission(
        self, request: HttpRequest, obj: Campaign | None = None
    ) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.is_writable)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"message_class": Campaign.Kind.NEWSLETTER}

    def save_model(
        self, request: HttpRequest, obj: Campaign, form: Any, change: bool
    ) -> None:
        words, by = form.words(), steps.member(request)
        if not change:
            obj.pk = campaigns.begin(words=words, by=by).pk
            return
        edition = form.cleaned_data["edition"]
        campaigns.write(campaign=obj, words=words, edition=edition, by=by)

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        context = {
            "campaign": row,
            "fields_known": writing.FIELDS.items(),
            "kinds": blocks.kinds(),
            **(extra_context or {}),
        }
        if row is not None and request.method == "GET":
            if row.is_writable:
                context["faults"] = proofs.faults(row)
            context["may_approve"] = row.is_writable and request.user.has_perm(
                MAY_APPROVE
            )
            context["may_change"] = self.has_change_permission(request, row)
            context["may_add"] = self.has_add_permission(request)
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except campaigns.CampaignError as error:
            # saved by somebody else between our check and our writing
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show what is typed as a letter; nothing is stored."""
        if not (self.has_add_permission(request) or self.has_view_permission(request)):
            raise PermissionDenied
        message_class = request.POST.get("message_class", "")
        if message_class not in Campaign.Kind.values:
            raise Http404
        body = request.POST.get("body", "")[:LONGEST_BODY]
        typed = Campaign(
            message_class=message_class,
            subject=" ".join(request.POST.get("subject", "").split())[:150],
            body="\n".join(body.splitlines()),
        )
        look = "dark" if request.POST.get("look") == "dark" else "light"
        part = "text" if request.POST.get("part") == "text" else "html"
        return letter_preview.page(typed, part=part, look=look)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what a button under the letter says."""
        row = get_object_or_404(Campaign, pk=pk)
        where = row
        try:
            where, said = self._done(request, row)
        except campaigns.NotFit as error:
            for fault in error.faults:
                self.message_user(request, fault, messages.ERROR)
        except campaigns.CampaignError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, where, said)
            self.message_user(request, said)
        back = reverse("admin:newsletter_campaign_change", args=[where.pk])
        return HttpResponseRedirect(back)

    def _done(self, request: HttpRequest, row: Campaign) -> tuple[Campaign, str]:
        act, by = request.POST.get("act", ""), steps.member(request)
        typed = request.POST.get("edition", "")
        edition = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
        needed = {
            "approve": request.user.has_perm(MAY_APPROVE),
            "take-back": self.has_change_permission(request),
            "test": self.has_change_permission(request),
            "copy": self.has_add_permission(request),
        }
        if act not in needed:
            raise Http404
        if not needed[act]:
            raise PermissionDenied
        if act == "approve":
            done = campaigns.approve(campaign=row, edition=edition, by=by)
            return done, "Approved. A change of its words takes that away."
        if act == "take-back":
            return campaigns.take_back(campaign=row), "It is a draft again."
        if act == "copy":
            made = campaigns.copy(campaign=row, by=by)
            return made, f"A new draft, with the words of “{row.title}”."
        campaigns.send_test(campaign=row, by=by)
        return row, "A test is on its way to you, and to nobody else."
