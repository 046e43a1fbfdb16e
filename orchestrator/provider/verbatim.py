"""Keeps an answer as it came, without what nobody else may see: the queries that sign file URLs."""

from __future__ import annotations

import re

LIMIT = 64 * 1024
"""Bytes of an answer that are kept."""

# A URL inside JSON text, where a slash may be written \/ or \u002f, and a question mark \u003f. Escapes
# are taken in pairs, so that what is left is still JSON when the answer was. The query is optional, so that
# a match never fails after a long URL and the whole stays linear.
_SLASH = r"(?:/|\\/|\\u002[fF])"
_QUERY = re.compile(
    rf"""((?:https?|ftp|wss?):{_SLASH}{{2}}(?:(?!\\u003[fF]|\\u0023)(?:\\.|[^\s"'<>\\?\#]))*+)"""
    r"""(?:(?:\?|\#|\\u003[fF]|\\u0023)(?:\\.|[^\s"<>\\])*+)?""",
    re.IGNORECASE | re.VERBOSE,
)


def verbatim(text: str | None) -> str | None:
    """The first 64 KiB of the answer with every URL cut before its query; None when there is none."""
    if not text:
        return None
    return unsigned(text[: 4 * LIMIT]).encode("utf-8", "replace")[:LIMIT].decode("utf-8", "ignore")


def unsigned(text: str) -> str:
    """The text with every URL cut before its query or fragment."""
    return _QUERY.sub(r"\1", text)
