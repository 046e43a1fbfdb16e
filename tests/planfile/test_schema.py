"""The JSON Schema says what the reading of plans accepts, and explains every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.planfile import json_schema
from tests.planfile.writing import DESIGN, chain, steps

SCHEMA = json_schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value fits a schema, by the keywords that ours uses."""
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
    return all(RULES[key](value, rule, schema) for key, rule in schema.items() if key in RULES)


def is_type(value: Any, names: str | list[str]) -> bool:
    """Whether a value has one of the types; true and false are no numbers."""
    wanted = [names] if isinstance(names, str) else names
    return any(
        isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in wanted
    )


RULES: dict[str, Any] = {
    "type": lambda value, rule, _: is_type(value, rule),
    "enum": lambda value, rule, _: value in rule,
    "const": lambda value, rule, _: value == rule,
    "oneOf": lambda value, rule, _: sum(fits(value, one) for one in rule) == 1,
    "anyOf": lambda value, rule, _: any(fits(value, one) for one in rule),
    "required": lambda value, rule, _: set(rule) <= set(value),
    "properties": lambda value, rule, _: all(fits(value[key], rule[key]) for key in value if key in rule),
    "additionalProperties": lambda value, rule, schema: all(
        rule and fits(value[key], rule) for key in value if key not in schema.get("properties", {})
    ),
    "propertyNames": lambda value, rule, _: all(fits(key, rule) for key in value),
    "minProperties": lambda value, rule, _: len(value) >= rule,
    "items": lambda value, rule, _: all(fits(item, rule) for item in value),
    "pattern": lambda value, rule, _: re.search(rule, value) is not None,
    "maxLength": lambda value, rule, _: len(str(value)) <= rule,
    "minLength": lambda value, rule, _: len(str(value)) >= rule,
    "minimum": lambda value, rule, _: isinstance(value, str) or value >= rule,
    "exclusiveMinimum": lambda value, rule, _: isinstance(value, str) or value > rule,
    "maximum": lambda value, rule, _: isinstance(value, str) or value <= rule,
}
# In the order of RULES, so that a value of another type is refused before it is measured.
KNOWN = {*RULES, "$ref", "$defs", "$schema", "title", "description"}
PLANS = sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))

RIGHT = [
    DESIGN,
    steps("x", "{}", "{prompt: x, pick: 2, takes: 2, repeat: 3}"),
    chain("source: {task_id: 834568345683456789, video_id: b, duration: '10.4', created_at: 1746773850590}"),
    chain("source: {text: {prompt: x, duration: 5, aspect_ratio: '16:9'}}\nuntil: 0.5"),
    steps("{prompt: '${hero}', prompt_prefix: ''}") + "vars: {hero: 锦鲤}\ndefaults: {prompt_suffix: y}\n",
    chain("source: {task_id: a, video_id: b}\nprompts_file: script.txt"),
    steps("x") + "provider: {name: kling, patience: {send: 5}, account: 工作室}\nprices: {text: 1}\n",
    *(file.read_text(encoding="utf-8") for file in PLANS),
]
WRONG = [
    "version: 2\nchains: {a: {source: {chain: b}}}",
    "version: 1\nchains: {}",
    "version: 1\nchains: {a/b: {source: {chain: b}}}",
    chain("source: {}"),
    chain("source: {task_id: a, video_id: b, chain: c}"),
    steps("{promt: x}"),
    steps("{pick: best}"),
    steps("{repeat: 0}"),
    steps("{cfg_scale: 1.5}"),
    steps("{review: 'true'}"),
    steps("{id: a b}"),
    steps("[a]"),
    steps("x") + "provider: klng\n",
    steps("x") + "vars: {a b: c}\n",
    steps("x") + "vars: {a: 1}\n",
    chain("source: {task_id: a, video_id: b}\nprompts_file: [a]"),
]


def sorted_rules(schema: Any) -> Any:
    """The schema with the keywords of each part in the order of RULES."""
    if isinstance(schema, list):
        return [sorted_rules(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    order = {key: index for index, key in enumerate(RULES)}
    return {key: sorted_rules(schema[key]) for key in sorted(schema, key=lambda key: order.get(key, -1))}


SCHEMA = sorted_rules(SCHEMA)


@pytest.mark.parametrize("text", RIGHT)
def test_right_plans_fit(text: str) -> None:
    """An editor underlines a plan that is right."""
    assert fits(yaml.safe_load(text), SCHEMA)


@pytest.mark.parametrize("text", WRONG)
def test_wrong_plans_do_not(text: str) -> None:
    """An editor says nothing about a plan that will be refused."""
    assert not fits(yaml.safe_load(text), SCHEMA)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that can stand for a value."""
    if isinstance(schema, list):
        for item in schema:
            yield from parts(item)
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            yield from parts(list(value.values()) if key in {"properties", "$defs"} else value)


def test_every_field_is_explained() -> None:
    """Somebody hovers over a key and learns nothing."""
    fields = [
        (part.get("title"), name, field)
        for part in parts(SCHEMA)
        for name, field in part.get("properties", {}).items()
    ]
    assert len(fields) > 60
    assert [name for name in fields if len(name[2].get("description", "")) < 10] == []


def test_only_keywords_that_this_test_understands() -> None:
    """The schema says something that no test has checked."""
    assert {key for part in parts(SCHEMA) for key in part} <= KNOWN


def test_the_frame_of_the_schema() -> None:
    """An editor does not recognise the schema, or no JSON can be made of it."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "Plan of orchestrate"
    assert SCHEMA["required"] == ["version", "chains"]
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_two_ways_of_writing_a_thing_are_both_offered() -> None:
    """An editor completes only the long or only the short way of writing steps, sources, providers."""
    chain_form = SCHEMA["$defs"]["ChainForm"]["properties"]
    assert [one.get("type", one.get("$ref")) for one in chain_form["steps"]["items"]["oneOf"]] == [
        "string",
        "#/$defs/StepForm",
    ]
    assert len(chain_form["source"]["oneOf"]) == 5
    assert SCHEMA["properties"]["provider"]["oneOf"] == [
        {"enum": ["dmxapi", "kling", "sandbox"]},
        {"$ref": "#/$defs/ProviderForm"},
    ]
