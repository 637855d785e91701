"""The crawl by a real browser: every request it makes, every cookie it is left with.

Chromium and playwright are there on a developer's machine and seldom on a server, so
neither is imported before it is asked for. What the browser would fetch from somebody
else is counted and stopped: nothing leaves even while a page is at fault. It runs in a
process of its own (`manage.py certificate --browser`), never inside the shop's.
"""

import importlib.util
import os
import re
import shutil
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from privacy.certificate.findings import BROWSER, Found
from privacy.certificate.frontier import SIGN_IN, Frontier
from privacy.pages import Asked, is_ours

if TYPE_CHECKING:
    from playwright.sync_api import (
        BrowserContext,
        ConsoleMessage,
        Page,
        Request,
        Route,
    )

MOST_PAGES = 60
FEWEST_PAGES = 8
SECONDS = 70.0
PATIENCE = 10_000  # milliseconds for one page
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# What the browser's maker would be asked or told besides.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
LINKS = "() => [...document.querySelectorAll('a[href], area[href]')].map(a => a.href)"
ADD = "form[action='/trolley/add/'] button"
WITH_TROLLEY = ("/trolley/", "/checkout/", "/privacy/cookies/")
_LOCAL = ("data", "blob", "about")
_ADDRESS = re.compile(r"(?:https?|wss?)://[^\s'\"<>]+")


def missing() -> str:
    """Say what is not there for a crawl by browser; "" when all is."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return "" if program() else "Chromium is not installed"


def program() -> str:
    """Return the path of Chromium; "" when there is none."""
    return next(filter(None, (shutil.which(name) for name in NAMES)), "")


def crawl(*, most: int = MOST_PAGES, seconds: float = SECONDS) -> Found:
    """Visit the shop with a new browser; raises OSError when it does not start."""
    from playwright.sync_api import Error, sync_playwright

    found = Found(BROWSER)
    host = urlsplit(settings.SITE_URL).hostname
    # Also what no event tells of, such as a preconnect, finds no way out.
    arguments = [*QUIET, f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with it
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=program(), args=arguments
            )
            try:
                context = chromium.new_context(
                    locale="en-GB", service_workers="block", accept_downloads=False
                )
                Visit(context, found, most, seconds).run()
            finally:
                chromium.close()
    except Error as error:
        raise OSError(f"the browser: {first_line(error)}") from None
    return found


class Visit:
    def __init__(
        self, context: "BrowserContext", found: Found, most: int, seconds: float
    ) -> None:
        self.context = context
        self.found = found
        self.most = most
        self.until = time.monotonic() + seconds
        self.at = "/"  # the page that is open
        self.shelf = ""  # a page that offers something for the trolley
        context.set_default_timeout(PATIENCE)
        context.route("**/*", self._stop)
        context.route_web_socket("**/*", lambda socket: self._socket(socket.url))
        context.on("request", self._request)
        context.on("console", self._console)

    def run(self) -> None:
        page = self.context.new_page()
        frontier = Frontier()
        doors: dict[str, None] = {}  # of signing in: opened when browsing is over
        while self.found.pages < self.most and time.monotonic() < self.until:
            path = frontier.next()
            if not path:
                break
            for link in self._open(page, path):
                if link.startswith(f"{settings.SITE_URL}/"):
                    path = link.removeprefix(settings.SITE_URL).partition("#")[0]
                    if path.startswith(SIGN_IN):
                        doors[path.partition("?")[0]] = None
                    else:
                        frontier.add(path)
        for name in self._held():
            self.found.say(f"after browsing alone the browser holds a cookie {name}")
        for path in doors:
            self._open(page, path)
        if self.shelf:
            self._fill_trolley(page)
        self._held()
        if self.found.pages < FEWEST_PAGES:
            self.found.say(f"only {self.found.pages} pages could be opened")

    def _fill_trolley(self, page: "Page") -> None:
        self._open(page, self.shelf)
        with page.expect_navigation():
            page.locator(ADD).first.click()
        for path in WITH_TROLLEY:
            self._open(page, path)

    def _open(self, page: "Page", path: str) -> list[str]:
        """Open one page of ours; return the addresses of its links."""
        from playwright.sync_api import Error

        self.at = path
        try:
            answer = page.goto(f"{settings.SITE_URL}{path}", wait_until="load")
        except Error as error:
            if "Download is starting" in str(error):
                return []  # a file, such as a calendar: no page
            self.found.say(f"{path} could not be opened: {first_line(error)}")
            return []
        if answer is None or answer.status >= 500:
            status = answer.status if answer else "nothing"
            self.found.say(f"{path} could not be opened: it answered {status}")
            return []
        self.found.pages += 1
        if not self.shelf and page.locator(ADD).count():
            self.shelf = path
        links: list[str] = page.evaluate(LINKS)
        return links

    def _held(self) -> list[str]:
        """Note the cookies that the browser holds now; return their names."""
        names = []
        ours = urlsplit(settings.SITE_URL).hostname or ""
        for cookie in self.context.cookies():
            name = str(cookie.get("name", ""))
            names.append(name)
            self.found.cookies.add(name[:60])
            if cookie.get("domain") != ours:
                host = str(cookie.get("domain"))
                self.found.foreign_hosts.add(host[:255])
                self.found.say(f"the browser holds a cookie {name} of {host}")
        return names

    def _stop(self, route: "Route", request: "Request") -> None:
        if _is_request(request.url) and not is_ours(request.url):
            route.abort("blockedbyclient")
        else:
            route.continue_()

    def _request(self, request: "Request") -> None:
        """Count; redirects come by here, too."""
        if _is_request(request.url):
            self.found.requests += 1
            if not is_ours(request.url):
                kind = f"a request of kind {request.resource_type}"
                self.found.foreign(self.at, Asked(request.url, kind))

    def _socket(self, url: str) -> None:
        self.found.requests += 1
        self.found.foreign(self.at, Asked(url, "a web socket"))

    def _console(self, message: "ConsoleMessage") -> None:
        """What the Content-Security-Policy stopped would have been a request."""
        text = message.text
        if "Content Security Policy" in text:
            self.found.say(f"{self.at}: the browser refused: {text}")
            for address in _ADDRESS.findall(text):
                if not is_ours(address):
                    self.found.foreign_hosts.add(urlsplit(address).netloc[:255])


def _is_request(address: str) -> bool:
    return urlsplit(address).scheme not in _LOCAL


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
