"""Buttons that cannot be pressed by mistake: a form, what it would do, and then it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse


class NoFields(forms.Form):
    """A button without anything to fill in."""


class Day(forms.DateInput):
    """A browser's own picker of days; without one, YYYY-MM-DD."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def member(request: HttpRequest) -> int:
    """Return the id of whoever is signed in; ledgers name nobody otherwise."""
    assert request.user.pk is not None  # noqa: S101  the admin site lets nobody else in
    return int(request.user.pk)


def by(request: HttpRequest) -> str:
    return f"Member {member(request)}"


def two_steps(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    *,
    permission: str,
    title: str,
    warning: str,
    form: type[forms.Form],
    act: Callable[[Mapping[str, Any]], str],
    refusals: type[Exception],
) -> HttpResponse:
    """Show the form, then what it says with the warning, and on a second yes act.

    `act` gets the cleaned values and returns what to say; one of `refusals` is shown
    beside the form, and nothing has happened.
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied
    posted = request.method == "POST"
    bound = form(request.POST if posted else None)
    asking = not posted and not bound.fields  # nothing to fill in: ask at once
    if posted and bound.is_valid():
        asking = "sure" not in request.POST
        if not asking:
            try:
                said = act(bound.cleaned_data)
            except refusals as error:
                bound.add_error(None, f"Refused: {error}.")
            except OperationalError:
                bound.add_error(None, "Refused: somebody else is at it; try again.")
            else:
                messages.success(request, said)
                options = model_admin.opts
                name = f"admin:{options.app_label}_{options.model_name}_changelist"
                return HttpResponseRedirect(reverse(name))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "warning": warning,
        "form": bound,
        "asking": asking,
        "answers": _answers(bound) if asking and posted else [],
    }
    return render(request, "admin/privacy/two_steps.html", context)


def _answers(form: forms.Form) -> list[tuple[str, str]]:
    found = []
    for name, value in form.cleaned_data.items():
        label = str(form.fields[name].label or name.replace("_", " "))
        said = ", ".join(value) if isinstance(value, list) else str(value)
        if isinstance(value, bool):
            said = "yes" if value else "no"
        found.append((label, "" if value is None else said))
    return found
