"""The address stand-in: invented addresses for any well-formed British postcode.

The same postcode always has the same addresses. None is real: streets and numbers come
from a hash of the postcode, only the post town is the true one of its area. Postcodes
whose inward part begins with 0 have no addresses, so that "unknown" can be tried.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path

from jessops.sandbox.egress import Egress
from jessops.sandbox.pages import plain, table
from jessops.sandbox.web import Request, Response, Route, json_response

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
TOWNS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("towns.json").read_text()
)
# fmt: off
FIRST = (
    "Alder", "Ash", "Beech", "Brook", "Canal", "Castle", "Chapel", "Church",
    "Clover", "Elm", "Foundry", "Garden", "Harbour", "Hawthorn", "Heron", "Hill",
    "Juniper", "Kiln", "Linden", "Manor", "Maple", "Market", "Meadow", "Mill",
    "Orchard", "Park", "Priory", "Quarry", "River", "Rowan", "School", "Spring",
    "Station", "Tanner", "Vicarage", "Willow",
)
# fmt: on
LAST = ("Road", "Street", "Lane", "Close", "Avenue", "Way", "Terrace", "Gardens")
ABBREVIATIONS = {
    "rd": "road",
    "st": "street",
    "ln": "lane",
    "cl": "close",
    "av": "avenue",
    "ave": "avenue",
    "terr": "terrace",
    "gdns": "gardens",
}
Address = dict[str, str]


def normal_postcode(text: str) -> str:
    """`sl71ey` as `SL7 1EY`; "" when it cannot be a postcode."""
    match = POSTCODE.fullmatch(re.sub(r"\s+", "", text).upper())
    return f"{match[1]} {match[2]}" if match else ""


def lookup(postcode: str) -> list[Address]:
    """The 6 to 14 addresses of a normal postcode, in house order."""
    inward = postcode.partition(" ")[2]
    area = re.match(r"[A-Z]{1,2}", postcode)
    if not inward or inward[0] == "0" or not area or area[0] not in TOWNS:
        return []
    town, county = TOWNS[area[0]]
    seed = hashlib.sha256(postcode.encode()).digest()
    street = f"{FIRST[seed[0] % len(FIRST)]} {LAST[seed[1] % len(LAST)]}"
    number, step = 1 + seed[2] % 60, 1 + seed[3] % 2
    listing = []
    for place in range(6 + seed[4] % 9):
        line1, line2 = f"{number + place * step} {street}", ""
        if place == seed[5] % 14:
            line1, line2 = f"{FIRST[seed[6] % len(FIRST)]} Cottage", line1
        elif place % 5 == 3 and seed[7] % 3 == 0:
            line1, line2 = "Flat 2", line1
        listing.append(
            {
                "line1": line1,
                "line2": line2,
                "town": town,
                "county": county,
                "postcode": postcode,
            }
        )
    return listing


def words(text: str) -> list[str]:
    found = re.findall(r"[a-z0-9]+", text.lower())
    return [ABBREVIATIONS.get(word, word) for word in found]


def verify(line1: str, town: str, postcode: str) -> str:
    """`match`, `near` (the street or the town is right, not all of it) or `none`."""
    known = lookup(normal_postcode(postcode))
    right_town = bool(known) and words(town) == words(known[0]["town"])
    near = right_town
    for address in known:
        lines = [address["line1"], address["line2"]]
        whole = [words(line) for line in (*lines, " ".join(lines)) if line]
        # A flat's own line names no house, so it is not enough.
        if address["line1"] == "Flat 2":
            whole.remove(words("Flat 2"))
        if words(line1) in whole and right_town:
            return "match"
        street = words(lines[1] or lines[0])[1:]
        near = near or street == [word for word in words(line1) if word.isalpha()]
    return "near" if near else "none"


class Addresses:
    def __init__(self, egress: Egress) -> None:
        self.egress = egress

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/addresses/", self.overview),
            Route("GET", "/addresses/lookup", self.look_up, "addresses"),
            Route("POST", "/addresses/verify", self.verify, "addresses"),
        ]

    def look_up(self, request: Request) -> Response:
        postcode = normal_postcode(request.query.get("postcode", ""))
        if set(request.query) != {"postcode"} or not postcode:
            return json_response({"error": "send one well-formed postcode"}, 400)
        return json_response({"postcode": postcode, "addresses": lookup(postcode)})

    def verify(self, request: Request) -> Response:
        try:
            given = request.json()
        except ValueError:
            given = None
        names = {"line1", "town", "postcode"}
        if (
            not isinstance(given, dict)
            or set(given) != names
            or not all(isinstance(value, str) for value in given.values())
        ):
            return json_response({"error": "send line1, town and postcode"}, 400)
        return json_response({"result": verify(**given)})

    def overview(self, request: Request) -> Response:
        asked = normal_postcode(request.query.get("postcode", ""))
        rows = [
            [escape(address[name]) for name in ("line1", "line2", "town", "county")]
            for address in lookup(asked)
        ]
        heads = ["Line 1", "Line 2", "Town", "County"]
        found = table(f"Addresses in {asked}", heads, rows) if asked else ""
        return plain(
            "Addresses",
            "<p>Invented addresses for any British postcode. A postcode such as SL7 0AA"
            " (0 after the space) has none.</p>"
            '<form action="/addresses/"><p class="field"><label for="postcode">Postcode'
            '</label><input id="postcode" name="postcode"'
            f' value="{escape(asked)}"></p>'
            '<button class="button">Look up</button></form>'
            f"{found}{requests_table(self.egress, 'addresses')}",
        )


def requests_table(egress: Egress, party: str) -> str:
    """What the shop sent to a party, for its page."""
    rows = [
        [
            escape(entry["at"][:19].replace("T", " ")),
            escape(f"{entry['method']} {entry['path']}"),
            f"<code>{escape(json.dumps(entry['payload'], ensure_ascii=False))}</code>",
        ]
        for entry in reversed(egress.listing(party)[-50:])
    ]
    return (
        table("What was received, newest first", ["At (UTC)", "Request", "Data"], rows)
        + f'<p>For programs: <a href="/{party}/requests.json">requests.json</a></p>'
    )
