"""The bank as a whole: its books, its API, its pages, its switches for tests."""

from jessops.sandbox.bank.api import Api
from jessops.sandbox.bank.book import Book
from jessops.sandbox.bank.checkout import Checkout
from jessops.sandbox.bank.control import Control
from jessops.sandbox.bank.pages import Pages
from jessops.sandbox.bank.payments import Payments
from jessops.sandbox.bank.sessions import Sessions
from jessops.sandbox.bank.webhooks import Endpoint, Webhooks
from jessops.sandbox.faults import Faults
from jessops.sandbox.store import Clock, Store
from jessops.sandbox.web import Route


class Bank:
    """`origin` is where the customer's browser finds the payment pages."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        faults: Faults,
        *,
        endpoint: Endpoint,
        origin: str,
        api_key: str,
        merchant: str,
    ) -> None:
        self.webhooks = Webhooks(store, faults, endpoint)
        book = Book(store, clock, self.webhooks)
        payments = Payments(book)
        self.sessions = Sessions(book, payments, origin)
        checkout = Checkout(book, self.sessions)
        self.routes: list[Route] = [
            *Pages(book, self.sessions, payments, checkout, merchant).routes(),
            *Control(book, self.sessions).routes(),
            *Api(book, self.sessions, payments, api_key).routes(),
        ]
