"""P64 to P66: a sale is on every page for thirty unbroken days, and the rule holds."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from jessops import views
from members.models import Member
from privacy import notices, sightings, transfer, transitions
from privacy.gateway.ourselves import Page
from tests.crawl import Crawl, Visit
from tests.privacy.test_transitions import announce, paid, people_in, say, stood
from tests.privacy.transition_days import HOUR, looked
from tests.promises.test_harness_cookies import starts
from tests.staff import sign_in

__all__ = ["starts"]
pytestmark = pytest.mark.django_db
OWNER = "owner@jessops.example"


def is_page(visit: Visit) -> bool:
    """A redirect, and "this is not how to ask", show nothing to anybody."""
    return visit.is_html and bool(visit.response.content)


def without(visits: list[Visit]) -> list[str]:
    """Return which pages for customers do not show the notice."""
    sale = transitions.live()
    assert sale is not None
    return [
        str(visit)
        for visit in visits
        if is_page(visit) and not visit.path.startswith("/admin/")
        if not sightings.carries(
            Page(visit.path, 200, {}, (), visit.response.content),
            transfer.wanted(sale),
        )
    ]


def test_the_notice_stands_on_every_page_there_is(
    client: Client, starts: list[str]
) -> None:
    announce(buyer="Cut & Paste <Ltd>")
    notices.forget()
    crawl = Crawl(client, [*starts, "/no/such/page/", "/search/?q=%00"])
    assert without(crawl.visits) == []
    pages = [visit for visit in crawl.visits if is_page(visit)]
    assert len({visit.path for visit in pages}) > 40
    assert {visit.response.status_code for visit in pages} >= {200, 400, 404}


def test_the_crawl_would_find_a_page_without_it(
    client: Client, starts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: no source, no notice, and every page is found."""
    announce()
    monkeypatch.setattr(notices, "_sources", [])
    notices.forget()
    crawl = Crawl(client, ["/", "/privacy/", "/trolley/"], post=False)
    assert len(without(crawl.visits)) > 10


def test_a_page_that_fails_carries_it_too(rf: RequestFactory) -> None:
    sale = announce()
    notices.forget()
    page = views.server_error(rf.get("/"))
    assert sightings.carries(
        Page("/", 500, {}, (), page.content), transfer.wanted(sale)
    )


def test_it_comes_down_when_the_sale_is_called_off(client: Client) -> None:
    sale = announce()
    notices.forget()
    assert sale.buyer in client.get("/privacy/").content.decode()
    sign_in(client, Member.objects.create_superuser(OWNER))
    client.post(f"/admin/privacy/transition/{sale.pk}/withdraw/", {"sure": "1"})
    client.logout()
    notices.forget()
    assert sale.buyer not in client.get("/privacy/").content.decode()


def test_day_29_is_refused_day_30_allowed_and_a_dark_day_begins_again(
    tmp_path: Path,
) -> None:
    """For the owner of the shop, by the only way there is (P65, C11)."""
    Member.objects.create_superuser(OWNER)
    paid("priya@example.co.uk")
    place = tmp_path / "out"
    place.mkdir(mode=0o700)

    def export(reference: str, name: str) -> None:
        call_command("export_transfer", reference, to=str(place / name), by=OWNER)

    sale = stood(29, planned_on=timezone.now().date())
    with pytest.raises(CommandError, match="29 unbroken days of 30"):
        export(sale.reference, "29")
    call_off(sale.pk)
    sale = stood(30, reference="T2026-2")
    export(sale.reference, "30")
    assert people_in(place / "30") == {"priya@example.co.uk"}
    looked(sale, [transitions.Round(timezone.now() - HOUR, good=False, bare=True)])
    with pytest.raises(CommandError, match="0 unbroken days of 30"):
        export(sale.reference, "31")
    assert [file.name for file in place.iterdir()] == ["30"]


def call_off(pk: int) -> None:
    client = Client()
    sign_in(client, Member.objects.get(email=OWNER))
    client.post(f"/admin/privacy/transition/{pk}/withdraw/", {"sure": "1"})
    assert transitions.live() is None


@pytest.mark.parametrize(
    ("use_differs", "wanted"),
    [(True, {"accepts"}), (False, {"accepts", "is-silent"})],
)
def test_who_accepts_who_declines_and_who_says_nothing(
    tmp_path: Path, use_differs: bool, wanted: set[str]
) -> None:
    """P66: in, out, out; and where nothing changes for them, silence is no refusal."""
    Member.objects.create_superuser(OWNER)
    tmp_path.chmod(0o700)
    for name in ("accepts", "declines", "is-silent"):
        paid(f"{name}@example.com")
    question = "May they write to you about insurance?" if use_differs else ""
    sale = stood(30, use_differs=use_differs, question=question)
    this = transfer.question(sale.reference)
    say("accepts@example.com", this, "yes")
    say("declines@example.com", this, "no")
    call_command("export_transfer", sale.reference, to=str(tmp_path / "set"), by=OWNER)
    found = {email.partition("@")[0] for email in people_in(tmp_path / "set")}
    assert found == wanted
