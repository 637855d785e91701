"""Checks a bank object against Stripe's own description, nothing beyond it allowed.

tests/data/stripe_schema.json is OpenAPI: `nullable` is turned into JSON Schema's way of
saying it, and every object with named properties is closed to any other.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).resolve().parents[1] / "data" / "stripe_schema.json"


def strict(node: Any) -> Any:
    if isinstance(node, list):
        return [strict(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    made = {key: strict(value) for key, value in node.items() if key != "nullable"}
    if isinstance(node.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    # An enum that allows null names it in OpenAPI only by `nullable`.
    if node.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


@cache
def validator(name: str) -> Draft202012Validator:
    schemas = {
        key: strict(value) for key, value in json.loads(FILE.read_text()).items()
    }
    # An expanded object may stand where an id stands.
    return Draft202012Validator(
        {
            "$ref": f"#/components/schemas/{name}",
            "components": {"schemas": schemas},
        }
    )


def problems(name: str, value: Any) -> list[str]:
    """What Stripe's description of `name` has against `value`; empty if nothing."""
    return [
        f"{error.json_path}: {error.message[:300]}"
        for error in validator(name).iter_errors(value)
    ]


def check(value: Any) -> None:
    """Check an object by the name it gives itself; lists and errors too."""
    assert isinstance(value, dict)
    if set(value) == {"error"}:
        assert problems("error", value) == []
        return
    if value["object"] == "list":
        assert set(value) == {"object", "data", "has_more", "url"}
        for entry in value["data"]:
            check(entry)
        return
    assert problems(value["object"], value) == []
    if value["object"] == "event":
        check(value["data"]["object"])
