"""What races need: an address list, and a shop that is at rest before tables empty."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from shop.models import PostcodeAddresses
from tests.concurrency.race import Shop
from tests.servers import ShopServer


@pytest.fixture
def shop(transactional_db: None, shop_server: ShopServer) -> Iterator[Shop]:
    """The real shop, with nothing under way before and after."""
    PostcodeAddresses.objects.create(
        postcode="SL7 1EY",
        addresses=[{"line1": "12 Mill Lane", "town": "Marlow", "postcode": "SL7 1EY"}],
        fetched_at=timezone.now(),
    )
    found = Shop(shop_server)
    yield found
    shop_server.sandbox.clear_faults()
    found.rest()
