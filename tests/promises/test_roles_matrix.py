"""P88, R47: each role's pages show what the matrix says, and nothing else of anybody.

Every personal column that can bear a word bears one of its own. Every page of staff is
then asked for as every role: lists, searches, filters, pages, histories, papers and
suggestions. Whatever can be read must stand in jessops.matrix for that role (H7).
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from clubs.models import Submission
from jessops import matrix, roles
from jessops.lib.hashing import email_hash
from members.models import Enquiry, Member, Team
from newsletter import suppression
from newsletter.models import Entry, Suppression
from privacy import masks, registry
from privacy.models import LedgerEntry
from shop.actions import reviewing
from shop.models import Consignment, ContactBy, Order
from tests.crawl import routes
from tests.newsletter.contests_cast import STREET, contest
from tests.privacy.pdf_words import read as read_pdf
from tests.privacy.test_retention import ROWS
from tests.promises.test_looks import people
from tests.shop.test_staff_lists import grow
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

# Words of ours, no words of people's: what they say is told by the tables below.
CODED = re.compile("hash|session|token|status|state|reason|kind|fingerprint|^subject$")
# Tables that staff have no screen for, or whose rows are written once and for all.
ELSEWHERE = {"account", "admin", "mfa"}
TWO = (Order, Enquiry)  # of which one wishes to be rung, the other to be written to
MARK = re.compile(r"zq(\d{3})x")


def bears_words(item: registry.Held) -> bool:
    model = apps.get_model(item.model)
    field: Any = model._meta.get_field(item.field)
    text = isinstance(field, models.CharField | models.TextField)
    return (
        text
        and not field.primary_key
        and not field.choices
        and not issubclass(model, LedgerEntry)
        and model._meta.app_label not in ELSEWHERE
        and (field.max_length or 99) >= 6
        and not CODED.search(item.field)
    )


def columns() -> list[str]:
    return [f"{one.model}.{one.field}" for one in registry.held() if bears_words(one)]


def cast() -> None:
    """Make a row of each kind; the people of the looks' tests among them."""
    now = timezone.now()
    people()
    grow(1, 0)
    for name, make in ROWS.items():
        if not name.startswith("contest-entries"):
            make(now)
    Submission.objects.create(
        kind="new", email="a@example.co.uk", details={}, state="waiting"
    )
    Entry.objects.create(
        contest=contest(published=False),
        subject=email_hash("ann@example.co.uk"),
        name="Ann Ashe",
        email="ann@example.co.uk",
        entered_on=timezone.localdate(),
        awarded_on=timezone.localdate(),
        place=1,
        policy_version=1,
        **STREET,
    )
    colleague = Member.objects.create_user("works@here.example", "twelve letters")
    Member.objects.filter(pk=colleague.pk).update(is_staff=True, full_name="Ann Ashe")
    suppression.suppress(
        subject=email_hash("a@example.co.uk"),
        reason=Suppression.Reason.STAFF,
        by=colleague.pk,
    )
    # One order whose buyer wishes to be rung, and one who wishes to be written to.
    first, second = Order.objects.order_by("-pk")[:2]
    newest = Enquiry.objects.latest("pk")
    newest.telephone, newest.contact_by = "01632 960123", ContactBy.TELEPHONE
    newest.save()
    Consignment.objects.update(notify_by_phone=True)
    Order.objects.filter(pk=first.pk).update(contact_by=ContactBy.TELEPHONE)
    Order.objects.filter(pk=second.pk).update(contact_by=ContactBy.EMAIL)
    for order in (first, second):
        reviewing.note_call(order=order, words="They rang.", by="staff:1")


def mark_all() -> dict[str, str]:
    """Write into each column of each row a word that stands nowhere else."""
    planted = {}
    for number, column in enumerate(columns()):
        label, _, name = column.rpartition(".")
        model = apps.get_model(label)
        field: Any = model._meta.get_field(name)
        word = f"zq{number:03d}x"
        for row in model._default_manager.all():
            told = (
                word if (field.max_length or 99) < 40 else f"{word}{row.pk}@x.example"
            )
            setattr(row, name, told)
            with transaction.atomic():
                row.save(update_fields=[name])
            planted[f"{number:03d}"] = column
    return planted


