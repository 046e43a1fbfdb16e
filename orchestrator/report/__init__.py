"""What people and machines read: forecasts, status, trees, costs and runs, as text and as JSON."""

from orchestrator.report.amounts import plural
from orchestrator.report.costs import cost_csv, cost_json, cost_text
from orchestrator.report.forecasts import forecast_json, forecast_text
from orchestrator.report.glance import status_text
from orchestrator.report.machine import json_line, json_text, plain
from orchestrator.report.naming import find, name_of, places_of
from orchestrator.report.reporters import RunReporter, json_reporter, reporter_for
from orchestrator.report.showing import show_json, show_text
from orchestrator.report.status import Facing, PlanKnown, Status, status_json, status_of
from orchestrator.report.summary import Ended, summary_json, summary_text
from orchestrator.report.text import clean, clean_lines
from orchestrator.report.trees import Forest, forest, tree_json, tree_text

__all__ = [
    "Ended",
    "Facing",
    "Forest",
    "PlanKnown",
    "RunReporter",
    "Status",
    "clean",
    "clean_lines",
    "cost_csv",
    "cost_json",
    "cost_text",
    "find",
    "forecast_json",
    "forecast_text",
    "forest",
    "json_line",
    "json_reporter",
    "json_text",
    "name_of",
    "places_of",
    "plain",
    "plural",
    "reporter_for",
    "show_json",
    "show_text",
    "status_json",
    "status_of",
    "status_text",
    "summary_json",
    "summary_text",
    "tree_json",
    "tree_text",
]
