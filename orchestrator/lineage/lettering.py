"""Foreign text as each export format can carry it, whatever somebody put into a prompt."""

from __future__ import annotations

import json
import re

# In JSON these can only stand inside strings; escaped, they neither break UTF-8 nor steer a terminal.
_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
_NO_XML = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_STEERING = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_REPLACEMENT = "\ufffd"


def json_of(value: object) -> str:
    """Indented JSON that reads back exactly, half surrogate pairs included; Chinese stays readable."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def xml_text(text: str) -> str:
    """The text with nothing that XML 1.0 forbids: control characters as their pictures, line ends as LF."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NO_XML.sub(_REPLACEMENT, _CONTROL.sub(_picture, unix))


def label_text(text: str) -> str:
    """The text for a drawing: as in XML, and without marks that turn the direction of a line round."""
    return _STEERING.sub("", xml_text(text).replace("\t", " "))


def storable(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis, in at most so many characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def minutes(seconds: float) -> str:
    """A place on the time axis, or a length: `1:37.4`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _picture(found: re.Match[str]) -> str:
    # Unicode has a visible sign for each of them: U+241B ␛ for escape, and so on.
    return chr(0x2400 + ord(found.group()))
