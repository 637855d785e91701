"""The Clubs Administrator's screens: entries with their contacts, and the queue (P25).

Every button calls an action, which notes what happened.
"""

import io
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_POST

from clubs import club_csv, postcodes
from clubs.actions import clubs, contacts, importing, submissions
from clubs.models import Club, ClubContact, ClubEvent, ContactDetail, Submission
from privacy import masks, policies
from privacy.admin.people import PersonAdmin

LARGEST = 2_000_000  # bytes of a file to import
EVENTS_SHOWN = 30
ENTRY = (
    *("name", "slug", "place", "county", "outcode", "postcode", "venue", "weekday"),
    *("weeks", "alternate_from", "starts_at", "season_from", "season_to"),
    *("visitors_welcome", "beginners_welcome", "step_free", "accessibility", "costs"),
    *("tags", "website", "programme"),
)


def staff(request: HttpRequest) -> str:
    """Return how events name whoever is signed in: an id, never a name."""
    return f"staff:{request.user.pk}"


class ClubForm(forms.ModelForm):  # type: ignore[type-arg]
    website = forms.URLField(required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = Club
        fields = ENTRY
        help_texts = {
            "slug": "The entry's address; made from the name if left blank.",
            "outcode": "The first half of a postcode, like SL7.",
            "tags": "Commas between them.",
            "website": "Without anything after a question mark.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in clubs.RESERVED:
            raise ValidationError("This address is taken by another page.")
        name, place = self.data.get("name", ""), self.data.get("place", "")
        return slug or self.instance.slug or clubs.free_slug(name, place)

    def clean_outcode(self) -> str:
        code = postcodes.outward(self.cleaned_data["outcode"])
        if not postcodes.middle(code):
            raise ValidationError("No outward code is called that.")
        return code

    def clean_website(self) -> str:
        site: str = self.cleaned_data["website"]
        return site.partition("?")[0]

    def clean_postcode(self) -> str:
        text: str = self.cleaned_data["postcode"]
        out, inward = postcodes.split(text)
        if text and not inward:
            raise ValidationError("Enter a full postcode, or leave it blank.")
        return f"{out} {inward}" if inward else ""


class DetailInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ContactDetail
    extra = 0
    fields = ("kind", "value", "published", "source", "agreed_on")


class BouncedFilter(admin.SimpleListFilter):
    title = "mail to the contact"
    parameter_name = "bounced"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Came back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Club]) -> Any:
        if self.value() == "yes":
            return queryset.filter(contact__bounced_at__isnull=False)
        return queryset


