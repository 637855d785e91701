"""SOAP 1.1 to one declared party, for those that have no JSON. One call, one answer."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from privacy.gateway.connectors import (
    PartyUnavailable,
    check_fields,
    connector,
    flat_keys,
)
from privacy.gateway.receipts import receipted
from privacy.gateway.wire import TIMEOUT, address, exchange

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"

Nested = dict[str, Any]  # of texts, lists and Nested


def call(
    connector_name: str,
    *,
    path: str,
    operation: str,
    namespace: str,
    fields: Mapping[str, Any],
    about: str,
    reason: str,
    timeout: tuple[float, float] = TIMEOUT,
) -> Nested:
    """Send declared fields as an operation's request; return what its reply holds.

    Elements are written in the order of `fields`. Of the reply: elements by their
    local names, more of one name as a list. Raises what gateway.send raises; a fault
    counts as PartyUnavailable, since it says nothing of what was asked.
    """
    party = connector(connector_name)
    names = flat_keys(fields)
    check_fields(party, names)
    url = address(party, path)
    with receipted(party, names, always=True, about=about, reason=reason) as outcome:
        answer = exchange(
            party,
            outcome,
            method="POST",
            url=url,
            data=written(f"{operation}Request", namespace, fields),
            headers={
                "Accept": "text/xml",
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{operation}"',
            },
            timeout=timeout,
        )
    return read(answer.body, f"{operation}Reply", party.name)


def written(name: str, namespace: str, fields: Mapping[str, Any]) -> bytes:
    """Return an envelope around one element that holds the fields."""
    envelope = ElementTree.Element(f"{{{ENVELOPE}}}Envelope")
    body = ElementTree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    _fill(ElementTree.SubElement(body, f"{{{namespace}}}{name}"), namespace, fields)
    made: bytes = ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return made


def _fill(
    inside: ElementTree.Element, namespace: str, fields: Mapping[str, Any]
) -> None:
    for name, value in fields.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            element = ElementTree.SubElement(inside, f"{{{namespace}}}{name}")
            if isinstance(item, Mapping):
                _fill(element, namespace, item)
            else:
                element.text = str(item)


def read(body: bytes, name: str, party: str) -> Nested:
    """Return what the element of that name in an envelope holds; PartyUnavailable."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise PartyUnavailable(f"{party}: an answer with a document type")
    try:
        found = ElementTree.fromstring(body)  # noqa: S314  no entities: see above
    except ElementTree.ParseError as error:
        raise PartyUnavailable(f"{party}: the answer is not XML") from error
    for element in found.iterfind(f"{{{ENVELOPE}}}Body/*"):
        if _local(element) == name:
            held = _held(element)
            return held if isinstance(held, dict) else {}
    raise PartyUnavailable(f"{party}: another answer than {name}")


def _held(element: ElementTree.Element) -> Any:
    if not len(element):
        return (element.text or "").strip()
    held: Nested = {}
    for child in element:
        name, value = _local(child), _held(child)
        if name not in held:
            held[name] = value
        elif isinstance(held[name], list):
            held[name].append(value)
        else:
            held[name] = [held[name], value]
    return held


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
