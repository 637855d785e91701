"""Publishing a version: what is refused, what is written, and that it stays."""

import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from privacy import checks, guard, policies, retention
from privacy.actions import policies as publishing
from privacy.actions.policies import PublishError
from privacy.cookies import REGISTRY, Cookie
from privacy.gateway import Connector, connector, forget, register
from privacy.models import ClauseChange, PolicyVersion
from privacy.policies import FOLDER, document, facts
from tests.privacy.drafts import COOKIES, draft, in_days, publish
from tests.production import environment
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def refused(folder: Path, *, number: int = 2, days: int = 31) -> str:
    """Return why publishing is refused; nothing may have been written."""
    before = PolicyVersion.objects.count(), ClauseChange.objects.count()
    with pytest.raises(PublishError) as error:
        publish(folder, number=number, days=days)
    assert (PolicyVersion.objects.count(), ClauseChange.objects.count()) == before
    return str(error.value)


def test_version_1_is_published_with_the_tables_and_holds_its_facts() -> None:
    row = PolicyVersion.objects.get()
    assert row.text == (FOLDER / "1.md").read_text()
    assert row.facts["meaning"] == facts.meaning()
    assert row.sha256 == publishing.checksum(row.text, row.facts)
    assert row.published_by == "first release"
    publishing.publish_first()
    assert PolicyVersion.objects.count() == 1


def test_a_version_is_written_whole_with_its_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        guard.PURPOSES, "biscuits", guard.Purpose("to bake", guard.CONSENT, since=2)
    )
    draft(
        tmp_path,
        head="change cookies: held biscuits\nask cookies: May we bake biscuits?",
    )
    row = publish(tmp_path)
    assert row.published_by == "Member 1"
    assert row.sha256 == publishing.checksum(row.text, row.facts)
    change = ClauseChange.objects.get()
    assert (change.version, change.clause, change.kind) == (2, "cookies", "held")
    assert (change.purpose, change.question) == ("biscuits", "May we bake biscuits?")
    assert policies.current_version() == 1
    assert policies.coming() is not None


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("", "clause cookies changed: say of what kind"),
        ("change cookies: huge", "no such kind"),
        ("change cookies: ahead\nchange links: ahead", "links did not change"),
        ("change cookies: held", "no such purpose"),
        ("change cookies: held nonsense\nask cookies: May we?", "no such purpose"),
        ("change cookies: held marketing", "what are people asked"),
        (
            "change cookies: held marketing\nask cookies: May we?",
            "purpose marketing is of version 1, not 2",
        ),
        ("change cookies: ahead marketing", "only a held change asks"),
        ("change cookies: ahead\nchange cookies: held x", "twice"),
        ("change cookies: ahead\nask links: What?", "unchanged clauses"),
        ("change cookies: ahead\nnonsense", "not"),
        ("change cookies: ahead\ncolour: red", "unknown"),
    ],
)
def test_what_a_draft_says_of_its_changes_must_be_right(
    head: str, why: str, tmp_path: Path
) -> None:
    draft(tmp_path, head=head)
    assert why in refused(tmp_path)


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("questions: 9 -->", "questions: 1 -->", "question 9 is answered by no clause"),
        ("promises: 72 73 74", "promises: 72 73", "P74 stands in 0 clauses"),
        ("promises: 72 73 74", "promises: 72 73 74 75", "P75 stands in 2 clauses"),
        ("promises: 72 73 74", "promises: 72 73 74 108", "P108 is no promise"),
        ("no cookie whatever.", "$nobody_knows.", "placeholder"),
        ("no cookie whatever.", "$5.", "placeholder"),
        ("{#links}", "{#cookies}", "two clauses are called cookies"),
        ("## Links to other sites {#links}", "## Links", "a heading needs an id"),
        ("version: 2", "version: 3", "calls itself version 3"),
    ],
)
def test_a_draft_that_is_not_whole_is_refused(
    was: str, now: str, why: str, tmp_path: Path
) -> None:
    path = draft(tmp_path)
    path.write_text(path.read_text().replace(was, now, 1))
    assert why in refused(tmp_path)


def test_only_the_next_number_and_a_draft_that_exists(tmp_path: Path) -> None:
    assert "no draft" in refused(tmp_path)
    draft(tmp_path, number=3)
    assert "next version is 2" in refused(tmp_path, number=3)
    draft(tmp_path, head="change cookies: ahead", now=COOKIES)
    assert "nothing changed" in refused(tmp_path)


def test_a_material_change_waits_thirty_days_and_wording_need_not(
    tmp_path: Path,
) -> None:
    with time_machine.travel(datetime(2028, 1, 30, 12, tzinfo=UTC), tick=False):
        draft(tmp_path)
        assert "from 2028-02-29 at the earliest" in refused(tmp_path, days=29)
        draft(tmp_path, head="change cookies: editorial")
        assert "at the earliest" in refused(tmp_path, days=-1)
        publish(tmp_path, days=0)
        assert policies.current_version() == 2
        draft(tmp_path, number=3, now="If you look around, no cookie.")
        publish(tmp_path, number=3, days=30)
    midnight = datetime(2028, 2, 29, tzinfo=UTC)
    assert policies.current_version(at=midnight - timedelta(seconds=1)) == 2
    assert policies.current_version(at=midnight) == 3