@admin.register(Club)
class ClubAdmin(PersonAdmin):
    why = "club"
    form = ClubForm
    list_display = ("name", "place", "county", "published", "unlisted_why", "mail")
    list_filter = ("published", "unlisted_why", BouncedFilter)
    list_select_related = ("contact",)
    search_fields = ("name", "place", "=outcode", "county")
    readonly_fields = ("published", "unlisted_why", "standing", "history")
    inlines = (DetailInline,)
    actions = ("put_on_the_list", "take_off_the_list", "merge")
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/clubs/club_list.html"

    shows = ("clubs.ContactDetail.value",)

    def waits(self, row: Club) -> bool:
        contact = getattr(row, "contact", None)
        return bool(contact and (contact.bounced_at or contact.removal_at))

    def subjects_of(self, row: Club) -> list[str]:
        known = ContactDetail.objects.filter(club=row).exclude(email_hash="")
        return sorted(set(known.values_list("email_hash", flat=True)))

    @admin.display(description="contact's mail")
    def mail(self, club: Club) -> str:
        contact = getattr(club, "contact", None)
        return "came back" if contact and contact.bounced_at else ""

    @admin.display(description="how things stand with the contact")
    def standing(self, club: Club) -> str:
        contact = ClubContact.objects.filter(pk=club.pk).first()
        if contact is None:
            return "No contact"
        said = [
            ("known since", contact.known_since),
            ("told what we hold", contact.told_at),
            ("last yearly question", contact.asked_at),
            ("last said yes", contact.confirmed_at),
            ("mail came back", contact.bounced_at),
            ("asked to be removed", contact.removal_at),
        ]
        words = [f"{name} {at:%-d %b %Y}" for name, at in said if at]
        return "; ".join([*words, f"{contact.silent} questions unanswered"])

    @admin.display(description="what happened")
    def history(self, club: Club) -> str:
        events = ClubEvent.objects.filter(club=club.pk).order_by("-pk")[:EVENTS_SHOWN]
        lines = ((f"{e.at:%Y-%m-%d %H:%M}", e.code, e.detail, e.by) for e in events)
        return format_html_join("", "{} {} {} by {}<br>", lines)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    # --- writing

    def save_model(
        self, request: HttpRequest, obj: Club, form: Any, change: bool
    ) -> None:
        if change:
            fields = {name: form.cleaned_data[name] for name in form.changed_data}
            stored = Club.objects.get(pk=obj.pk)
            clubs.change(club=stored, fields=fields, by=staff(request))
            return
        made = clubs.add(fields=form.cleaned_data, by=staff(request))
        obj.pk, obj.published = made.pk, True

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: "BaseInlineFormSet[Any, Any, Any]",
        change: bool,
    ) -> None:
        version = policies.current_version()
        for detail in formset.save(commit=False):
            detail.policy_version, detail.leaving_at = version, None
            detail.save()
        for gone in formset.deleted_objects:
            gone.delete()
        club = form.instance
        if club.details.exists():
            ClubContact.objects.get_or_create(
                club=club, defaults={"policy_version": version}
            )
        if formset.has_changed():
            kinds = {f.instance.kind for f in formset.forms if f.has_changed()}
            detail = " ".join(sorted(kinds))
            clubs.note(club=club, code="contact", by=staff(request), detail=detail)

    def delete_model(self, request: HttpRequest, obj: Club) -> None:
        contacts.erase(club=obj, by=staff(request))
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Club]) -> None:
        for club in queryset:
            self.delete_model(request, club)

    # --- buttons over the list

    @admin.action(description="Put on the list", permissions=["change"])
    def put_on_the_list(self, request: HttpRequest, found: QuerySet[Club]) -> None:
        moved = sum(clubs.relist(club=club, by=staff(request)) for club in found)
        self.message_user(request, f"{moved} put on the list.")

    @admin.action(description="Take off the list", permissions=["change"])
    def take_off_the_list(self, request: HttpRequest, found: QuerySet[Club]) -> None:
        why = Club.Unlisted.STAFF
        by = staff(request)
        moved = sum(clubs.unlist(club=club, why=why, by=by) for club in found)
        self.message_user(request, f"{moved} taken off; their contacts are hidden.")

    @admin.action(description="Merge: they are one club", permissions=["change"])
    def merge(self, request: HttpRequest, found: QuerySet[Club]) -> Any:
        rows = list(found.order_by("pk"))
        kept = next((c for c in rows if str(c.pk) == request.POST.get("keep")), None)
        if kept is None:
            context = {
                **self.admin_site.each_context(request),
                "title": "Which entry is to stay?",
                "opts": self.model._meta,
                "clubs": rows,
            }
            return TemplateResponse(request, "admin/clubs/merge.html", context)
        try:
            others = [club for club in rows if club.pk != kept.pk]
            gone = clubs.merge(keep=kept, others=others, by=staff(request))
        except clubs.ClubError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        self.message_user(request, f"{gone} merged into {kept}.")
        return None

    # --- a file of clubs

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_file)
        return [path("import/", view, name="clubs_import"), *super().get_urls()]

    def take_file(self, request: HttpRequest) -> HttpResponse:
        """Take in a CSV file; show which lines are bad."""
        if not (
            self.has_add_permission(request) and self.has_change_permission(request)
        ):
            raise PermissionDenied
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Clubs from a file",
            "opts": self.model._meta,
            "columns": club_csv.__doc__,
            "result": None,
            "trouble": "",
        }
        file = request.FILES.get("file")
        if request.method == "POST":
            try:
                if file is None or (file.size or 0) > LARGEST:
                    raise club_csv.BadLine("Choose a CSV file of at most 2 MB.")
                text = file.read().decode("utf-8-sig")
                context["result"] = importing.run(
                    io.StringIO(text, newline=""),
                    by=staff(request),
                    dry="dry" in request.POST,
                )
            except UnicodeDecodeError:
                context["trouble"] = "The file is not UTF-8 text."
            except club_csv.BadLine as error:
                context["trouble"] = str(error)
        return TemplateResponse(request, "admin/clubs/import.html", context)


@admin.register(Submission)
class SubmissionAdmin(PersonAdmin):
    """The queue: what is asked, as it is now and as it would be."""

    why = "club"
    shows = ("clubs.Submission.email", "clubs.Submission.details")

    list_display = ("pk", "kind", "club", "state", "created_at", "settled_by")
    list_filter = ("state", "kind")
    list_select_related = ("club",)
    ordering = ("state", "created_at")
    fields = ("kind", "club", "state", "created_at", "settled_at", "settled_by")
    readonly_fields = fields
    change_form_template = "admin/clubs/submission.html"
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def waits(self, row: Submission) -> bool:
        return row.state == Submission.State.WAITING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        found: QuerySet[Submission] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "clubs_submission_changelist":
            # A list shows no person, so it fetches none.
            return found.defer("details", "email", "facts")
        return found

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        masks.need(request, self.shows)
        row = self.get_object(request, object_id)
        extra = {
            "differences": submissions.differences(row) if row else [],
            "waiting": row is not None and row.state == Submission.State.WAITING,
            "sender": row.email if row else "",
        }
        return super().change_view(request, object_id, form_url, extra)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.decide))
        decide = path("<int:pk>/decide/", view, name="clubs_decide")
        return [decide, *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Submission, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        act = submissions.approve if "approve" in request.POST else submissions.refuse
        try:
            settled = act(submission=row, by=staff(request))
            self.log_change(request, settled, f"{settled.state}")
            self.message_user(request, f"{settled}: {settled.state}.")
        except submissions.NotWaiting:
            self.message_user(request, "Somebody has decided already.", messages.ERROR)
        except submissions.Unfit as error:
            self.message_user(request, f"It cannot be done: {error}", messages.ERROR)
        return HttpResponseRedirect(reverse("admin:clubs_submission_changelist"))


@admin.register(ClubEvent)
class ClubEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened, to look at only."""

    list_display = ("at", "club", "code", "detail", "by")
    list_filter = ("code",)
    search_fields = ("=club",)
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False
