"""What a sandbox can be told when it starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from orchestrator.sandbox.envelopes import STYLES, Style
from orchestrator.sandbox.rules import Extends


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """`state` None: a temporary folder, forgotten at the end. `port` 0: any free one.

    `key` is the only bearer let in; a native sandbox also takes JWTs of `access_key` and `secret_key`;
    with none of them any bearer will do. `speed` divides the durations of tasks and nothing else.
    `units` is what the account may spend. `offers_list` None: as the character does (native yes, gateway
    no). `external_ids` False: the field is dropped, as some gateways do. `url_seconds`: result URLs die
    after that and a new query gives fresh ones. `discontinued` models refuse generations (404/1203).
    `extends`: yes, or why every extension is refused: unsupported (400/1201), discontinued (404/1203).
    `callback_secret` signs callbacks (Standard Webhooks); without one they are unsigned, as by default.
    """

    state: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    key: str = ""
    access_key: str = ""
    secret_key: str = ""
    native: bool = False
    speed: float = 1.0
    slots: int = 5
    units: str | None = None
    envelope: Style = "vendor"
    faults: Path | None = None
    offers_list: bool | None = None
    external_ids: bool = True
    url_seconds: float | None = None
    discontinued: tuple[str, ...] = ()
    extends: Extends = "yes"
    callback_secret: str = ""

    def __post_init__(self) -> None:
        assert self.speed > 0, "speed divides durations"
        assert self.slots > 0, "an account without slots accepts nothing"
        assert self.envelope in STYLES, self.envelope

    def to_json(self) -> str:
        """One line; `options_from_json` reads it in the child process."""
        plain = asdict(self)
        paths = {"state": self.state, "faults": self.faults}
        plain |= {name: str(path) if path is not None else None for name, path in paths.items()}
        return json.dumps(plain)


def options_from_json(line: str) -> SandboxOptions:
    """The inverse of `SandboxOptions.to_json`."""
    plain = json.loads(line)
    state, faults = plain.pop("state"), plain.pop("faults")
    options = SandboxOptions(**plain)
    return replace(
        options,
        state=Path(state) if state is not None else None,
        faults=Path(faults) if faults is not None else None,
        discontinued=tuple(options.discontinued),
    )
