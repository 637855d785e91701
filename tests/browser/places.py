"""Every page of the shop, in every state it can be in, and how to get there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from clubs import links
from clubs.actions import demo
from jessops.lib.hashing import email_hash
from members.actions import answers as replies
from members.actions import enquiries, requests
from members.models import Enquiry
from newsletter import leaving_links, sign_up_links
from newsletter.actions import sign_up
from newsletter.models import Subscription
from privacy import choices
from privacy import links as answers
from privacy.models import ClauseChange
from shop.actions import orders
from shop.models import Order, Payment, PaymentStatus, Product, Status
from tests.browser.steps import CAMERA_PAGE
from tests.builders import draft_token, move_order
from tests.clubs.cast import WREN, club, contact

HELP = "delivery returns used-grades contact terms accessibility company".split()
PRIYA = {
    "full_name": "Priya Raman",
    "email": "priya@example.co.uk",
    "postcode": "SL7 1EY",
    "line1": "12 Mill Lane",
    "town": "Marlow",
}


@dataclass(frozen=True)
class Place:
    """A page: its address, the trolley brought along, what to press once there."""

    name: str
    path: str
    trolley: str = ""
    act: Callable[[Page], None] | None = None
    status: int = 200

    def open(self, page: Page, url: str) -> None:
        page.context.clear_cookies()
        if self.trolley:
            cookie = {"name": "trolley", "value": self.trolley, "url": url}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
        answer = page.goto(f"{url}{self.path}")
        assert answer is not None
        assert answer.status == self.status, (self.name, answer.status)
        if self.act:
            self.act(page)


def _press(name: str, **fields: str) -> Callable[[Page], None]:
    """Fill in fields by id, then press a button and wait for the next page."""

    def act(page: Page) -> None:
        for field, value in fields.items():
            page.locator(f"#id_{field}").fill(value)
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile(name)).first.click()

    return act


def _trolley(page: Page) -> None:
    field = page.get_by_role("textbox", name="Quantity").first
    field.fill("0x")
    with page.expect_navigation():
        field.press("Enter")


def shop_places() -> list[Place]:
    """Where people look round; the demo catalogue is loaded."""
    used = Product.objects.filter(condition="used", stock__on_hand__gt=0).first()
    sold_out = Product.objects.filter(condition="new", stock__on_hand=0).first()
    cut = Product.objects.filter(was_price__isnull=False).first()
    assert used
    assert sold_out
    assert cut
    filtered = "?brand=fujifilm&in_stock=1&price_max=2000&sort=price"
    return [
        Place("home", "/"),
        Place("departments", "/shop/"),
        Place("list", "/shop/cameras/"),
        Place("list-part", "/shop/cameras/mirrorless/?page=2"),
        Place("list-filtered", f"/shop/cameras/{filtered}"),
        Place("list-none", "/shop/cameras/?brand=fujifilm&price_max=1"),
        Place("list-complaint", "/shop/lenses/?sort=love&price_min=ten"),
        Place("list-used", "/shop/used/"),
        Place("list-film", "/shop/film/"),
        Place("search", "/search/?q=hp5"),
        Place("search-mistyped", "/search/?q=fujiflim"),
        Place("search-none", "/search/?q=zzzzzz"),
        Place("search-blank", "/search/"),
        Place("product", CAMERA_PAGE),
        Place("product-lens", _first("lenses")),
        Place("product-film", _first("film")),
        Place("product-bag", _first("bags-tripods")),
        Place("product-accessory", _first("accessories")),
        Place("product-cut", cut.get_absolute_url()),
        Place("product-used", used.get_absolute_url()),
        Place("product-sold-out", sold_out.get_absolute_url()),
        Place("error-404", "/no/such/page/", status=404),
        Place("error-400", "/search/?q=%00", status=400),
    ]


def text_places() -> list[Place]:
    return [
        *(Place(f"help-{slug}", f"/help/{slug}/") for slug in HELP),
        Place("privacy", "/privacy/"),
        Place("cookies", "/privacy/cookies/"),
        Place("cookies-opened", "/privacy/cookies/", f"1|{_film().sku}:2"),
        Place("cookies-strange", "/privacy/cookies/", "1|X|" + "Y" * 2600),
        Place(
            "cookies-forgotten",
            "/privacy/cookies/",
            f"1|{_film().sku}:2",
            _press("Empty and forget"),
        ),
        Place("certificate", "/privacy/certificate/"),
        Place("what-we-hold", "/privacy/what-we-hold/"),
        *choice_places(),
        Place("transition", "/privacy/transition/"),
        Place("disclosures", "/privacy/disclosures/"),
        Place("announcements", "/privacy/announcements/"),
        Place("promises", "/privacy/promises/"),
        Place("promise", "/privacy/promises/P33/"),
        Place("proved", "/privacy/promises/P33/", act=_press("Prove it now")),
    ]


def choice_places() -> list[Place]:
    """The page behind a letter's link: not answered, half answered, answered."""
    ClauseChange.objects.get_or_create(
        version=99,
        clause="cookies",
        kind=ClauseChange.Kind.HELD,
        purpose="biscuits",
        question="May we bake biscuits from what you ordered?",
    )
    question = choices.change(99, "cookies")
    found = []
    for name in ("new", "marked", "answered"):
        subject = email_hash(f"{name}@example.co.uk")
        path = f"/privacy/choice/{answers.token(subject, question)}/"
        mark = "?answer=no" if name == "marked" else ""
        act = _press("Yes, you may") if name == "answered" else None
        found.append(Place(f"choice-{name}", f"{path}{mark}", act=act))
    return found


