"""The JSON Schema of a plan file, for editors that complete and explain while one writes."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from orchestrator.planfile.model import PlanForm


class _Plain(GenerateJsonSchema):
    """Without what only repeats the key's name or says that an absent key is absent."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a hook of pydantic's
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """The schema of the very model that `load` reads with; every field has a description."""
    schema = PlanForm.model_json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, **schema, "title": "Plan of orchestrate"}
