"""Asking us something: the form, the acknowledgement, the thread (P3, P4)."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from members.actions import answers, enquiries
from members.models import Enquiry, EnquiryEvent, EnquiryMessage, Member
from newsletter.models import Message

pytestmark = pytest.mark.django_db

# Quill writes to us. Nobody of that name was asked.
QUILL = {
    "kind": "question",
    "message": "Does the case of the EOS-1 fit the EOS-3?",
    "order": "",
    "full_name": "Quill Marrow",
    "email": "quill@example.co.uk",
    "telephone": "",
    "contact_by": "email",
    "attempt": "a" * 32,
}


def ask(client: Client, **changes: str) -> Enquiry:
    response = client.post("/enquiries/", {**QUILL, **changes})
    assert response.status_code == 303, response.content.decode()
    return Enquiry.objects.latest("pk")


def asked(**changes: Any) -> Enquiry:
    """An enquiry without the page."""
    given = {"words": "Where is it?", "email": "quill@example.co.uk", **changes}
    kind = given.pop("kind", "question")
    return enquiries.ask(asked=enquiries.Asked(**given), kind=kind)


def test_one_form_is_one_enquiry_and_one_acknowledgement(client: Client) -> None:
    for _ in range(3):
        response = client.post("/enquiries/", QUILL)
        assert response.status_code == 303
    enquiry = Enquiry.objects.get()
    assert response["Location"] == f"/enquiries/?sent={enquiry.reference}"
    mail = Message.objects.get()
    assert mail.to == "quill@example.co.uk"
    assert enquiry.reference in mail.subject
    assert enquiry.get_absolute_url() in mail.text
    assert enquiry.acknowledged_at is not None
    assert not client.cookies
    assert enquiry.reference in client.get(response["Location"]).content.decode()


def test_the_page_says_when_and_works_for_anybody(client: Client) -> None:
    response = client.get("/enquiries/")
    page = response.content.decode()
    assert "within 5 working days" in page
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies


def test_an_orders_page_leads_to_the_form_with_its_number(client: Client) -> None:
    page = client.get("/enquiries/?order=J26-1234-5678").content.decode()
    assert 'value="J26-1234-5678"' in page
    hostile = client.get("/enquiries/?order=%22%3E%3Cscript%3E").content.decode()
    assert "<script>" not in hostile.split("<main")[1]
    assert "&gt;&lt;script" not in hostile


def test_mistakes_are_said_and_what_was_typed_stays(client: Client) -> None:
    wrong = {**QUILL, "kind": "", "email": "quill", "message": "Keep me"}
    page = client.post("/enquiries/", {**wrong, "order": "12"}).content.decode()
    assert "There are 3 things to fix" in page
    assert "Keep me" in page
    assert 'value="quill"' in page
    assert not Enquiry.objects.exists()


def test_who_wants_to_be_rung_gives_a_number(client: Client) -> None:
    page = client.post("/enquiries/", {**QUILL, "contact_by": "telephone"})
    assert "Enter the number you want us to ring" in page.content.decode()
    enquiry = ask(client, contact_by="telephone", telephone="01632 960123")
    assert enquiry.wish == "telephone"


def test_a_card_number_is_not_kept(client: Client) -> None:
    words = "My card 4242 4242 4242 4242 was charged; NI AB 12 34 56 C. Order 12345."
    enquiry = ask(client, message=words)
    body = enquiry.messages.get().body
    assert "4242" not in body
    assert "AB 12" not in body
    assert "Order 12345" in body


def test_the_same_is_said_whoever_asks(client: Client) -> None:
    Member.objects.create_user("quill@example.co.uk")
    known = client.post("/enquiries/", QUILL)
    other = {**QUILL, "email": "who@example.co.uk", "attempt": "b" * 32}
    unknown = client.post("/enquiries/", other)
    assert known.status_code == unknown.status_code == 303
    assert known["Location"][:20] == unknown["Location"][:20]


def test_the_form_is_asked_only_so_often(client: Client) -> None:
    for number in range(20):
        ask(client, attempt=f"{number:032d}")
    again = client.post("/enquiries/", {**QUILL, "attempt": "c" * 32})
    assert again.status_code == 429


def test_one_address_is_not_flooded_and_the_rest_is_said_later() -> None:
    with time_machine.travel("2026-11-24 10:00Z", tick=False):
        for _ in range(7):
            asked()
        assert Message.objects.count() == 5
        enquiries.look_after()
        assert Message.objects.count() == 5
    with time_machine.travel("2026-11-24 11:01Z", tick=False):
        enquiries.look_after()
    assert Message.objects.count() == 7
    assert not Enquiry.objects.filter(acknowledged_at=None).exists()


def test_a_member_is_prefilled_and_sees_only_their_own(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    member = Member.objects.create_user("quill@example.co.uk", full_name="Quill M.")
    others = asked(email="other@example.co.uk")
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    page = client.get("/enquiries/").content.decode()
    assert "Quill M." in page
    assert 'name="email"' not in page
    assert others.reference not in page
    assert client.post("/enquiries/", QUILL).status_code == 403
    token = client.cookies["csrftoken"].value
    given = {**QUILL, "csrfmiddlewaretoken": token, "email": "forged@example.com"}
    response = client.post("/enquiries/", given)
    enquiry = Enquiry.objects.latest("pk")
    assert response["Location"] == enquiry.get_absolute_url()
    assert enquiry.email == "quill@example.co.uk"
    with django_assert_max_num_queries(4):  # session, member, enquiries, notices
        client.get("/enquiries/")
    for _ in range(4):
        asked()
    with django_assert_max_num_queries(4):
        page = client.get("/enquiries/").content.decode()
    assert page.count("/enquiries/E") == 0
    assert page.count("We answer by") == 5


def test_a_thread_is_private_and_found_by_its_key_alone(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    enquiry = ask(client)
    client.get(enquiry.get_absolute_url())  # what a process reads once
    with django_assert_max_num_queries(3):  # enquiry, messages, notices
        response = client.get(enquiry.get_absolute_url())
    page = response.content.decode()
    assert QUILL["message"] in page
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Cache-Control"] == "private, no-store"
    assert not response.cookies
    assert client.get(f"/enquiries/{enquiry.reference}/").status_code == 404
    assert client.get(f"/enquiries/{'a' * 32}/").status_code == 404


def test_a_word_added_is_said_once_and_opens_it_again(client: Client) -> None:
    enquiry = ask(client)
    answers.answer(enquiry=enquiry, staff=1, words="Yes, it fits.")
    url = enquiry.get_absolute_url()
    for _ in range(2):
        word = {"act": "said", "message": "And the strap?", "attempt": "d" * 32}
        assert client.post(url, word).status_code == 303
    enquiry.refresh_from_db()
    assert enquiry.is_open
    assert enquiry.messages.count() == 3
    assert client.post(url, {"act": "said", "message": " "}).status_code == 200
    assert client.post(url, {"act": "burn"}).status_code == 404
    assert client.post(url, {"act": "close"})["Location"].endswith("?done=close")
    enquiry.refresh_from_db()
    assert enquiry.is_closed
    assert not enquiries.close(enquiry=enquiry)
    client.post(url, {"act": "said", "message": "Not quite"})
    enquiry.refresh_from_db()
    assert enquiry.is_open
    assert enquiry.closed_at is None


def test_who_is_not_satisfied_goes_to_liaison_at_once_and_once(client: Client) -> None:
    enquiry = ask(client)
    answers.answer(enquiry=enquiry, staff=1, words="No.")
    for _ in range(2):
        done = client.post(enquiry.get_absolute_url(), {"act": "object"})
        assert done.status_code in (303, 404)
    enquiry.refresh_from_db()
    assert (enquiry.team, enquiry.escalated_why) == ("liaison", "not-satisfied")
    assert enquiry.is_open
    codes = list(EnquiryEvent.objects.values_list("code", flat=True))
    assert codes.count("escalated") == 1
    assert Message.objects.filter(key__startswith="enquiry_handed_over").count() == 1
    assert (
        "not satisfied" not in client.get(enquiry.get_absolute_url()).content.decode()
    )
    answers.answer(enquiry=enquiry, staff=2, words="Sorry, yes.")
    client.post(enquiry.get_absolute_url(), {"act": "object"})
    enquiry.refresh_from_db()
    assert enquiry.is_open
    enquiries.close(enquiry=enquiry)
    with pytest.raises(enquiries.Closed):
        enquiries.object_to(enquiry=enquiry)


@pytest.mark.parametrize(
    ("kind", "team"),
    [
        ("question", "web-sales"),
        ("complaint", "web-sales"),
        ("policy", "web-design"),
        ("data", "privacy"),
    ],
)
def test_each_kind_comes_to_its_desk(client: Client, kind: str, team: str) -> None:
    assert ask(client, kind=kind).team == team


def test_the_ledger_holds_codes_and_no_words() -> None:
    enquiry = asked(words="A secret")
    assert EnquiryMessage.objects.get().body == "A secret"
    for event in EnquiryEvent.objects.all():
        assert event.reference == enquiry.reference
        assert "secret" not in f"{event.code} {event.detail} {event.by}"
