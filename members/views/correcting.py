"""Putting right name, telephone and e-mail address (P95)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jessops.lib import ratelimit
from jessops.lib.http import SeeOther
from members import fresh
from members.actions import correcting
from members.forms.correcting import CodeForm, DetailsForm, EmailForm, ObjectForm
from members.who import member_of

DATA = "/members/data/"
CODE = "/members/data/email/code/"
NO_CHANGE = (
    "That code does not count any more: it was wrong too often, too old, or another one"
    " was sent. Nothing has changed; ask again."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def details(request: HttpRequest) -> HttpResponse:
    """Name and telephone number; orders that have not left follow."""
    member = member_of(request)
    start = {"full_name": member.full_name, "telephone": member.telephone}
    form = DetailsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        correcting.change_details(member=member, **form.cleaned_data)
        messages.success(request, "Changed. Orders that have not left follow.")
        return SeeOther(DATA)
    return render(request, "members/name.html", {"form": form, "here": "data"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@fresh.required
def email(request: HttpRequest) -> HttpResponse:
    """Ask to be known by another address; says the same of free and taken ones."""
    member = member_of(request)
    form = EmailForm(request.POST or None, now=member.email)
    if request.method == "POST" and form.is_valid():
        ratelimit.check(request, "email-change", limit=10, seconds=3600)
        correcting.ask_email(member=member, email=form.cleaned_data["email"])
        return SeeOther(CODE)
    context = {"form": form, "now": member.email, "here": "data"}
    return render(request, "members/email_change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@fresh.required
def code(request: HttpRequest) -> HttpResponse:
    """Type the code from the new address; the fifth wrong one ends it."""
    member = member_of(request)
    change = correcting.pending(member)
    if change is None:
        return SeeOther("/members/data/email/")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and "stop" in request.POST:
        correcting.give_up(member=member)
        return SeeOther(DATA)
    if request.method == "POST" and form.is_valid():
        ratelimit.check(request, "email-code", limit=30, seconds=3600)
        try:
            correcting.prove_email(member=member, code=form.cleaned_data["code"])
        except correcting.WrongCode as error:
            tries = "once" if error.left == 1 else f"{error.left} times"
            form.add_error("code", f"That is not the code. You can try {tries} more")
        except correcting.NoChange:
            messages.error(request, NO_CHANGE)
            return SeeOther("/members/data/email/")
        else:
            messages.success(request, "Your new address counts from now on.")
            return SeeOther(DATA)
    context = {"form": form, "to": change.new_email, "here": "data"}
    return render(request, "members/email_change_code.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, token: str) -> HttpResponse:
    """The old address gives the account back to itself, within seven days."""
    row = correcting.to_object(token)
    form = ObjectForm(request.POST or None)
    done = False
    if row and request.method == "POST" and form.is_valid():
        ratelimit.check(request, "email-object", limit=10, seconds=3600)
        try:
            correcting.object_to(token=token, email=form.cleaned_data["email"])
            done = True
        except correcting.NotYours:
            form.add_error(
                "email",
                "That is not the address that the account had, or it has another"
                " account by now",
            )
    context = {"form": form, "open": bool(row), "done": done}
    status = 200 if row else 404
    page: HttpResponse = render(
        request, "members/email_change_object.html", context, status=status
    )
    return page
