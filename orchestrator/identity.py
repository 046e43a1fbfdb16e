"""What decides reuse: Merkle keys of sources, steps and takes; equal key, paid once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NewType

from orchestrator.plan import Existing, Generation, Kind, Step

StepKey = NewType("StepKey", str)
TakeKey = NewType("TakeKey", str)

_VERSION = 1
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def existing_key(account: str, video: Existing) -> TakeKey:
    """The key of a video made elsewhere; chains that adopt it share everything below it."""
    return TakeKey(_hash({"account": account, "video": video.video_id}))


def generation_key(account: str, source: Generation, prompt: str | None) -> StepKey:
    """The key of a generation with this prompt (its own, or one of its fallbacks)."""
    return StepKey(
        _hash(
            {
                "account": account,
                "kind": source.kind.value,
                "prompt": prompt,
                "negative_prompt": source.step.negative_prompt,
                "cfg_scale": _number(source.step.cfg_scale),
                "model_name": source.model_name,
                "mode": source.mode,
                "duration": source.duration,
                "aspect_ratio": source.aspect_ratio,
                "image": source.image.identity if source.image else None,
                "image_tail": source.image_tail.identity if source.image_tail else None,
            }
        )
    )


def step_key(parent: TakeKey, kind: Kind, step: Step, prompt: str | None) -> StepKey:
    """The key of a step that continues `parent` with this prompt (its own, or a fallback).

    An extension has no parameters but these; a generation from the parent's last frame has some of its own.
    Which frame that is follows from the parent.
    """
    parts = {
        "parent": parent,
        "kind": kind.value,
        "prompt": prompt,
        "negative_prompt": step.negative_prompt,
        "cfg_scale": _number(step.cfg_scale),
    }
    if kind is not Kind.EXTEND:
        how = step.continuation
        parts |= {"model_name": how.model_name, "mode": how.mode, "duration": how.duration}
    return StepKey(_hash(parts))


def take_key(step: StepKey, number: int) -> TakeKey:
    """The key of one take of a step, numbered from 1."""
    return TakeKey(_hash({"step": step, "take": number}))


def external_task_id(journal: str, take: TakeKey, number: int) -> str:
    """Our own name for one attempt at the provider: unique per journal, take and attempt number."""
    return "orch-" + _hash({"journal": journal, "take": take, "attempt": number})[:32]


def _number(value: Decimal | None) -> str | None:
    # Fixed point of the normalised number: 0.5 and 0.50 are one, and 0 is not absent.
    return None if value is None else format(value.normalize(), "f")


def _hash(parts: Mapping[str, str | int | None]) -> str:
    return _hashed(tuple(parts.items()))


@lru_cache(maxsize=2048)
def _hashed(parts: tuple[tuple[str, str | int | None], ...]) -> str:
    # A chain is planned anew for every fact about its newest step, each time with the same keys.
    present = {name: value for name, value in parts if value is not None}
    text = _CANONICAL.encode({"v": _VERSION, **present})
    return hashlib.sha256(text.encode()).hexdigest()[:40]
