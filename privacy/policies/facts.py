"""What is true of the running shop, as the policy puts it (C19).

`words` fill the placeholders of the text: names, numbers, contacts. `meaning` is what a
change of would change the policy: cookies and their lives, who receives which fields,
what is held, why, and when it goes, how the way here is encrypted, what reads the logs.
`tables` are those of the text. Published versions keep all three as they were.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from jessops.lib.telephone import international
from privacy import guard, registry
from privacy.cookies import DAY, REGISTRY
from privacy.gateway import connectors
from privacy.policies import tables
from privacy.retention import clock, clocks


def live() -> dict[str, Any]:
    """Return all facts of this process's shop, ready to be kept as JSON."""
    return {"words": words(), "meaning": meaning(), "tables": tables.live()}


def words() -> dict[str, str]:
    """Return what the placeholders of the text stand for in this shop, today."""
    company = settings.COMPANY
    telephone = company["telephone"]
    abroad = [party.transfers for party in connectors() if party.transfers]
    places = " and ".join(abroad) or "the United Kingdom"
    trolley = REGISTRY["trolley"].max_age or 0
    remembered = REGISTRY["sessionid"].asked or 0
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
        "remembered_days": str(remembered // DAY),
        "mail_days": str(clock("mail").period.days),
        **{f"life_{one.name.replace('-', '_')}": str(one.period) for one in clocks()},
        "transfers": f"in {places}",
        "encryption": encryption(),
        "log_analyser": log_analyser(),
    }


def encryption() -> str:
    """Say how what travels between a visitor and this shop is protected."""
    if not settings.HTTPS:
        return (
            "This copy of the shop is a demonstration on one machine, and nothing on it"
            " travels encrypted"
        )
    days = settings.SECURE_HSTS_SECONDS // DAY
    return (
        "The shop is served over encrypted connections only, and tells browsers to"
        f" insist on that for {days} days from each visit"
    )


def log_analyser() -> str:
    """Say what program makes totals of the log files."""
    if not settings.LOG_ANALYSER:
        return "No program makes totals of them yet"
    return f"{settings.LOG_ANALYSER} makes totals of them, on our own machines"


def meaning() -> dict[str, str]:
    """Return what the policy stands for, a fact a line under its own name."""
    said = {"encryption": encryption(), "log analyser": log_analyser()}
    said |= {
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
    said |= {f"purpose {name}": _rule(rule) for name, rule in guard.PURPOSES.items()}
    for item in registry.everything():
        said[f"held {item.model}.{item.field}"] = (
            f"{item.label}; {', '.join((item.purpose, *item.also))}; {item.source};"
            f" {item.retention}; {'in' if item.export else 'not in'} your copy;"
            f" {item.erase}"
        )
    return said


def _rule(rule: guard.Purpose) -> str:
    """Say a purpose with all that the guard decides by."""
    parts = [
        *(rule.words, rule.basis, f"since version {rule.since}"),
        f"of {', '.join(sorted(rule.states))}",
    ]
    if rule.asks:
        parts.append(f"asks {rule.asks}, takes {', '.join(sorted(rule.accepts))}")
    if rule.uses:
        parts.append(f"uses what was given for {', '.join(sorted(rule.uses))}")
    if rule.is_contact:
        parts.append("not of those who want nothing from us")
    return "; ".join(parts)


def differences(
    published: Iterable[Mapping[str, str]], now: Mapping[str, str]
) -> list[str]:
    """Say what is true now and in none of some versions, a readable line each.

    In: the meanings of versions, oldest first. What a version names and the shop has
    given up is no line: nothing happens then that people were not told of.
    """
    known = list(published)
    lines = []
    for name, words in now.items():
        told = [one[name] for one in known if name in one]
        if not told:
            lines.append(f"{name} is new: {words}")
        elif words not in told:
            lines.append(f"{name} was: {told[-1]} - and is: {words}")
    return lines
