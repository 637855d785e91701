"""The staff site: Django admin under the shop's name, behind the shop's own sign-in."""

import ipaddress
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from jessops.lib import ratelimit
from members import second_factor


class StaffSite(admin.AdminSite):
    site_header = "Jessops staff"
    site_title = "Jessops staff"
    index_title = "Orders, catalogue and mail"

    def has_permission(self, request: HttpRequest) -> bool:
        if not from_our_networks(request):
            return False
        return super().has_permission(request) and second_factor.is_staff(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to what is still missing: the sign-in, or the second factor (R35)."""
        back = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
            back = reverse("admin:index")
        member = request.user
        if not member.is_authenticated:
            return _to("account_login", back)
        if not member.is_staff:
            raise PermissionDenied("not staff")
        if not from_our_networks(request):
            raise PermissionDenied("not from a network of staff")
        if self.has_permission(request):
            return HttpResponseRedirect(back)
        return _to(second_factor.way_in(member), back)

    def logout(  # type: ignore[override]  # no page of its own: a redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        get_adapter(request).logout(request)
        return redirect("/")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where everybody changes theirs: it tells the person and ends other visits."""
        return redirect("account_change_password")


def from_our_networks(request: HttpRequest) -> bool:
    """Say whether staff pages open where a request comes from (P89)."""
    networks = settings.STAFF_NETWORKS
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(ratelimit.address_of(request))
    except ValueError:
        return False
    return any(address in network for network in networks)


def _to(page: str, back: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': back})}")
