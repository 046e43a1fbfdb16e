"""Our SQL as psycopg wants it: the marks for values are written in another way."""

from __future__ import annotations

import re
from functools import lru_cache

CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
"""This database's own time, UTC ms."""

_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")


@lru_cache(maxsize=1024)
def spoken(sql: str) -> str:
    """`?` and `:name` as `%s` and `%(name)s`."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%")).replace("?", "%s")
