"""What a crawl looked at and found, before it is put on record."""

import time
from dataclasses import dataclass, field

from privacy.pages import Asked

HTTP, BROWSER = "http", "chromium"
WORDS = {HTTP: "by plain requests", BROWSER: "in a browser (Chromium)"}
MOST_LINES = 60  # of findings that are kept
MOST_HOSTS = 50
LONGEST_LINE = 240  # characters


@dataclass
class Found:
    """The sums of one crawl; without findings it is passed."""

    crawler: str
    began: float = field(default_factory=time.monotonic)
    pages: int = 0
    requests: int = 0  # addresses that the pages make a browser ask for, pages included
    foreign_hosts: set[str] = field(default_factory=set)
    cookies: set[str] = field(default_factory=set)
    findings: dict[str, None] = field(default_factory=dict)  # each once, in order

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def say(self, line: str) -> None:
        """Note something that is not as promised."""
        self.findings[shortened(line)] = None

    def foreign(self, where: str, one: Asked) -> None:
        """Note a request to somebody else."""
        self.foreign_hosts.add(one.host[:255])
        self.say(f"{where} asks {one.host} for {one.address} ({one.by})")

    def lines(self) -> list[str]:
        """Return the findings that are kept, and how many there were beside them."""
        kept = list(self.findings)
        more = len(kept) - MOST_LINES
        return kept[:MOST_LINES] + ([f"and {more} findings more"] if more > 0 else [])


def shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 4]} ..."
