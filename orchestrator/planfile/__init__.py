"""The plan file: YAML to a plan, or every problem with its place, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door

if TYPE_CHECKING:
    from orchestrator.planfile.loading import load, parse
    from orchestrator.planfile.problems import PlanProblems, Problem, render
    from orchestrator.planfile.prompts import literal
    from orchestrator.planfile.schema import json_schema

__all__ = [
    "PlanProblems",
    "Problem",
    "json_schema",
    "literal",
    "load",
    "parse",
    "render",
]

__getattr__ = door(
    __name__,
    {
        "loading": "load parse",
        "problems": "PlanProblems Problem render",
        "prompts": "literal",
        "schema": "json_schema",
    },
)
