"""Which videos the provider does not extend, as far as it has said so: one segment, or a whole model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeGuard

from orchestrator.facts import AttemptDeclined, Reason
from orchestrator.identity import TakeKey
from orchestrator.lineage.takes import Video

CODES = ("1201", "1203")
"""What a source that cannot be extended is answered with (protocol page, §4)."""

OF_THE_MODEL = ("not supported extend", "model is discontinued")
"""Parts of messages, in small letters, that speak of every video of a model."""

_PARAMETERS = ("negative_prompt", "cfg_scale", "callback_url", "external_task_id")

DEFAULT_MODEL = "kling-v1"
"""What a generation without model_name is made by (protocol page, §2)."""


def refuses_source(fact: object) -> TypeGuard[AttemptDeclined]:
    """Whether the parent is refused, and not the prompt, the account, or a parameter beside it."""
    if not isinstance(fact, AttemptDeclined) or fact.reason is not Reason.REFUSED or fact.code not in CODES:
        return False
    return not any(name in fact.message for name in _PARAMETERS)


@dataclass(slots=True)
class Refusals:
    """The newest word counts: what was extended after all, or is to be tried again, is refused no more."""

    _segments: dict[TakeKey, AttemptDeclined] = field(default_factory=dict)
    _models: dict[tuple[str, str], AttemptDeclined] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything is refused at all: else nobody need ask what a video belongs to."""
        return bool(self._segments or self._models)

    def refuse(self, segment: TakeKey, parent: Video, fact: AttemptDeclined) -> None:
        """The provider does not extend `parent`, nor what it belongs to."""
        self._segments[segment] = fact
        model = _model_of(parent)
        if model is not None and any(sign in fact.message.lower() for sign in OF_THE_MODEL):
            self._models[parent.account, model] = fact

    def allow(self, segment: TakeKey, parent: Video) -> None:
        """The provider extended `parent`, or a person wants it tried."""
        self._segments.pop(segment, None)
        self._models.pop((parent.account, _model_of(parent) or ""), None)

    def of(self, segment: TakeKey, video: Video) -> AttemptDeclined | None:
        """The refusal that stands against extending this video of that segment."""
        return self._segments.get(segment) or self.of_model(video.account, _model_of(video))

    def of_model(self, account: str, model: str | None) -> AttemptDeclined | None:
        """The refusal that stands against extending any video of a model; None is an unknown one."""
        return None if model is None else self._models.get((account, model))


def _model_of(video: Video) -> str | None:
    # Only of what was generated here is it known that no name means the default.
    return DEFAULT_MODEL if video.model_name is None and video.by_frame else video.model_name
