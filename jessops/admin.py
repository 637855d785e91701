"""The staff site: Django admin under the shop's name, behind the shop's own sign-in."""

import ipaddress
from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from jessops import matrix
from jessops.lib import ratelimit
from members import second_factor
from privacy import masks, registry


class StaffSite(admin.AdminSite):
    site_header = "Jessops staff"
    site_title = "Jessops staff"
    index_title = "Orders, catalogue and mail"

    def has_permission(self, request: HttpRequest) -> bool:
        if not from_our_networks(request):
            return False
        return super().has_permission(request) and second_factor.is_staff(request)

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """Register screens that show what their reader's role needs (P88)."""
        screen = masks.masked(admin_class or admin.ModelAdmin)
        super().register(model_or_iterable, screen, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Tell every page of staff which personal columns its reader may see."""

        def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            setattr(request, masks.SEEN, cache(lambda: matrix.seen(request.user)))
            return view(request, *args, **kwargs)

        return super().admin_view(update_wrapper(telling, view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Replace Django's way from a row to its page, which asks for no right."""
        found = [
            one
            for one in super().get_urls()
            if getattr(one, "name", "") != "view_on_site"
        ]
        way = "r/<int:content_type_id>/<path:object_id>/"
        view = self.admin_view(view_on_site)
        return [path(way, view, name="view_on_site"), *found]

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


def view_on_site(
    request: HttpRequest, content_type_id: int, object_id: str
) -> HttpResponse:
    """Lead from a row to its public page; never to a page of a person's.

    An order's address bears the token that opens it: whoever had it would see the whole
    page, past the role, the buyer's wish and the ledger of looks (P88, P89).
    """
    kind = get_object_or_404(ContentType, pk=content_type_id)
    model = kind.model_class()
    label = model._meta.label if model else ""
    if any(item.model == label for item in registry.everything()):
        raise Http404
    return shortcut(request, content_type_id, object_id)


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
