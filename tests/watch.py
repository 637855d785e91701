"""A browser that remembers what no page of ours may do."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Request,
    Response,
)

LOCAL_SCHEMES = ("data", "blob", "about")


class WatchedBrowser:
    """Opens contexts and, at the end, fails for everything amiss in any of them."""

    def __init__(self, browser: Browser, origins: Iterable[str]) -> None:
        self.browser = browser
        self.origins = frozenset(origins)
        self.contexts: list[BrowserContext] = []
        self.amiss: list[str] = []
        self.requests: list[str] = []  # every address asked for, in order

    def __call__(self, **options: Any) -> BrowserContext:
        """Open a context with Playwright's new_context options."""
        context = self.browser.new_context(**options)
        context.set_default_timeout(10_000)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._error(error.error))
        context.on("request", self._request)
        context.on("response", self._response)
        self.contexts.append(context)
        return context

    def __enter__(self) -> "WatchedBrowser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        top: TracebackType | None,
    ) -> None:
        for context in self.contexts:
            context.close()
        if error is None:
            assert not self.amiss, "\n".join(self.amiss)

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "CSP" in message.text:
            self.amiss.append(f"policy violated: {message.text}")

    def _error(self, error: Error) -> None:
        self.amiss.append(f"script error: {error.message}")

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme in LOCAL_SCHEMES:
            return
        if f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.amiss.append(f"foreign request: {request.url}")

    def _response(self, response: Response) -> None:
        # The page itself may be a 404 that the test came for; its parts may not.
        if response.status >= 400 and response.request.resource_type != "document":
            self.amiss.append(f"{response.status} for {response.url}")
