"""What the extensions of a model's videos take, as far as the provider's pages say (protocol page, §6)."""

from __future__ import annotations

import re

API_DEFAULT = "kling-v1"
"""The model of a generation that names none."""

_SECOND_OR_LATER = re.compile(r"kling-v(?:[2-9]|[1-9][0-9]+)(?![0-9])")


def takes_only_prompts(model: str | None) -> bool:
    """Whether extensions take neither negative prompt nor cfg scale; an unknown model takes all."""
    return model == API_DEFAULT


def surely_not_extendable(model: str | None) -> bool:
    """Whether the provider refuses to extend such videos, at once and for nothing."""
    return model is not None and _SECOND_OR_LATER.match(model) is not None


def perhaps_not_extendable(model: str | None) -> bool:
    """Whether the gateway's page says no and the vendor's says yes."""
    return model == "kling-v1-5"
