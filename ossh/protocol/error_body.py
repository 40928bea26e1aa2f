"""The XML body of an error: its fields, and its message made safe to show. Pure.

Source: OSS API reference, "Error responses".
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from ossh.printable import shortened
from ossh.protocol.headers import ERROR_BODY

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

_XML_LIMIT = 64 * 1024  # bytes; error bodies are below 4 KiB, more is not ours to parse
_MESSAGE_LIMIT = 300  # characters of the service's own words
_SHORTEST_SECRET = 3  # characters; blotting out shorter values would blot out words

_SECRET_FIELDS = (
    "OSSAccessKeyId",
    "SignatureProvided",
    "StringToSign",
    "StringToSignBytes",
    "CanonicalRequest",
    "CanonicalRequestBytes",
    "SecurityToken",
    "AccessKeyId",
)
_SHAPES_OF_KEYS = (
    r"LTAI[0-9A-Za-z]{8,}"  # access key ids of users
    r"|STS\.[0-9A-Za-z]{8,}"  # and of temporary credentials
    r"|CAIS[0-9A-Za-z+/=]{16,}"  # security tokens
    r"|(?i:signature|security-?token|accesskeyid|authorization)\s*[=:]\s*[^\s&,;]+"
)


def error_fields(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Return the fields of an error body by name, {} when there is no such body.

    The body of an answer to HEAD stands in a header. What cannot be parsed ends the fields
    quietly: an error body may be cut off. The values are raw: they may hold secrets.
    """
    if not body and (encoded := headers.get(ERROR_BODY)):
        try:
            body = base64.b64decode(encoded[: 2 * _XML_LIMIT], validate=True)
        except (binascii.Error, ValueError):
            return {}
    return _parse_error(body[:_XML_LIMIT])


def _parse_error(body: bytes) -> dict[str, str]:
    """Return the texts of the children of `<Error>`, the first of each name."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - for errors alone

    if b"<!DOCTYPE" in body or b"\0" in body:  # in UTF-16; so there are no entities to expand
        return {}
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start",))
    try:
        parser.feed(body)
        _event, root = cast("tuple[str, ET.Element]", next(parser.read_events()))
    except (ET.ParseError, LookupError, ValueError, StopIteration):
        # LookupError and ValueError: of an encoding that is unknown, or has several bytes
        return {}
    if name_of(root) != "Error":
        return {}
    return {name_of(one): (one.text or "").strip() for one in reversed(root)}


def name_of(element: "ET.Element") -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def safe_message(fields: Mapping[str, str]) -> str:
    """Return the service's own message in our style: one line, no final stop, no secrets."""
    message = fields.get("Message", "")
    for name in _SECRET_FIELDS:
        if len(secret := fields.get(name, "")) >= _SHORTEST_SECRET:
            message = message.replace(secret, "…")
    message = one_line(re.sub(_SHAPES_OF_KEYS, "…", message)).rstrip(". ")
    first, rest = message[:1], message[1:]
    return message if rest[:1].isupper() else first.lower() + rest


def one_line(text: str) -> str:
    """Return a text short and printable: what is not becomes a space."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * _MESSAGE_LIMIT])
    line = " ".join(shown.split())
    return shortened(line, _MESSAGE_LIMIT)
