"""The run file: what the last real test runs said about each promise, signed.

The test run writes it, the policy page reads it. Nobody can type a state in: without
the signature made with the key file beside it, the file counts for nothing. Standard
library only, since the test run uses it outside of Django.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What one run said about one promise."""

    passed: bool
    checked_at: str  # UTC, ISO 8601
    commit: str  # with "+" at its end when the tree had changes of its own
    tests: int  # how many test cases ran

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.checked_at).astimezone(UTC)


def read(path: Path) -> dict[str, Result]:
    """Return the results by promise id; none at all when the file cannot be trusted."""
    try:
        key = _key_path(path).read_bytes()
        content = json.loads(path.read_bytes())
        results = content["results"]
        if not hmac.compare_digest(content["signature"], _signature(key, results)):
            return {}
        return {name: Result(**result) for name, result in results.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write(path: Path, changes: dict[str, Result]) -> None:
    """Put new results beside earlier ones, sign, and replace the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = _key(path)
    results = {**read(path), **changes}
    plain = {name: asdict(result) for name, result in sorted(results.items())}
    content = {"results": plain, "signature": _signature(key, plain)}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(path)


def _signature(key: bytes, results: object) -> str:
    text = json.dumps(results, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key_path(path: Path) -> Path:
    return path.with_suffix(".key")


def _key(path: Path) -> bytes:
    file = _key_path(path)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(descriptor, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
    return key