def desk_places() -> list[Place]:
    """From the trolley to the end of the order form."""
    camera = Product.objects.get(slug=CAMERA_PAGE.split("/")[2])
    film = Product.objects.get(slug=_first("film").split("/")[2])
    full = f"1|{camera.sku}:1|{film.sku}:2"
    return [
        Place("trolley", "/trolley/", full),
        Place("trolley-added", f"/trolley/?added={camera.sku}", full),
        Place("trolley-empty", "/trolley/"),
        Place("trolley-changed", "/trolley/", f"1|{camera.sku}:99|GONE-1:1|x"),
        Place("trolley-too-dear", "/trolley/", _dear()),
        Place("trolley-problem", "/trolley/", full, _trolley),
        Place("checkout", "/checkout/", full),
        Place("checkout-changed", "/checkout/", f"1|{film.sku}:1|GONE-1:1"),
        Place(
            "checkout-found",
            "/checkout/",
            full,
            _press("Find address", postcode="SL7 1EY"),
        ),
        Place("checkout-not-found", "/checkout/", full, _press("Find address")),
        Place("checkout-errors", "/checkout/", full, _press("Continue to check")),
        Place(
            "review",
            "/checkout/",
            full,
            _press("Continue to check", **PRIYA),
        ),
        Place("find-order", "/orders/find/"),
        Place("find-order-errors", "/orders/find/", act=_press("Send the link")),
        Place(
            "find-order-sent",
            "/orders/find/",
            act=_press(
                "Send the link", number="J26-1234-5678", email="priya@example.co.uk"
            ),
        ),
    ]


