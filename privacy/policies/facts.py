"""What is true of the running shop, as the policy puts it (C19).

`words` fill the placeholders of the text: names, numbers, contacts. `meaning` is what a
change of would change the policy: cookies and their lives, who receives which fields,
what is held, why, and when it goes. Published versions keep both as they were.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from jessops.lib.telephone import international
from privacy import guard, registry
from privacy.cookies import DAY, REGISTRY
from privacy.gateway import connectors
from privacy.retention import clock, clocks


def live() -> dict[str, Any]:
    """Return all facts of this process's shop, ready to be kept as JSON."""
    return {"words": words(), "meaning": meaning()}


def words() -> dict[str, str]:
    """Return what the placeholders of the text stand for in this shop, today."""
    company = settings.COMPANY
    telephone = company["telephone"]
    abroad = [party.transfers for party in connectors() if party.transfers]
    places = " and ".join(abroad) or "the United Kingdom"
    trolley = REGISTRY["trolley"].max_age or 0
    return {
        "site": urlsplit(settings.SITE_URL).netloc,
        "company_name": company["name"],
        "company_number": company["number"],
        "company_address": company["address"],
        "telephone": telephone,
        "telephone_link": international(telephone),
        "fax": company["fax"],
        "email": company["email"],
        "liaison_email": company["liaison_email"],
        "clubs_email": company["clubs_email"],
        "trolley_days": str(trolley // DAY),
        "mail_days": str(clock("mail").period.days),
        **{f"life_{one.name.replace('-', '_')}": str(one.period) for one in clocks()},
        "transfers": f"in {places}",
    }


def meaning() -> dict[str, str]:
    """Return what the policy stands for, a fact a line under its own name."""
    said = {
        f"cookie {one.name}": f"{one.purpose}; {one.contents}; {one.life}"
        for one in REGISTRY.values()
    }
    for party in connectors():
        said[f"recipient {party.name}"] = "; ".join(
            filter(
                None,
                (
                    party.recipient,
                    party.purpose,
                    ", ".join(sorted(party.fields)),
                    party.transfers,
                ),
            )
        )
    said |= {f"kept {one.name}": one.words for one in clocks()}
    said |= {
        f"purpose {name}": f"{rule.words}; {rule.basis}"
        for name, rule in guard.PURPOSES.items()
    }
    for item in registry.everything():
        said[f"held {item.model}.{item.field}"] = (
            f"{item.label}; {item.purpose}; {item.source}; {item.retention}"
        )
    return said


def differences(published: dict[str, str], now: dict[str, str]) -> list[str]:
    """Say what is new or other now than a version says, a readable line each.

    What a version names and the shop has given up is no line: nothing happens then
    that people were not told of.
    """
    lines = []
    for name, words in now.items():
        if name not in published:
            lines.append(f"{name} is new: {words}")
        elif published[name] != words:
            lines.append(f"{name} was: {published[name]} - and is: {words}")
    return lines