def pages() -> Iterator[str]:
    """Every address of staff: of the shop, of each table, of each table's rows."""
    tables = {
        (model._meta.app_label, model._meta.model_name): model
        for model in admin.site._registry
    }
    rows = {
        model: model._default_manager.order_by("-pk")[: 2 if model in TWO else 1]
        for model in tables.values()
    }
    numbers: dict[Any, list[Any]] = {
        model: [row.pk for row in found] for model, found in rows.items()
    }
    for route in routes():
        if not route.startswith("admin/") or route.endswith("logout/") or "?" in route:
            continue
        if "<" not in route:
            yield f"/{route}"
        elif route.count("<") == 1:
            _, app, name, *_ = [*route.split("/"), "", ""]
            for pk in numbers.get(tables.get((app, name)), []):
                yield "/" + re.sub("<[^>]+>", str(pk), route)
    for model, screen in admin.site._registry.items():
        for name in screen.autocomplete_fields:
            yield suggestions(model, name)
    yield suggestions(apps.get_model("shop.Payment"), "order")


def suggestions(model: Any, name: str) -> str:
    of = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}"
    return f"/admin/autocomplete/?{of}&field_name={name}&term=z"


def text_of(answer: Any) -> str:
    if answer.streaming:
        return b"".join(answer).decode(errors="replace")
    if answer["Content-Type"] == "application/pdf":
        return read_pdf(answer.content).text
    return str(answer.content.decode(errors="replace"))


def whoever(role: str, more: str = "") -> str:
    """Return the address of somebody who works here in a role."""
    return f"{role.lower().replace(' ', '-')}{more}@jessops.example"


def walker(role: str, more: str = "") -> Client:
    who = Member.objects.create_user(whoever(role, more), "twelve letters")
    who.is_staff = True
    who.save(update_fields=["is_staff"])
    who.groups.add(Group.objects.get(name=role))
    client = Client(raise_request_exception=True)
    sign_in(client, who)
    return client


def opened_by(client: Client, paths: list[str]) -> dict[str, set[str]]:
    """Return the marks that can be read in each page which opens."""
    found = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (200, 301, 302, 403, 404, 405), path
        if answer.status_code == 200:
            found[path] = set(MARK.findall(text_of(answer)))
    return found


@pytest.fixture
def planted() -> dict[str, str]:
    cast()
    return mark_all()


def test_each_role_reads_what_its_row_of_the_matrix_says(
    planted: dict[str, str],
) -> None:
    paths = list(pages())
    assert len(paths) > 150
    read: dict[str, set[str]] = {}
    for role, rights in roles.ROLES.items():
        if team := next((one for one in Team if one.label == role), None):
            Enquiry.objects.update(team=team)
        found = opened_by(walker(role), paths)
        columns = {planted[mark] for marks in found.values() for mark in marks}
        allowed = matrix.seen_by([role])
        wrong = {
            path: {planted[mark] for mark in marks} - allowed
            for path, marks in found.items()
        }
        assert {path: what for path, what in wrong.items() if what} == {}, role
        assert {table_of(path) for path in found} - {""} <= set(rights), role
        read[role] = columns
    # And it names nothing that the role's pages do not need: what may be seen, is.
    words = set(planted.values())
    idle = {
        role: sorted((matrix.seen_by([role]) & words) - read[role])
        for role in roles.ROLES
    }
    assert {role: what for role, what in idle.items() if what} == {}


def table_of(path: str) -> str:
    """Return the table that a page is about, as its rights name it; "" of none."""
    if path == "/admin/privacy/look/reason/":
        return ""  # everybody says there why they look
    _, _, app, model, *_ = [*path.split("/"), "", ""]
    known = {one._meta.label_lower for one in admin.site._registry}
    return f"{app}.{model}" if f"{app}.{model}" in known else ""


