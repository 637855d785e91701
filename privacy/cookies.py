"""The cookie registry: every cookie that this site may set, and nothing else.

The cookie page of the policy is made from it, and the middleware refuses any
Set-Cookie that differs from it (promises P26, P28, P29, P34, P35).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import Morsel

DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Cookie:
    """One cookie: `max_age` in seconds, or None when it ends with the browser.

    `asked` is another life, of whoever asks for it by ticking `by`; never by default.
    """

    name: str
    purpose: str
    contents: str
    when: str
    max_age: int | None
    asked: int | None = None
    by: str = ""

    @property
    def life(self) -> str:
        """The life in words, for people."""
        if self.asked is not None:
            return (
                "When you close the browser; if you ticked"
                f" “{self.by}”, {self.asked // DAY} days after your last visit, or when"
                " you sign out"
            )
        if self.max_age is None:
            return "When you close the browser"
        days = self.max_age // DAY
        return f"{days} days after you last changed it"


REGISTRY: dict[str, Cookie] = {
    cookie.name: cookie
    for cookie in (
        Cookie(
            name="trolley",
            purpose="Remembers what is in your trolley",
            contents="Product codes and quantities, as plain text. Nothing else.",
            when="When you put something in the trolley",
            max_age=14 * DAY,
        ),
        Cookie(
            name="csrftoken",
            purpose="Shows that a form was sent from our own page",
            contents="A random code. It is not stored by us.",
            when="When you open a form that asks for personal details",
            max_age=None,
        ),
        Cookie(
            name="sessionid",
            purpose="Keeps members and our staff signed in",
            contents="A random code that points to the sign-in",
            when="When you join, sign in or ask for a new password",
            max_age=None,
            asked=30 * DAY,
            by="Remember me",
        ),
    )
}


class UnlistedCookie(Exception):
    """A response sets a cookie that the registry does not allow."""


def faults(morsel: "Morsel[str]", *, secure: bool) -> Iterable[str]:
    """Yield what is wrong with one Set-Cookie, in words, without its value.

    `secure` says that the response travels over TLS, where every cookie must be bound
    to TLS.
    """
    listed = REGISTRY.get(morsel.key)
    if listed is None:
        yield "is not in the registry"
        return
    if str(morsel["max-age"]) == "0":
        return  # a cookie being taken away
    if morsel["domain"]:
        yield "names a domain, so other hosts would get it"
    if morsel["path"] != "/":
        yield "has another path than /"
    if morsel["samesite"] not in ("Lax", "Strict"):
        yield "has no SameSite"
    if not morsel["httponly"]:
        yield "can be read by scripts"
    if secure and not morsel["secure"]:
        yield "would also travel without TLS"
    age = str(morsel["max-age"])
    if listed.asked is not None and age == str(listed.asked):
        return
    if listed.max_age is None:
        if age or morsel["expires"]:
            yield "would outlive the browser's closing"
    elif age != str(listed.max_age):
        yield "has another life than the registry says"
