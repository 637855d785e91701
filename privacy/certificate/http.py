"""The crawl by plain requests: reads pages, styles, scripts and drawings as served."""

import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from django.conf import settings

from privacy import cookies
from privacy.certificate.findings import HTTP, Found
from privacy.certificate.frontier import SIGN_IN, Frontier
from privacy.gateway import GatewayError, ourselves
from privacy.gateway.ourselves import Page
from privacy.pages import followed, requests_of, whole
from privacy.probes.cookies import jar, name_of
from privacy.probes.walk import sku

MOST_PAGES = 300
FEWEST_PAGES = 10  # fewer than that is no crawl of a shop
SECONDS = 75.0  # a worker's task must be over before the broker gives it to another
# Of the time that an answer took: the shop's visitors come first.
PAUSE = 0.5
WITH_TROLLEY = ("/trolley/", "/checkout/", "/privacy/cookies/", "/")
_READ = ("text/css", "image/svg+xml")  # and scripts


def crawl(*, most: int = MOST_PAGES, seconds: float = SECONDS) -> Found:
    """Visit the shop as somebody without cookies, then put a thing into the trolley.

    Raises NotAnswered when the shop does not answer at all: then nothing was looked at.
    """
    return Crawl(most, seconds).run()


class Crawl:
    def __init__(self, most: int, seconds: float) -> None:
        self.found = Found(HTTP)
        self.most = most
        self.until = time.monotonic() + seconds
        self.frontier = Frontier()
        self.parts: set[str] = set()  # addresses of styles, scripts, drawings, fonts
        self.sku = ""

    def run(self) -> Found:
        ourselves.fetch("/", seconds=10)
        while self.found.pages < self.most and time.monotonic() < self.until:
            path = self.frontier.next()
            if not path:
                break
            self._browse(path)
        self._with_trolley()
        if self.found.pages < FEWEST_PAGES:
            self.found.say(f"only {self.found.pages} pages could be read")
        return self.found

    def _browse(self, path: str) -> None:
        page = self._fetch(path)
        if page is None:
            return
        for line in page.set_cookies:
            self._cookie(page, line)
            if not (path.startswith(SIGN_IN) and name_of(line) == "csrftoken"):
                self.found.say(
                    f"{path} sets {name_of(line)} though nothing was asked for"
                )
        self._read(page)
        if page.is_html:
            for target in followed(page):
                self.frontier.add(target)
            self.sku = self.sku or sku([page])

    def _with_trolley(self) -> None:
        """Put something into the trolley; what is set must be on the list."""
        if not self.sku:
            return
        added = self._fetch("/trolley/add/", form={"sku": self.sku, "quantity": "1"})
        if added is None:
            return
        held = jar(added)
        later = [self._fetch(path, held=held) for path in WITH_TROLLEY]
        for page in filter(None, [added, *later]):
            for line in page.set_cookies:
                self._cookie(page, line)
            self._read(page)

    def _fetch(
        self,
        path: str,
        *,
        held: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> Page | None:
        """Return a page of ours; None, with a finding, when it cannot be read."""
        began = time.monotonic()
        try:
            page = ourselves.fetch(path, held, form=form, seconds=10)
        except GatewayError as error:
            self.found.say(f"{path} could not be read: {error}")
            return None
        time.sleep(min(1.0, (time.monotonic() - began) * PAUSE))
        if page.status >= 500:
            self.found.say(f"{path} could not be read: it answered {page.status}")
            return None
        self.found.pages += 1
        self.found.requests += 1
        return page

    def _cookie(self, page: Page, line: str) -> None:
        name = name_of(line)
        self.found.cookies.add(name[:60])
        secure = urlsplit(settings.SITE_URL).scheme == "https"
        try:
            morsel = SimpleCookie(line)[name]
        except (CookieError, KeyError):
            self.found.say(f"{where(page)} sets a cookie {name} that cannot be read")
            return
        for fault in cookies.faults(morsel, secure=secure):
            self.found.say(f"{where(page)} sets a cookie {name}, which {fault}")

    def _read(self, page: Page) -> None:
        """Look at all that a page asks for, and read what of it asks for more."""
        leads = page.headers.get("location", "")
        if leads and not whole(page, leads).startswith(f"{settings.SITE_URL}/"):
            self.found.say(f"{where(page)} leads on to {leads}")
        for one in requests_of(page):
            if not one.ours:
                self.found.foreign(where(page), one)
                self.found.requests += 1
            elif one.loaded and one.address.startswith(f"{settings.SITE_URL}/"):
                self._part(one.address.partition("#")[0])

    def _part(self, address: str) -> None:
        path = address.removeprefix(settings.SITE_URL)
        if address in self.parts:
            return
        self.parts.add(address)
        self.found.requests += 1
        try:
            part = ourselves.fetch(path, seconds=10)
        except GatewayError as error:
            self.found.say(f"{path} could not be read: {error}")
            return
        for line in part.set_cookies:
            self._cookie(part, line)
            self.found.say(f"{path} sets {name_of(line)} though nothing was asked for")
        kind = part.headers.get("content-type", "").partition(";")[0]
        if kind in _READ or kind.endswith("javascript"):
            self._read(part)


def where(page: Page) -> str:
    return page.url.removeprefix(settings.SITE_URL)
