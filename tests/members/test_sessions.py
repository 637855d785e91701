"""Sessions: a new one at sign-in, dead when they should be, listed, revocable (R33)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from members import sessions
from members.models import Member, Session
from privacy import retention
from privacy.cookies import REGISTRY
from tests.builders import product
from tests.members.cast import PASSWORD, member, proved, sign_in, signed_in
from tests.staff import sign_in as staff_in

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(minute=20, second=0, microsecond=0)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/1"
DAYS30 = 30 * 24 * 3600


def is_in(client: Client) -> bool:
    return client.get("/members/").status_code == 200


def replayed(client: Client) -> Client:
    """Another browser that was given this one's session cookie."""
    other = Client()
    other.cookies["sessionid"] = client.cookies["sessionid"].value
    return other


def test_a_planted_session_is_not_the_one_that_is_signed_in(client: Client) -> None:
    """Fixation: the number that an attacker planted is worth nothing afterwards."""
    someone = member()
    client.post("/accounts/password/reset/", {"email": "a@example.co.uk"})
    planted = replayed(client)
    sign_in(client, someone.email)
    assert is_in(client)
    assert client.cookies["sessionid"].value != planted.cookies["sessionid"].value
    assert not is_in(planted)


def by_signing_out(client: Client, someone: Member) -> None:
    client.post("/accounts/logout/")


def by_another_password(client: Client, someone: Member) -> None:
    here = signed_in(someone)
    proved(here)
    data = {"oldpassword": PASSWORD, "password1": "quite another lens"}
    assert here.post("/accounts/password/change/", data).status_code == 302
    assert is_in(here), "the one at hand stays"


def by_closing(client: Client, someone: Member) -> None:
    someone.is_active, someone.deactivated_at = False, timezone.now()
    someone.save()
    sessions.end(someone)
    someone.is_active, someone.deactivated_at = True, None
    someone.save()


def by_being_deleted(client: Client, someone: Member) -> None:
    someone.delete()


@pytest.mark.parametrize(
    "ended", [by_signing_out, by_another_password, by_closing, by_being_deleted]
)
def test_a_session_that_ended_is_never_accepted_again(
    ended: Callable[[Client, Member], None],
) -> None:
    someone = member()
    client, other = Client(), Client()
    sign_in(client, someone.email)
    sign_in(other, someone.email, remember="on")
    copies = [replayed(client), replayed(other)]
    assert all(is_in(copy) for copy in copies)
    ended(client, someone)
    if ended is by_signing_out:
        assert is_in(other), "other devices stay"
        copies = copies[:1]
    assert not any(is_in(copy) for copy in copies)


def test_the_trolley_is_kept_when_a_session_dies(client: Client) -> None:
    someone, thing = member(), product()
    client.post("/trolley/add/", {"sku": thing.sku})
    sign_in(client, someone.email)
    sessions.end(someone)
    assert not is_in(client)
    assert thing.sku in client.cookies["trolley"].value


def new_number() -> str:
    store = sessions.SessionStore()
    store.create()
    return str(store.session_key)


def test_numbers_of_sessions_do_not_repeat() -> None:
    keys = {new_number() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key) == 32 for key in keys)


def life(answer: HttpResponse) -> object:
    return answer.cookies["sessionid"]["max-age"]


def test_being_remembered_is_asked_for(client: Client) -> None:
    """P31: the box is not ticked; ticked, it is thirty days."""
    someone = member()
    page = client.get("/accounts/login/").content.decode()
    assert 'name="remember"' in page
    assert "checked" not in page.partition('name="remember"')[2].partition(">")[0]
    assert life(sign_in(Client(), someone.email)) == ""
    assert life(sign_in(Client(), someone.email, remember="on")) == DAYS30
    assert REGISTRY["sessionid"].asked == DAYS30


def test_staff_are_not_remembered_however_they_ask(client: Client) -> None:
    someone = member(is_staff=True)
    assert life(sign_in(client, someone.email, remember="on")) == ""


@pytest.mark.parametrize(
    ("remember", "lasts"), [({}, timedelta(hours=24)), ({"remember": "on"}, None)]
)
def test_our_side_forgets_it_as_the_browser_does(
    remember: dict[str, str], lasts: timedelta | None
) -> None:
    someone, client = member(), Client()
    lasts = lasts or timedelta(days=30)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, someone.email, **remember)
    for after, wanted in ((lasts - timedelta(minutes=5), True), (lasts, False)):
        copy = replayed(client)
        with time_machine.travel(NOW + after + timedelta(seconds=1), tick=False):
            if wanted:
                # Looking moves the end of it: look at the row instead.
                row = Session.objects.get(member=someone)
                assert row.expire_date > timezone.now()
            else:
                assert not is_in(copy)


def visits(client: Client, *minutes: float) -> list[bool]:
    """Say for each moment, in minutes after NOW, whether the desk lets one in."""
    found = []
    for minute in minutes:
        with time_machine.travel(NOW + timedelta(minutes=minute), tick=False):
            found.append(client.get("/admin/").status_code == 200)
    return found


@pytest.fixture
def desk() -> Client:
    """Staff who signed in at NOW."""
    client = Client()
    with time_machine.travel(NOW, tick=False):
        boss = Member.objects.create_superuser("boss@example.co.uk", "password of boss")
        staff_in(client, boss)
    return client


