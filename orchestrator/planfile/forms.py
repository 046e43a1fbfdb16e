"""What all mappings of a plan file have in common, and values that may be written short or long."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

# No key of a file can begin with NUL, so these never meet one in pydantic's paths.
WORD, MAPPING = "\0word", "\0mapping"


class Form(BaseModel):
    """What all mappings of a plan have in common: no unknown keys, no guessing of types."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        defer_build=True,
        frozen=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    @classmethod
    def keys(cls) -> list[str]:
        """The keys as they are written."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def word_or_mapping(given: Any) -> str:
    """Which of the two a value is that may be written short, as one word, or long."""
    return MAPPING if isinstance(given, dict) else WORD
