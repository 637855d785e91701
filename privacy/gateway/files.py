"""What a party fetches from us itself: declared fields, and a receipt for each person.

Nothing is sent, so there is no wire; everything else of the gateway holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from privacy.gateway.connectors import check_contract, check_fields, connector
from privacy.gateway.receipts import receipted

HANDED_OVER = "handed over"


def hand_out(
    connector_name: str,
    *,
    recipient: str,
    rows: Iterable[tuple[str, Mapping[str, str]]],
    reason: str,
) -> list[Mapping[str, str]]:
    """Return rows that may be handed to a party now, each with its receipt written.

    In: the party as the receipts name it, where one connector stands for many; rows as
    the matter ("entry:...") and the fields of one person. Raises UndeclaredField and
    ContractExpired before anything is written; RuntimeError in a transaction.
    """
    party = replace(connector(connector_name), recipient=recipient)
    check_contract(party)
    given = list(rows)
    for _, fields in given:
        check_fields(party, fields)
    handed = []
    for about, fields in given:
        with receipted(
            party, sorted(fields), always=True, about=about, reason=reason
        ) as outcome:
            outcome.code = HANDED_OVER
            handed.append(fields)
    return handed
