"""Dispatch: what to pick, pack, book and hand over. Every button is one action."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from jessops.lib import ratelimit
from jessops.lib.tasks import wake
from members.address_list import FIELDS as ADDRESS_FIELDS
from privacy import masks
from privacy.admin.people import PersonAdmin
from shop import collection, labels
from shop.actions import dispatch, parcels
from shop.actions.carriers import CARRIERS
from shop.admin.base import LookOnlyAdmin, staff
from shop.clients.carriers import CarrierError
from shop.models import (
    Capture,
    Consignment,
    ConsignmentLine,
    Manifest,
    Order,
    Status,
)
from shop.tasks import take_capture

State = Consignment.State
MAY_DISPATCH = "shop.change_consignment"
AT_ONCE = 50
CODES = 30  # that one person may try in ten minutes
CARRIER_CHOICES = [(name, carrier.title) for name, carrier in CARRIERS.items()]
AT_THE_COUNTER = (dispatch.COLLECT, "Nobody: its buyer collects it here")
# Which buttons a parcel has in which state.
ACTS: dict[str, tuple[str, ...]] = {
    State.DRAFT: ("pack", "cancel"),
    State.PACKED: ("book", "unpack", "cancel"),
    State.BOOKED: ("hand_over", "unbook", "cancel"),
    State.READY: ("cancel",),
    State.HANDED_OVER: ("lose", "came_back"),
}
SAID = {
    "pack": "Packed.",
    "book": "Booked. Print its label.",
    "unpack": "Open again.",
    "unbook": "No carrier is to fetch it now. Throw its label away.",
    "ready": "On the shelf. Its buyer gets the code.",
    "cancel": "Taken apart: its things are to be sent again.",
    "hand_over": "Handed over. Its money is taken, and its buyer told.",
    "lose": "Lost. Web Sales looks after its order.",
    "came_back": "Back with us. Web Sales looks after its order.",
}


class PackForm(forms.Form):
    """What is in the box, what it weighs, and who carries it."""

    carrier = forms.ChoiceField(choices=[*CARRIER_CHOICES, AT_THE_COUNTER])
    weight_g = forms.IntegerField(
        label="Weight in grams", min_value=1, max_value=dispatch.LARGEST_G
    )

    def __init__(self, parcel: Consignment, data: Any = None) -> None:
        super().__init__(data)
        if collection.of(parcel.order):
            self.fields["carrier"].initial = dispatch.COLLECT
        self.lines = list(parcel.lines.select_related("line"))
        for item in self.lines:
            self.fields[f"line-{item.line_id}"] = forms.IntegerField(
                label=f"{item.line.name} ({item.line.sku})",
                min_value=0,
                max_value=item.quantity,
                initial=item.quantity,
                help_text="Fewer: the rest is to be sent later.",
            )

    def quantities(self) -> dict[int, int]:
        data = self.cleaned_data
        return {item.line_id: data[f"line-{item.line_id}"] for item in self.lines}


def waiting() -> QuerySet[Order]:
    """Orders to send that are in no open parcel, the most urgent first."""
    open_ones = Consignment.objects.filter(
        order=OuterRef("pk"),
        state__in=[State.DRAFT, State.PACKED, State.BOOKED, State.READY],
    )
    rows = Order.objects.filter(status=Status.AUTHORISED, sent_at=None, review="")
    return rows.exclude(Exists(open_ones)).order_by("delivery_on", "pk")


def pick_rows() -> list[dict[str, Any]]:
    """What to fetch for all parcels to be picked, along the shelves."""
    rows = ConsignmentLine.objects.filter(consignment__state=State.DRAFT)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.select_related("consignment", "line__product__stock"):
        product = row.line.product
        stock = getattr(product, "stock", None)
        place = stock.location if stock else ""
        item = found.setdefault(
            (place, row.line.sku),
            {
                "location": place,
                "sku": row.line.sku,
                "name": row.line.name,
                "quantity": 0,
                "parcels": [],
            },
        )
        item["quantity"] += row.quantity
        item["parcels"].append(f"{row.consignment.number} ({row.quantity})")
    return [found[key] for key in sorted(found)]


class CarrierFilter(admin.SimpleListFilter):
    """By who carries it; a parcel that nobody has packed has no carrier yet."""

    title = "carrier"
    parameter_name = "carrier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*CARRIER_CHOICES, (dispatch.COLLECT, "Collected here")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Consignment]
    ) -> QuerySet[Consignment]:
        return queryset.filter(carrier=self.value()) if self.value() else queryset


@admin.register(Consignment)
class ConsignmentAdmin(LookOnlyAdmin, PersonAdmin):
    why = "dispatch"
    shows = tuple(
        f"shop.Order.{name}" for name in ("title", "full_name", *ADDRESS_FIELDS)
    )
    list_display = ("number", "state", "carrier", "service", "weight_g", "packed_at")
    list_filter = ("state", CarrierFilter)
    search_fields = ("=number", "=order__number", "=tracking")
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/shop/parcel.html"
    change_list_template = "admin/shop/parcels.html"
    fields = (
        *("number", "state", "carrier", "service", "weight_g", "booking"),
        *("notify_by_phone", "packed_at", "booked_at", "handed_at", "delivered_at"),
    )

    def fields_shown(self, request: HttpRequest, row: Consignment) -> set[str]:
        found = super().fields_shown(request, row)
        return found | ({"shop.Order.telephone"} if row.notify_by_phone else set())

    def waits(self, row: Consignment) -> bool:
        return row.state in ACTS and row.state != State.HANDED_OVER

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("desk/", view(self.desk), name="shop_dispatch"),
            path("pick/", view(self.pick), name="shop_pick"),
            path("counter/", view(self.counter), name="shop_counter"),
            path("<int:pk>/act/", view(self.act), name="shop_parcel_act"),
            path("<int:pk>/slip/", view(self.slip), name="shop_parcel_slip"),
            path("<int:pk>/slip/pdf/", view(self.slip_pdf), name="shop_slip_pdf"),
            path("<int:pk>/label/", view(self.label), name="shop_parcel_label"),
        ]
        return own + super().get_urls()

    def desk(self, request: HttpRequest) -> HttpResponse:
        """Orders to send, parcels on their way to the door, and the end of the day."""
        _allowed(self, request)
        if request.method == "POST":
            if not request.user.has_perm(MAY_DISPATCH):
                raise PermissionDenied
            _desk_act(request)
            return HttpResponseRedirect(reverse("admin:shop_dispatch"))
        orders = waiting()
        counts = Consignment.objects.order_by().values_list("state", "carrier")
        open_ones = [
            (State(state).label, CARRIERS[name].title if name else "", number)
            for state, name, number in counts.filter(
                state__in=[State.DRAFT, State.PACKED, State.BOOKED]
            ).annotate(number=Count("pk"))
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Dispatch",
            "orders": orders.values(
                *("pk", "number", "delivery_name", "delivery_on", "placed_at")
            )[:AT_ONCE],
            "total": orders.count(),
            "open_ones": open_ones,
            "carriers": CARRIER_CHOICES,
            "may": request.user.has_perm(MAY_DISPATCH),
        }
        return render(request, "admin/shop/desk.html", context)

    def pick(self, request: HttpRequest) -> HttpResponse:
        """The pick list, to be printed: things and shelves, nobody's name."""
        _allowed(self, request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Pick list",
            "rows": pick_rows(),
        }
        return render(request, "admin/shop/pick.html", context)

    def counter(self, request: HttpRequest) -> HttpResponse:
        """Where a buyer says a code. What waits is listed by code and nothing else."""
        _allowed(self, request)
        if request.method == "POST":
            if not request.user.has_perm(MAY_DISPATCH):
                raise PermissionDenied
            # Nobody tries codes until one fits: each at the counter has so many.
            own = f"counter-{request.user.pk}"
            ratelimit.check(request, own, limit=CODES, seconds=600)
            try:
                code = request.POST.get("code", "")
                given = dispatch.collect(code=code, by=staff(request))
                _take_money(given)
            except dispatch.NotPossible as error:
                messages.error(request, f"Not done: {error}.")
            else:
                messages.success(request, f"Hand out parcel {given.number}.")
            return HttpResponseRedirect(reverse("admin:shop_counter"))
        shelf = Consignment.objects.filter(state=State.READY).order_by("collect_code")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Counter",
            "codes": _codes(shelf),
            "may": request.user.has_perm(MAY_DISPATCH),
        }
        return render(request, "admin/shop/counter.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        masks.need(request, self.shows)
        more: dict[str, Any] = {}
        rows = Consignment.objects.select_related("order")
        row = rows.filter(pk=object_id).first() if _is_id(object_id) else None
        if row:
            may = request.user.has_perm(MAY_DISPATCH)
            more = {
                "acts": _acts(row) if may else (),
                "pack_form": PackForm(row),
                "steps": list(row.tracking_steps.all()),
                "inside": list(row.lines.select_related("line")),
                "parcel": parcels.of(row, ring=row.notify_by_phone),
            }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **more}
        )

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what one button says with one parcel, and say how it went."""
        name = request.POST.get("act", "")
        if request.method != "POST" or name not in SAID:
            raise Http404
        if not request.user.has_perm(MAY_DISPATCH):
            raise PermissionDenied
        row = get_object_or_404(Consignment, pk=pk)
        try:
            said = _done(row, name, request)
        except dispatch.NotPossible as error:
            messages.error(request, f"Not done: {error}.")
        except CarrierError as error:
            messages.error(request, f"The carrier did not take it: {error}.")
        else:
            messages.success(request, said)
        here = reverse("admin:shop_consignment_change", args=[pk])
        return HttpResponseRedirect(here)

    def slip(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What goes into the box: no price, since it may be a present."""
        row = self._looked_at(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Packing slip {row.number}",
            "inside": list(row.lines.select_related("line")),
            "parcel": parcels.of(row, ring=False),
            "row": row,
        }
        return render(request, "admin/shop/slip.html", context)

    def slip_pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._looked_at(request, pk)
        inside = row.lines.select_related("line")
        return _pdf(labels.slip(parcels.of(row, ring=False), inside), f"slip-{pk}")

    def label(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The label as PDF, again and again the same, until the parcel has left."""
        row = self._looked_at(request, pk)
        if not row.booking:
            raise Http404
        pdf = labels.label(
            parcels.of(row, ring=row.notify_by_phone),
            parcels.booking_of(row),
            CARRIERS[row.carrier].title,
        )
        return _pdf(pdf, f"label-{row.number}")

    def _looked_at(self, request: HttpRequest, pk: int) -> Consignment:
        _allowed(self, request)
        masks.need(request, self.shows)
        row = get_object_or_404(Consignment.objects.select_related("order"), pk=pk)
        self.note_look(request, row)
        return row


@admin.register(Manifest)
class ManifestAdmin(LookOnlyAdmin):
    list_display = ("day", "carrier", "reference", "by", "at")
    list_filter = ("carrier",)
    date_hierarchy = "day"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/shop/manifest.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.pdf)
        own = [path("<int:pk>/pdf/", view, name="shop_manifest_pdf")]
        return own + super().get_urls()

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the driver signs: numbers and weights, nobody's name."""
        _allowed(self, request)
        row = get_object_or_404(Manifest, pk=pk)
        rows = row.consignments.order_by("pk").values_list(
            *("booking", "number", "service", "weight_g")
        )
        made = labels.manifest(
            number=row.reference,
            carrier=CARRIERS[row.carrier].title,
            day=row.day,
            rows=list(rows),
        )
        return _pdf(made, f"manifest-{row.reference}")


def _allowed(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest) -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _codes(shelf: QuerySet[Consignment]) -> dict[str, list[str]]:
    """Return the codes of what waits by the shop it waits in, and nothing else."""
    names = {counter.code: counter.name for counter in collection.counters()}
    found: dict[str, list[str]] = {}
    rows = shelf.values_list("order__delivery", "collect_code")[:AT_ONCE]
    for delivery, code in rows:
        found.setdefault(names.get(delivery, "Here"), []).append(code)
    return found


def _acts(row: Consignment) -> tuple[str, ...]:
    acts = ACTS.get(row.state, ())
    if row.carrier == dispatch.COLLECT:
        return tuple("ready" if act == "book" else act for act in acts)
    return acts


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def _desk_act(request: HttpRequest) -> None:
    by = staff(request)
    carrier = request.POST.get("close", "")
    if carrier:
        try:
            made = dispatch.close_day(carrier=carrier, by=by)
        except (dispatch.NotPossible, CarrierError) as error:
            messages.error(request, f"Not closed: {error}.")
        else:
            _take_money(*made.consignments.all())
            messages.success(request, f"Manifest {made.reference}: handed over.")
        return
    numbers = [one for one in request.POST.getlist("order") if _is_id(one)]
    started = 0
    for order in Order.objects.filter(pk__in=numbers[:AT_ONCE]).order_by("pk"):
        try:
            dispatch.start(order=order, by=by)
            started += 1
        except dispatch.NotPossible as error:
            messages.error(request, f"{order.number}: {error}.")
    if started:
        messages.success(request, f"{started} on the pick list.")


def _done(row: Consignment, name: str, request: HttpRequest) -> str:
    by = staff(request)
    if name != "pack":
        moved = getattr(dispatch, name)(consignment=row, by=by)
        if name == "hand_over":
            _take_money(moved)
        return SAID[name]
    form = PackForm(row, request.POST)
    if not form.is_valid():
        wrong = "; ".join(
            f"{form.fields[field].label or field}: {errors[0]}"
            for field, errors in form.errors.items()
        )
        raise dispatch.NotPossible(wrong.rstrip("."))
    dispatch.pack(
        consignment=row,
        carrier=form.cleaned_data["carrier"],
        weight_g=form.cleaned_data["weight_g"],
        quantities=form.quantities(),
        by=by,
    )
    return SAID["pack"]


def _take_money(*parcels: Consignment) -> None:
    """Have what has left taken now, and not by the next sweep."""
    asked = Capture.objects.filter(consignment__in=parcels, state=Capture.State.ASKED)
    for pk in asked.values_list("pk", flat=True):
        wake(take_capture, pk)


def _pdf(made: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