def order_places() -> list[Place]:
    """The page of an order in each of its states, and its review page with trouble."""
    sku = Product.objects.get(slug=CAMERA_PAGE.split("/")[2]).sku
    now = timezone.now()
    closed = {"placed_at": now, "closed_at": now}
    paid = {"placed_at": now, "authorised_at": now, "status": Status.AUTHORISED}
    states: dict[str, dict[str, object]] = {
        "authorised": paid,
        "authorised-review": paid | {"review": "address", "no_marketing": True},
        "pending": {"placed_at": now, "status": Status.PENDING},
        "lapsed": closed | {"status": Status.LAPSED, "closed_why": "expired"},
        "cancelled": closed | {"status": Status.CANCELLED, "closed_why": "bank"},
        "sold-out": closed | {"status": Status.CANCELLED, "closed_why": "sold-out"},
        "twin": closed | {"status": Status.CANCELLED, "closed_why": "twin"},
    }
    found = []
    for number, (name, changes) in enumerate(states.items()):
        order = _order(sku, f"person{number}@example.co.uk", changes)
        if name == "twin":
            orders.event(order, "twin", by="shop", detail="J26-4812-0751")
        found.append(Place(f"order-{name}", order.get_absolute_url()))
    mismatched = _order(
        sku, "other@example.co.uk", states["lapsed"] | {"closed_why": "mismatch"}
    )
    Payment.objects.create(
        order=mismatched,
        reference="mismatched",
        amount_pence=mismatched.total_pence,
        status=PaymentStatus.REFUSED,
        mismatch="amount",
        expires_at=now,
    )
    found.append(Place("order-refused", mismatched.get_absolute_url()))
    found.append(Place("order-account", f"{found[0].path}account/"))
    stale = _order(sku, "late@example.co.uk", {"good_until": now - timedelta(hours=3)})
    waiting = _order(sku, "declined@example.co.uk", states["pending"])
    Payment.objects.create(
        order=waiting,
        reference="declined",
        amount_pence=waiting.total_pence,
        status=PaymentStatus.OPEN,
        problem="generic_decline",
        expires_at=now + timedelta(minutes=30),
    )
    # The same as person0 paid for, and no trolley that holds it again.
    second = _order(sku, "person0@example.co.uk", {})
    lapsed = next(place for place in found if place.name == "order-lapsed")
    theirs = f"{found[0].path}choices/"
    return [
        *found,
        Place("choices", theirs),
        Place("choices-saved", theirs, act=_press("Save$")),
        Place("choices-wish", theirs, act=_press("Save how to reach me")),
        Place("choices-none", theirs, act=_press("Say no to everything")),
        Place("review-stale", f"/orders/{stale.token}/review/"),
        Place("review-declined", f"/orders/{waiting.token}/review/"),
        Place("review-lapsed", f"{lapsed.path}review/"),
        Place(
            "review-already",
            f"/orders/{second.token}/review/",
            act=_press("Order and pay"),
        ),
        Place("change", f"/orders/{stale.token}/change/", f"1|{sku}:1"),
        Place("order-data", f"{lapsed.path}data/"),
        Place("order-data-sent", f"{lapsed.path}data/", act=_press("Send me the link")),
        Place("copy-gone", "/privacy/copy/no-such-link/", status=404),
    ]