def test_the_control_what_is_hidden_is_found_once_it_is_not(
    planted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without masks the walk reads what the matrix does not give."""
    Enquiry.objects.update(team=Team.WEB_DESIGN)
    newest = Enquiry.objects.latest("-pk")
    page = f"/admin/members/enquiry/{newest.pk}/change/"
    client = walker("Web Design")
    (masked,) = opened_by(client, [page]).values()
    monkeypatch.setattr(masks, "hidden", lambda request, columns: set())
    (bare,) = opened_by(client, [page]).values()
    more = {planted[mark] for mark in bare - masked}
    assert more == {"members.Enquiry.full_name", "members.Enquiry.email"}


def test_no_list_finds_anybody_by_what_its_reader_may_not_see(
    planted: dict[str, str],
) -> None:
    """Neither by its search nor by its address, such as ?email__contains=a."""
    asked = 0
    for role, rights in roles.ROLES.items():
        client = walker(role)
        for mark, column in planted.items():
            label, _, name = column.rpartition(".")
            if f"{label.lower()}" not in rights:
                continue
            page = f"/admin/{label.lower().replace('.', '/')}/"
            found = client.get(page, {"q": f"zq{mark}x"})
            told = getattr(found, "context_data", None) or {}
            if "cl" not in told:
                continue  # no list of Django's own
            if told["cl"].search_fields:  # else there is no box to type into
                assert told["cl"].result_count == 0, (role, column)
            for how in ("contains", "startswith", "regex"):
                by = {f"{name}__{how}": f"zq{mark}x"}
                assert client.get(page, by).status_code == 400, (role, column)
            asked += 1
    assert asked > 20


def test_the_control_django_itself_would_have_found_them(
    planted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = walker("Owner")
    (mark,) = (mark for mark, one in planted.items() if one == "members.Member.email")
    by = {"email__contains": f"zq{mark}x"}
    assert boss.get("/admin/members/member/", by).status_code == 400
    monkeypatch.setattr(masks, "personal", set)
    found: Any = boss.get("/admin/members/member/", by)
    assert found.context_data["cl"].result_count > 0


def test_what_the_matrix_does_not_name_no_screen_shows() -> None:
    """Flags and dates, too, which no walk can read: field by field, role by role."""
    for role in roles.ROLES:
        request = RequestFactory().get("/")
        walker(role)
        request.user = Member.objects.get(email=whoever(role))
        allowed = matrix.seen(request.user)
        setattr(request, masks.SEEN, lambda allowed=allowed: allowed)
        for model, screen in admin.site._registry.items():
            shown = {
                *flatten_fieldsets(screen.get_fieldsets(request)),
                *screen.get_list_display(request),
            }
            for inline in screen.get_inline_instances(request):
                names = flatten_fieldsets(inline.get_fieldsets(request))
                more = {f"{inline.model._meta.label}.{one}" for one in names}
                assert masks.personal() & more <= allowed, (role, model)
            columns = {f"{model._meta.label}.{one}" for one in shown}
            assert masks.personal() & columns <= allowed, (role, model)


def test_a_new_personal_column_is_hidden_until_somebody_gives_it() -> None:
    """The matrix is a list of what is allowed; the declaration alone hides a column."""
    known = masks.personal()
    for role in roles.ROLES:
        assert matrix.seen_by([role]) <= known
    assert matrix.seen_by(["Our own", "Nobody's"]) == frozenset()
    request = RequestFactory().get("/")
    assert masks.hidden(request, known) == known
    with pytest.raises(PermissionDenied):
        masks.need(request, {"shop.Order.email"})


def test_who_leaves_sees_nothing_with_the_next_page(planted: dict[str, str]) -> None:
    page = "/admin/shop/order/queue/"
    for leave in ("group", "active", "staff"):
        client = walker("Web Sales", leave)
        who = Member.objects.get(email=whoever("Web Sales", leave))
        assert client.get(page).status_code == 200
        if leave == "group":
            who.groups.clear()
            assert client.get(page).status_code == 403
        else:
            setattr(who, f"is_{leave}", False)
            who.save(update_fields=[f"is_{leave}"])
            answer = client.get(page)
            assert answer.status_code == 302
            assert "/admin/login/" in answer["Location"]


def test_the_owner_makes_nobody_more_than_the_owner_is() -> None:
    client = walker("Owner")
    owner = Member.objects.get(email=whoever("Owner"))
    boss = Member.objects.create_superuser("boss@jessops.example", "twelve letters")
    guest = Member.objects.create_user("guest@x.example", "twelve letters")
    for other in (boss, guest):
        found = client.get(f"/admin/members/member/{other.pk}/change/")
        assert found.status_code == 302
        assert found["Location"] == "/admin/"
    sent = {"email": owner.email, "is_active": "on", "is_superuser": "on"}
    answer = client.post(f"/admin/members/member/{owner.pk}/change/", sent)
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert not owner.is_superuser
