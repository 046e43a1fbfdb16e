"""The plan file: YAML to a plan, or every problem with its place, all at once."""

from orchestrator.planfile.loading import load, parse
from orchestrator.planfile.problems import PlanProblems, Problem, render
from orchestrator.planfile.prompts import literal
from orchestrator.planfile.schema import json_schema

__all__ = ["PlanProblems", "Problem", "json_schema", "literal", "load", "parse", "render"]
