"""The address book's pages. Somebody else's address is not found, for anybody."""

import contextlib
import secrets
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from jessops.lib.http import SeeOther
from members import address_list
from members.actions import addresses
from members.actions.addresses import AddressGone, ChangedMeanwhile, Details
from members.forms.addresses import AddressForm
from members.models import Address
from members.who import member_of

BOOK = "/members/addresses/"
# Names of the addresses that this sign-in deleted: pressing twice does no harm.
GONE = "addresses-gone"
MEANWHILE = (
    "It was changed in another tab. Below is what you typed here: save it again if it"
    " should count."
)


@require_safe
@login_required
def book(request: HttpRequest) -> HttpResponse:
    """All addresses, the one used first at the top."""
    mine = list(Address.objects.of(member_of(request)))
    return render(request, "members/addresses.html", {"addresses": mine})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponseBase:
    member = member_of(request)
    if request.method != "POST":
        initial = {"full_name": member.full_name, "attempt": uuid.uuid4()}
        return _page(request, AddressForm(initial=initial))
    form, picking = _typed(request)
    if picking.asked or not form.is_valid():
        return _page(request, form, picking)
    data = form.cleaned_data
    try:
        addresses.add(
            member=member,
            details=_details(data),
            first=data["first"],
            from_list=_is_listed(data),
            attempt=data["attempt"],
        )
    except AddressGone:
        raise Http404 from None
    messages.success(request, "Saved. The address is in your book.")
    return SeeOther(BOOK)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    member = member_of(request)
    address = get_object_or_404(Address.objects.of(member), pk=pk)
    if request.method != "POST":
        return _page(request, AddressForm(initial=_initial(address)), address=address)
    form, picking = _typed(request)
    if picking.asked or not form.is_valid():
        return _page(request, form, picking, address)
    data = form.cleaned_data
    try:
        addresses.change(
            member=member,
            address=address,
            details=_details(data),
            first=data["first"],
            from_list=_is_listed(data),
            seen=data["seen"],
        )
    except AddressGone:
        raise Http404 from None
    except ChangedMeanwhile as error:
        again = request.POST.copy()
        again["seen"] = addresses.version(error.address)
        form = AddressForm(initial=again.dict())
        picking = address_list.Picking(trouble=MEANWHILE)
        return _page(request, form, picking, address, status=409)
    messages.success(
        request, "Saved. Orders you made before keep the address they had."
    )
    return SeeOther(BOOK)


@require_POST
@login_required
def first(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    member = member_of(request)
    address = get_object_or_404(Address.objects.of(member), pk=pk)
    try:
        addresses.use_first(member=member, address=address)
    except AddressGone:
        raise Http404 from None
    messages.success(request, "Saved. The checkout offers that address first.")
    return SeeOther(BOOK)


@require_POST
@login_required
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    member = member_of(request)
    gone = request.session.get(GONE, [])
    address = Address.objects.of(member).filter(pk=pk).first()
    if address is None and str(pk) not in gone:
        raise Http404
    if address:
        request.session[GONE] = [*gone, str(pk)][-20:]
        # Deleted in this moment by another tab: that is what was wanted.
        with contextlib.suppress(AddressGone):
            addresses.delete(member=member, address=address)
    messages.success(
        request, "Deleted. Orders you made before keep the address they had."
    )
    return SeeOther(BOOK)


def _typed(request: HttpRequest) -> tuple[AddressForm, address_list.Picking]:
    """Return what was typed; unchecked when only an address was asked for."""
    data = request.POST.copy()
    picking = address_list.pick(data)
    return AddressForm(initial=data.dict()) if picking.asked else AddressForm(data), (
        picking
    )


def _details(data: dict[str, Any]) -> Details:
    return Details(**{name: data[name] for name in addresses.COLUMNS})


def _is_listed(data: dict[str, Any]) -> bool:
    """Say whether the address is the list's, picked and left as it was (P92)."""
    return secrets.compare_digest(data["from_list"], address_list.mark(data))


def _initial(address: Address) -> dict[str, Any]:
    values: dict[str, Any] = {n: getattr(address, n) for n in addresses.COLUMNS}
    if address.from_list:
        values["from_list"] = address_list.mark(values)
    return {**values, "seen": addresses.version(address)}


def _page(
    request: HttpRequest,
    form: AddressForm,
    picking: address_list.Picking | None = None,
    address: Address | None = None,
    status: int = 200,
) -> HttpResponse:
    picking = picking or address_list.Picking()
    count = len(form.errors) if form.is_bound else 0
    return render(
        request,
        "members/addresses_form.html",
        {
            "form": form,
            "address": address,
            "found": list(enumerate(picking.found)),
            "trouble": picking.trouble,
            "error_count": count + bool(picking.trouble),
            "failed": bool(count or picking.trouble),
        },
        status=status,
    )