def _near(near: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("#near").fill(near)
        with page.expect_navigation():
            page.get_by_role("button", name="Find clubs").click()

    return act


def club_places() -> list[Place]:
    """The Clubfinder; the demonstration's clubs are loaded if there are none."""
    demo.load()
    mine = club(name="Gull and Tide Group", website="https://quiet.example/")
    contact(mine, "name", "email")
    quiet = club(name="Nobody Speaks For It")
    entry = links.for_contact(mine, WREN["email"])
    return [
        Place("clubs", "/clubs/"),
        Place("clubs-near", "/clubs/?near=SL7"),
        Place("clubs-postcode", "/clubs/", act=_near("SL7 1EY")),
        Place("clubs-postcode-unknown", "/clubs/", act=_near("SL7 9ZZ")),
        Place("clubs-many", "/clubs/?near=SL7&within=any&page=3"),
        Place("clubs-far", "/clubs/?near=TR21&within=5&night=6"),
        Place("clubs-county", "/clubs/?near=Kent"),
        Place("clubs-mistyped", "/clubs/?q=halatoin"),
        Place("clubs-which", "/clubs/?near=Bangor"),
        Place("clubs-nowhere", "/clubs/?near=zzzz&q=zzzz"),
        Place("club", mine.get_absolute_url()),
        Place("club-quiet", quiet.get_absolute_url()),
        Place("club-ask", f"{mine.get_absolute_url()}change/"),
        Place("club-list", "/clubs/list-a-club/"),
        Place("club-entry", entry),
        Place("club-entry-done", f"{entry}?done=remove"),
        Place("club-new", links.for_new(WREN["email"])),
        Place("club-gone", f"{mine.get_absolute_url()}change/{'x' * 30}/", status=404),
    ]


def newsletter_places() -> list[Place]:
    """The form, and the page behind the link in its one mail."""
    sign_up.ask(email="reader@example.co.uk", name="")
    waiting = sign_up_links.confirm(Subscription.objects.latest("asked_at").pk)
    return [
        Place("newsletter", "/newsletter/"),
        Place("newsletter-errors", "/newsletter/", act=_press("Ask for")),
        Place("newsletter-confirm", waiting),
        Place("newsletter-confirmed", waiting, act=_press("Yes, send it to me")),
    ]


def leaving_places() -> list[Place]:
    """The page behind a letter's way out: on two lists, on none, and after a press."""
    found = []
    for name in ("two", "none", "pressed"):
        email = f"{name}.lists@example.co.uk"
        for question in () if name == "none" else (choices.NEWS, choices.NEWSLETTER):
            choices.record(
                email=email,
                purpose=question,
                answer="yes",
                where="choices",
                wording="?",
            )
        token = leaving_links.token(email_hash(email), choices.NEWS)
        act = _press("Stop all of these") if name == "pressed" else None
        path = f"/newsletter/unsubscribe/{token}/"
        found.append(Place(f"leaving-{name}", path, act=act))
    return found


def enquiry_places() -> list[Place]:
    """The form, and a thread in each of its states."""

    def asked(name: str, **changes: str) -> Enquiry:
        given = {"words": "Does it fit?\n\nMine is an old one.", **changes}
        return enquiries.ask(
            asked=enquiries.Asked(email=f"{name}@example.co.uk", **given),
            kind="complaint",
        )

    threads = {name: asked(name) for name in "open answered handed closed".split()}
    for name in ("answered", "handed", "closed"):
        replies.answer(enquiry=threads[name], staff=1, words="Yes.\n\nIt does.")
    enquiries.object_to(enquiry=threads["handed"])
    enquiries.close(enquiry=threads["closed"])
    request = requests.take_in(
        kind="access",
        channel="telephone",
        email="asked@example.co.uk",
        full_name="",
        words="A copy",
        by="staff:1",
    )
    thread = threads["open"].get_absolute_url()
    return [
        Place("enquiries", "/enquiries/"),
        Place("enquiries-errors", "/enquiries/", act=_press("Send it to us")),
        Place("enquiries-sent", "/enquiries/?sent=E26-1234-5678"),
        *(
            Place(f"enquiry-{name}", one.get_absolute_url())
            for name, one in threads.items()
        ),
        Place("enquiry-errors", thread, act=_press("Send it")),
        Place("enquiry-said", thread, act=_press("Send it", message="And this?")),
        Place("enquiry-prove", requests.prove_path(request)),
        Place(
            "enquiry-proved",
            requests.prove_path(request),
            act=_press("Yes, that was me"),
        ),
    ]


def sign_in_places() -> list[Place]:
    """The way in, as a stranger finds it (test_members_sign_in goes on from here)."""
    return [
        Place("sign-in", "/accounts/login/"),
        Place("sign-in-errors", "/accounts/login/", act=_press("^Sign in$")),
        Place("sign-up", "/accounts/signup/"),
        Place("sign-up-errors", "/accounts/signup/", act=_press("Create the account")),
        Place("new-password", "/accounts/password/reset/"),
        Place("account-closed", "/accounts/inactive/"),
    ]


def all_places() -> list[Place]:
    return [
        *shop_places(),
        *text_places(),
        *desk_places(),
        *order_places(),
        *club_places(),
        *enquiry_places(),
        *newsletter_places(),
        *leaving_places(),
        *sign_in_places(),
    ]


def _first(department: str) -> str:
    found = Product.objects.filter(
        category__parent__slug=department, condition="new", stock__on_hand__gt=2
    ).order_by("-popularity", "pk")[0]
    return found.get_absolute_url()


def _film() -> Product:
    return Product.objects.get(slug=_first("film").split("/")[2])


def _dear() -> str:
    """More than one card payment takes, all of it there: 99 of the dearest things."""
    rows = Product.objects.order_by("-price").values_list("sku", "stock__on_hand")
    lines = [f"{sku}:{min(there, 99)}" for sku, there in rows[:60] if there]
    return "|".join(["1", *sorted(lines)])


def _order(sku: str, email: str, changes: dict[str, object]) -> Order:
    token = draft_token(Client(), {sku: 1}, email=email)
    values = dict(changes)
    if (status := values.pop("status", Status.DRAFT)) != Status.DRAFT:
        move_order(token, str(status), **values)
    return Order.objects.get(token=token)
