"""The staff's code on the stand-ins' first page: right, fresh, and only here."""

import base64
import re
import time
from pathlib import Path

import pytest

from jessops.sandbox.codes import StaffCodes, code
from tests.sandbox.launcher import STAFF_SECRET, Sandbox, start_sandbox

RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_code_is_the_standards_own(moment: int, shown: str) -> None:
    """RFC 6238, appendix B, the last six digits."""
    assert code(RFC, moment) == shown


def test_programs_read_it_and_people_see_it(lone_sandbox: Sandbox) -> None:
    now = time.time()
    told = lone_sandbox.get_json("/staff-codes.json")
    assert told["code"] in {code(STAFF_SECRET, now + step) for step in (0, 30)}
    assert 1 <= told["seconds_left"] <= 30
    status, body = lone_sandbox.request("GET", "/")
    page = body.decode()
    assert status == 200
    shown = re.search(r"<strong>(\d{3}) (\d{3})</strong>", page)
    assert shown
    assert shown[1] + shown[2] in {code(STAFF_SECRET, now + s) for s in (0, 30)}
    assert STAFF_SECRET not in page


def test_without_a_secret_there_is_nothing(tmp_path: Path) -> None:
    bare = start_sandbox(tmp_path, staff_secret="")
    try:
        assert bare.request("GET", "/staff-codes.json")[0] == 404
        assert b"Staff code" not in bare.request("GET", "/")[1]
    finally:
        bare.stop()
    assert StaffCodes("").panel("http://localhost:8000") == ""
