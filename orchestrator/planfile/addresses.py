"""The values that say where something is: a provider, a hook, a place for films."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from orchestrator.planfile.nodes import Scalar
from orchestrator.planfile.values import CONTROL, Schema, Value, shown, wrong


@dataclass(frozen=True, slots=True)
class BaseUrl(Value):
    """Where a provider is reached; no credential may be in it, it is printed and kept."""

    @property
    def wants(self) -> str:
        return "an address such as https://www.dmxapi.cn"

    def read(self, given: Scalar) -> str:
        text = self.text_of(given).rstrip("/")
        if unfit_url := _unfit_url(text):
            wrong(f"{shown(given)} {unfit_url}, write {self.wants}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^https?://[^/?#@]+"}


@dataclass(frozen=True, slots=True)
class Address(BaseUrl):
    """Where a message is posted to; hooks have a query now and then."""

    @property
    def wants(self) -> str:
        return "an address such as https://hooks.example/koi"

    def read(self, given: Scalar) -> str:
        text = self.text_of(given)
        if unfit_url := _unfit_url(text.replace("?", "/")):
            wrong(f"{shown(given)} {unfit_url}, write {self.wants}")
        return text


@dataclass(frozen=True, slots=True)
class Storage(Value):
    """Where films are sent to; keys for it come from the environment, and never stand in a plan."""

    @property
    def wants(self) -> str:
        return "s3://BUCKET/PREFIX or file:///FOLDER"

    def read(self, given: Scalar) -> str:
        text = self.text_of(given).rstrip("/")
        sound = re.fullmatch(r"s3://[^/?#@\s]+(/[^?#\s]*)?|file:///[^?#]+", text)
        if not sound or CONTROL.search(text) or len(text) > 1000:
            wrong(f"{shown(given)} is no place for films, write {self.wants}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^(s3|file)://"}


def _unfit_url(text: str) -> str | None:
    if len(text) > 500 or CONTROL.search(text) or any(char.isspace() for char in text):
        return "is not one address"
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in {"http", "https"} or not host:
        return "is not an http or https address"
    if "@" in parts.netloc:
        return "has a name or password in it"
    return "has a query in it" if parts.query or parts.fragment else None
