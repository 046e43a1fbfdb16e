"""What people and machines read: forecasts, status, trees, costs and runs, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door

if TYPE_CHECKING:
    from orchestrator.report.amounts import plural
    from orchestrator.report.asking import with_place
    from orchestrator.report.bulletins import Bulletin, Bulletins, expiring_bulletins
    from orchestrator.report.checkups import check_lines, checks_json, checks_text
    from orchestrator.report.costs import cost_csv, cost_json, cost_text
    from orchestrator.report.cuts import timeline
    from orchestrator.report.differences import (
        difference_json,
        difference_text,
        film_difference,
        plan_difference,
    )
    from orchestrator.report.drifts import Drifts
    from orchestrator.report.expiring import passing, passing_json, passing_text
    from orchestrator.report.films import Part, parts, parts_text
    from orchestrator.report.forecasts import forecast_json, forecast_text
    from orchestrator.report.frames import Frames, Still, sheet
    from orchestrator.report.glance import MOST, status_text
    from orchestrator.report.housekeeping import Swept, swept_json, swept_text
    from orchestrator.report.inspections import Lineal, inspection_json, inspection_text, lineal
    from orchestrator.report.machine import json_line, json_text, plain
    from orchestrator.report.meaning import Meant, find_step
    from orchestrator.report.metrics import Family, figures_of, metrics_text
    from orchestrator.report.naming import find, name_of, named_chain, places_of
    from orchestrator.report.page import (
        LIVE_POLICY,
        Page,
        Telling,
        contents,
        data_uris,
        live_film,
        single_page,
    )
    from orchestrator.report.paths import minute, path_json, path_text, scene_at, scenes
    from orchestrator.report.reporters import RunReporter, json_reporter, logged_reporter, reporter_for
    from orchestrator.report.showing import show_json, show_text
    from orchestrator.report.status import Facing, PlanKnown, Status, status_json, status_of
    from orchestrator.report.summary import Ended, summary_json, summary_text
    from orchestrator.report.takes import takes_json, takes_text
    from orchestrator.report.text import clean, clean_lines
    from orchestrator.report.trees import Forest, forest, origin, tree_json, tree_text

__all__ = [
    "LIVE_POLICY",
    "MOST",
    "Bulletin",
    "Bulletins",
    "Drifts",
    "Ended",
    "Facing",
    "Family",
    "Forest",
    "Frames",
    "Lineal",
    "Meant",
    "Page",
    "Part",
    "PlanKnown",
    "RunReporter",
    "Status",
    "Still",
    "Swept",
    "Telling",
    "check_lines",
    "checks_json",
    "checks_text",
    "clean",
    "clean_lines",
    "contents",
    "cost_csv",
    "cost_json",
    "cost_text",
    "data_uris",
    "difference_json",
    "difference_text",
    "expiring_bulletins",
    "figures_of",
    "film_difference",
    "find",
    "find_step",
    "forecast_json",
    "forecast_text",
    "forest",
    "inspection_json",
    "inspection_text",
    "json_line",
    "json_reporter",
    "json_text",
    "lineal",
    "live_film",
    "logged_reporter",
    "metrics_text",
    "minute",
    "name_of",
    "named_chain",
    "origin",
    "parts",
    "parts_text",
    "passing",
    "passing_json",
    "passing_text",
    "path_json",
    "path_text",
    "places_of",
    "plain",
    "plan_difference",
    "plural",
    "reporter_for",
    "scene_at",
    "scenes",
    "sheet",
    "show_json",
    "show_text",
    "single_page",
    "status_json",
    "status_of",
    "status_text",
    "summary_json",
    "summary_text",
    "swept_json",
    "swept_text",
    "takes_json",
    "takes_text",
    "timeline",
    "tree_json",
    "tree_text",
    "with_place",
]

__getattr__ = door(
    __name__,
    {
        "amounts": "plural",
        "asking": "with_place",
        "bulletins": "Bulletin Bulletins expiring_bulletins",
        "checkups": "check_lines checks_json checks_text",
        "costs": "cost_csv cost_json cost_text",
        "cuts": "timeline",
        "differences": "difference_json difference_text film_difference plan_difference",
        "drifts": "Drifts",
        "expiring": "passing passing_json passing_text",
        "films": "Part parts parts_text",
        "forecasts": "forecast_json forecast_text",
        "frames": "Frames Still sheet",
        "glance": "MOST status_text",
        "housekeeping": "Swept swept_json swept_text",
        "inspections": "Lineal inspection_json inspection_text lineal",
        "machine": "json_line json_text plain",
        "meaning": "Meant find_step",
        "metrics": "Family figures_of metrics_text",
        "naming": "find name_of named_chain places_of",
        "page": "LIVE_POLICY Page Telling contents data_uris live_film single_page",
        "paths": "minute path_json path_text scene_at scenes",
        "reporters": "RunReporter json_reporter logged_reporter reporter_for",
        "showing": "show_json show_text",
        "status": "Facing PlanKnown Status status_json status_of",
        "summary": "Ended summary_json summary_text",
        "takes": "takes_json takes_text",
        "text": "clean clean_lines",
        "trees": "Forest forest origin tree_json tree_text",
    },
)