def test_staff_who_do_nothing_for_half_an_hour_are_out(desk: Client) -> None:
    """To sixty seconds: in after 29 minutes of nothing, out after 31."""
    assert visits(desk, 29, 29 + 29, 58 + 31, 58 + 32) == [True, True, False, False]


def test_staff_are_out_after_twelve_hours_whatever_they_do(desk: Client) -> None:
    busy = [float(minute) for minute in range(10, 12 * 60, 10)]
    assert all(visits(desk, *busy, 719))
    assert visits(desk, 721) == [False]


def test_without_the_rule_staff_stay_in(desk: Client, settings: Settings) -> None:
    """The control: Django's own sessions know neither of the two ends."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if "SessionLimits" not in name
    ]
    assert visits(desk, 31, 721) == [True, True]


def test_members_may_sit_still(client: Client) -> None:
    someone = member()
    with time_machine.travel(NOW, tick=False):
        sign_in(client, someone.email)
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert is_in(client)


def test_a_row_says_whose_since_when_and_what_kind_of_device() -> None:
    someone = member()
    client = Client(headers={"User-Agent": FIREFOX})
    with time_machine.travel(NOW, tick=False):
        sign_in(client, someone.email)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        is_in(client)
    row = Session.objects.get(member=someone)
    assert row.device == "Firefox on Windows"
    assert row.began_at == NOW
    assert row.seen_at == NOW.replace(minute=0) + timedelta(hours=2)
    assert "127.0.0.1" not in str(vars(row)) + str(
        sessions.SessionStore().decode(row.session_data)
    )


@pytest.mark.parametrize(
    ("agent", "word"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Safari/537",
            "Chrome on Android",
        ),
        ("Mozilla/5.0 (Macintosh) Chrome/1 Safari/1 Edg/1.0", "Edge on a Mac"),
        ("curl/8.1", "A browser"),
        ("", "A browser"),
        ("<script>alert(1)</script>" * 100, "A browser"),
    ],
)
def test_the_word_for_a_device_is_coarse(agent: str, word: str) -> None:
    assert sessions.device(agent) == word


def test_a_member_sees_every_sign_in_and_ends_one(client: Client) -> None:
    someone = member()
    sign_in(client, someone.email)
    phone, stranger = signed_in(someone), signed_in(member())
    rows = client.get("/accounts/sessions/").context["rows"]
    assert [row["is_this"] for row in rows].count(True) == 1
    assert len(rows) == 2
    (other,) = [row for row in rows if not row["is_this"]]
    html = client.get("/accounts/sessions/").content.decode()
    for session in Session.objects.all():
        assert session.session_key not in html, "the page lets nobody in"

    path = "/accounts/sessions/end/"
    assert stranger.post(path, {"session": other["reference"]}).status_code == 404
    assert is_in(phone)
    assert client.post(path, {"session": other["reference"]}).status_code == 302
    assert not is_in(phone)
    assert is_in(client)
    assert client.post(path, {"session": other["reference"]}).status_code == 404


def test_a_member_ends_all_the_others(client: Client) -> None:
    someone = member()
    sign_in(client, someone.email)
    others = [signed_in(someone) for _ in range(3)]
    stranger = signed_in(member())
    client.post("/accounts/sessions/end/", {"all": "1"})
    assert not any(is_in(other) for other in others)
    assert is_in(client)
    assert is_in(stranger)


def test_nobody_else_gets_the_page() -> None:
    for path in ("/accounts/sessions/", "/accounts/sessions/end/"):
        assert Client().get(path).status_code in (302, 405)
    guest = Client(enforce_csrf_checks=True)
    assert guest.post("/accounts/sessions/end/", {"all": "1"}).status_code == 403
    assert signed_in(member()).get("/accounts/sessions/end/").status_code == 405


def test_the_page_reads_as_often_however_many_there_are(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    someone = member()
    mine = signed_in(someone)
    mine.get("/accounts/sessions/")
    with django_assert_max_num_queries(4):
        mine.get("/accounts/sessions/")
    for _ in range(5):
        signed_in(someone)
    with django_assert_max_num_queries(4):
        mine.get("/accounts/sessions/")


@pytest.mark.django_db(transaction=True)
def test_old_sessions_are_gone_within_the_hour() -> None:
    someone = member()
    with time_machine.travel(NOW, tick=False):
        signed_in(someone)
    clock = retention.clock("sessions")
    with time_machine.travel(NOW + timedelta(hours=24, minutes=30), tick=False):
        assert clock.run() == 0
    with time_machine.travel(NOW + timedelta(hours=25, minutes=1), tick=False):
        assert clock.run() == 1


def test_what_a_change_of_rights_ends(client: Client) -> None:
    """New rights begin with a new sign-in: an old session never grows into them."""
    colleague = member(is_staff=True)
    theirs = Client()
    staff_in(theirs, colleague)
    boss = Member.objects.create_superuser("boss@example.co.uk", "password of boss")
    staff_in(client, boss)
    page = client.get(f"/admin/members/member/{colleague.pk}/change/")
    form = page.context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {"is_active": "on", "is_superuser": "on", "groups": []}
    answer = client.post(f"/admin/members/member/{colleague.pk}/change/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    colleague.refresh_from_db()
    assert colleague.is_superuser
    assert not Session.objects.filter(member=colleague).exists()
    assert theirs.get("/admin/").status_code == 302
    assert client.get("/admin/").status_code == 200