def test_a_version_of_summer_begins_at_midnight_in_london(tmp_path: Path) -> None:
    with time_machine.travel(datetime(2027, 5, 1, 12, tzinfo=UTC), tick=False):
        draft(tmp_path)
        row = publish(tmp_path, days=31)
    assert row.in_force_from == datetime(2027, 5, 31, 23, tzinfo=UTC)


def test_a_change_of_what_the_shop_does_is_more_than_wording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    biscuit = Cookie("biscuit", "p", "c", "w", max_age=86400)
    monkeypatch.setitem(REGISTRY, "biscuit", biscuit)
    draft(tmp_path, head="change cookies: editorial")
    assert "more than wording: cookie biscuit is new" in refused(tmp_path, days=1)
    draft(tmp_path)
    publish(tmp_path)
    assert checks.disagreements() == []


def test_past_versions_go_on_saying_what_they_said(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    draft(tmp_path, now="Visit $site for a biscuit <b>now</b> {{ secret }}.")
    publish(tmp_path)
    before = settings.COMPANY["email"]
    settings.COMPANY = {**settings.COMPANY, "email": "new@jessops.example"}
    later = datetime.now(UTC) + timedelta(days=40)
    with time_machine.travel(later, tick=False):
        first = client.get("/privacy/versions/1/").content.decode()
        now = client.get("/privacy/").content.decode()
    assert before in first
    assert "no cookie at all" in first
    assert "new@jessops.example" in now
    assert "biscuit &lt;b&gt;now&lt;/b&gt; {{ secret }}" in now


def test_pages_of_versions_that_are_not_there_are_not_found(client: Client) -> None:
    for path in ("versions/2/", "versions/0/", "compare/1/2/", "versions/9/policy.pdf"):
        assert client.get(f"/privacy/{path}").status_code == 404, path
    huge = "9" * 30
    assert client.get(f"/privacy/versions/{huge}/").status_code == 404


# --- C19: the policy cannot go stale ---
def test_what_the_policy_does_not_say_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks.refuse_to_start()
    biscuit = Cookie("biscuit", "p", "c", "w", max_age=86400)
    monkeypatch.setitem(REGISTRY, "biscuit", biscuit)
    with pytest.raises(checks.PolicyDisagrees, match="cookie biscuit is new"):
        checks.refuse_to_start()
    monkeypatch.delitem(REGISTRY, "biscuit")
    longer = Cookie(**{**vars(REGISTRY["trolley"]), "max_age": 30 * 86400})
    monkeypatch.setitem(REGISTRY, "trolley", longer)
    with pytest.raises(checks.PolicyDisagrees, match=r"cookie trolley was: .*14 days"):
        checks.refuse_to_start()


def test_a_carrier_that_the_policy_does_not_list_stops_the_start(
    settings: Settings,
) -> None:
    settings.NEW_BASE = "https://carrier.example"
    register(
        Connector(
            name="new-carrier",
            recipient="New Carrier",
            purpose="delivery",
            base_url_setting="NEW_BASE",
            fields=frozenset({"name"}),
        )
    )
    try:
        with pytest.raises(
            checks.PolicyDisagrees, match="recipient new-carrier is new"
        ):
            checks.refuse_to_start()
        with pytest.raises(CommandError, match="recipient new-carrier is new"):
            call_command("check", databases=["default"], stderr=io.StringIO())
    finally:
        forget("new-carrier")
    call_command("check", databases=["default"], stdout=io.StringIO())


def test_between_publication_and_its_day_the_old_and_the_new_code_may_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trolley = REGISTRY["trolley"]
    longer = Cookie(**{**vars(trolley), "max_age": 30 * 86400})
    monkeypatch.setitem(REGISTRY, "trolley", longer)
    draft(tmp_path)
    publish(tmp_path, days=31)
    checks.refuse_to_start()
    monkeypatch.setitem(REGISTRY, "trolley", trolley)
    checks.refuse_to_start()
    later = datetime.now(UTC) + timedelta(days=32)
    with time_machine.travel(later, tick=False):
        with pytest.raises(checks.PolicyDisagrees, match=r"30 days .* is: .*14 days"):
            checks.refuse_to_start()
        monkeypatch.setitem(REGISTRY, "trolley", longer)
        checks.refuse_to_start()


@pytest.mark.parametrize(
    ("setting", "value", "name"),
    [
        ("LOG_ANALYSER", "GoAccess", "log analyser"),
        ("HTTPS", True, "encryption"),
    ],
)
def test_encryption_and_what_reads_the_logs_are_facts_of_the_policy(
    setting: str, value: object, name: str, settings: Settings
) -> None:
    setattr(settings, setting, value)
    with pytest.raises(checks.PolicyDisagrees, match=f"{name} was: .* - and is:"):
        checks.refuse_to_start()


def test_a_retention_period_another_purpose_and_a_field_more_stop_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    party = connector("addresses")
    parties = sys.modules["privacy.gateway.connectors"].__dict__["_connectors"]
    wider = replace(party, fields=party.fields | {"line1"}, personal=None)
    for registry, name, other, said in (
        (retention._clocks, "drafts", days(99), "kept drafts was"),
        (guard.PURPOSES, "bake", guard.Purpose("to bake", "w"), "purpose bake is new"),
        (parties, "addresses", wider, "recipient addresses was"),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(registry, name, other)
            with pytest.raises(checks.PolicyDisagrees, match=said):
                checks.refuse_to_start()


def days(number: int) -> retention.Clock:
    """Return the clock of drafts with so many days on it."""
    period = retention.Period(days=number)
    return replace(retention.clock("drafts"), period=period)


def test_contacts_are_no_change_of_meaning(settings: Settings) -> None:
    settings.COMPANY = {**settings.COMPANY, "telephone": "0116 496 0001"}
    checks.refuse_to_start()


def test_a_published_file_stays_as_it_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1.md").write_text((FOLDER / "1.md").read_text() + "\nMore.\n")
    monkeypatch.setattr(checks, "FOLDER", tmp_path)
    with pytest.raises(checks.PolicyDisagrees, match="version 1 is published"):
        checks.refuse_to_start()


def test_a_database_that_cannot_be_asked_does_not_stop_the_start() -> None:
    """In a process of its own, with a database that is not there."""
    code = "import django; django.setup(); from privacy import checks; "
    done = subprocess.run(
        [sys.executable, "-c", code + "checks.refuse_to_start(); print('started')"],
        env={
            **environment(),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "DJANGO_SETTINGS_MODULE": "jessops.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip().endswith("started"), done.stderr


# --- staff ---------------------------------------------------------------------------
@pytest.fixture
def owner(client: Client) -> Client:
    members = get_user_model().objects
    sign_in(client, members.create_superuser("owner@jessops.example", "x" * 12))
    return client


@pytest.fixture
def drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of drafts that the staff's ways read, too."""
    for function in (publishing.publish, publishing.read):
        defaults = function.__kwdefaults__ or {}
        if "folder" in defaults:
            monkeypatch.setitem(defaults, "folder", tmp_path)
        else:
            monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    return tmp_path


def test_staff_see_the_difference_and_publish(owner: Client, drafts: Path) -> None:
    draft(drafts)
    address = "/admin/privacy/policyversion/publish/"
    page = owner.get(address).content.decode()
    assert "<ins>whatever.</ins>" in page
    owner.post(address, {"in_force_from": in_days(40)})
    assert PolicyVersion.objects.count() == 1  # not sure
    assert (
        "earliest"
        in owner.post(
            address, {"in_force_from": in_days(3), "sure": "on"}
        ).content.decode()
    )
    owner.post(address, {"in_force_from": in_days(40), "sure": "on"})
    assert PolicyVersion.objects.count() == 2
    owner.post(address, {"in_force_from": in_days(40), "sure": "on"})
    assert PolicyVersion.objects.count() == 2


def test_nobody_changes_or_deletes_a_version_and_not_all_staff_publish(
    owner: Client, drafts: Path
) -> None:
    draft(drafts)
    for way in ("1/change/", "1/delete/", "add/"):
        answer = owner.post(f"/admin/privacy/policyversion/{way}", {"summary": "x"})
        assert answer.status_code in (403, 405), way
    clerk = Client()
    sign_in(
        clerk,
        get_user_model().objects.create_user(
            "clerk@jessops.example", "x" * 12, is_staff=True
        ),
    )
    clerk.post(
        "/admin/privacy/policyversion/publish/",
        {"in_force_from": in_days(40), "sure": "on"},
    )
    assert PolicyVersion.objects.count() == 1


def test_the_command_publishes_and_says_line_by_line_what_is_wrong(
    owner: Client, drafts: Path
) -> None:
    def run(*words: str) -> str:
        out = io.StringIO()
        call_command("publish_policy", *words, stdout=out)
        return out.getvalue()

    day = in_days(40).isoformat()
    draft(drafts, head="")
    with pytest.raises(CommandError, match="clause cookies changed"):
        run("2", "--in-force", day, "--by", "owner@jessops.example")
    draft(drafts)
    with pytest.raises(CommandError, match="must be staff"):
        run("2", "--in-force", day, "--by", "nobody@jessops.example")
    assert "Version 2 is published" in run(
        "2", "--in-force", day, "--by", "owner@jessops.example"
    )


def test_a_head_must_be_a_head() -> None:
    with pytest.raises(document.PolicyError, match="missing"):
        document.parse("version: 1", {})
    with pytest.raises(document.PolicyError, match="before the head"):
        document.parse("x\n---\nversion: 1\nsummary: s\n---\n", {})
