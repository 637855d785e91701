"""Who looked at people's data, for those who answer for it; and why staff look."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from privacy import grounds
from privacy.admin.base import LedgerAdmin
from privacy.admin.people import give_reason
from privacy.models import Look


class ReasonForm(forms.Form):
    """Why somebody of staff opens pages about people."""

    reason = forms.ChoiceField(
        label="Why do you open it?",
        choices=list(grounds.REASONS.items()),
        widget=forms.RadioSelect,
    )


@admin.register(Look)
class LookAdmin(LedgerAdmin):
    """Codes and numbers: nobody's name, neither of whom it was nor of who looked."""

    list_display = ("at", "staff", "role", "about", "why", "ground", "shown")
    list_filter = ("ground", "why")
    search_fields = ("=about", "=staff")
    ordering = ("-pk",)
    exclude = ("subject",)
    list_per_page = 50
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "staff" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="columns shown")
    def shown(self, look: Look) -> str:
        return ", ".join(look.fields)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reason)
        return [path("reason/", view, name="privacy_reason"), *super().get_urls()]

    def reason(self, request: HttpRequest) -> HttpResponse:
        """Ask why, before a page about somebody opens; then lead there."""
        back = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
            back = reverse("admin:index")
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            give_reason(request.session, form.cleaned_data["reason"])
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": "Why do you open this page?",
            "form": form,
            "minutes": int(grounds.STAYS.total_seconds() // 60),
        }
        return render(request, "admin/privacy/reason.html", context)
