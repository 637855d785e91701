"""The payment host's own client, made to pass through the gateway's checks."""

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from django.conf import settings

from privacy.gateway.connectors import (
    Connector,
    ContractExpired,
    UndeclaredAddress,
    check_fields,
    connector,
    plain_key,
)
from privacy.gateway.receipts import receipted
from privacy.gateway.wire import TIMEOUT, session

STRIPE_VERSION = "2026-10-28.endive"
# What the client would add about our machine; the bank needs none of it.
_UNASKED = ("x-stripe-client-user-agent", "x-stripe-client-telemetry")

# Roads that end a payment and give money back; and any question by an id.
_SETTLING = re.compile(r"/v1/(?:refunds|[a-z_/]+/[A-Za-z0-9_]+/(?:cancel|expire))")

stripe.enable_telemetry = False
# At DEBUG it would write the form, with name and address, into the log (R28).
logging.getLogger("stripe").setLevel(logging.WARNING)


class BankContractExpired(ContractExpired, stripe.APIConnectionError):
    """As if the bank could not be reached: whoever calls it knows what to do then."""


class BankHTTPClient(stripe.RequestsClient):
    """Checks host and form keys of every request, and leaves the receipt.

    A retry of the same request is the same disclosure: one receipt for all attempts.
    """

    def __init__(
        self, party: Connector, *, about: str, reason: str, timeout: tuple[float, float]
    ) -> None:
        super().__init__(timeout=timeout, session=session(party.name))
        self._party = party
        self._about = about
        self._reason = reason

    def request_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Check and send.

        Raises UndeclaredField, UndeclaredAddress, BankContractExpired, StripeError.
        """
        names = self._checked_keys(url, headers, post_data)
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() not in _UNASKED
        }
        asking = method.upper() == "GET"
        road = urlsplit(url.removeprefix(self._party.base_url)).path
        settles = asking or bool(_SETTLING.fullmatch(road))
        try:
            with receipted(
                self._party,
                names,
                always=not asking,
                about=self._about,
                reason=self._reason,
                settles=settles,
            ) as outcome:
                answer = super().request_with_retries(
                    method, url, kept, post_data, max_network_retries, _usage=_usage
                )
                outcome.code = str(answer[1])
                return answer
        except ContractExpired as error:
            raise BankContractExpired(  # type: ignore[no-untyped-call]
                str(error)
            ) from None

    def request_stream_with_retries(self, *args: Any, **kwargs: Any) -> Any:
        raise UndeclaredAddress(f"{self._party.name}: streams are not declared")

    def _checked_keys(
        self, url: str, headers: Mapping[str, str], post_data: Any
    ) -> list[str]:
        if not url.startswith(f"{self._party.base_url}/"):
            raise UndeclaredAddress(f"{self._party.name}: another host")
        kind = {name.lower(): value for name, value in headers.items()}.get(
            "content-type", "application/x-www-form-urlencoded"
        )
        if kind != "application/x-www-form-urlencoded":
            raise UndeclaredAddress(f"{self._party.name}: not a form")
        names: list[str] = []
        for form in (urlsplit(url).query, post_data or ""):
            pairs = parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form))
            names += [plain_key(key) for key, _ in pairs]
        names = list(dict.fromkeys(names))
        check_fields(self._party, names)
        return names


def stripe_client(
    *,
    about: str,
    reason: str,
    connector_name: str = "bank",
    timeout: tuple[float, float] = TIMEOUT,
    retries: int = 2,
) -> stripe.StripeClient:
    """Return the payment host's client for one matter, such as order:J26-4812-0751.

    Network trouble, and a contract that ran out, raise stripe.APIConnectionError (the
    latter as BankContractExpired), refusals stripe.StripeError; an undeclared form key
    raises UndeclaredField before anything is sent.
    """
    party = connector(connector_name)
    return stripe.StripeClient(
        settings.STRIPE_API_KEY,
        stripe_version=STRIPE_VERSION,
        base_addresses={"api": party.base_url},
        max_network_retries=retries,
        http_client=BankHTTPClient(party, about=about, reason=reason, timeout=timeout),
    )
