"""The shop in a browser, for drills that need one."""

from tests.browser.conftest import buyer, demo_shop

__all__ = ["buyer", "demo_shop"]
