"""UK telephone numbers."""

import re


def international(number: str) -> str:
    """Return a UK number as tel: links want it: "0116 496 0000" -> "+441164960000"."""
    return "+44" + re.sub(r"\D", "", number).removeprefix("0")
