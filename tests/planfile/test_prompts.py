"""Variables, prefix and suffix: what is sent is the final text, and keys depend on nothing else."""

from __future__ import annotations

import pytest

from orchestrator.identity import TakeKey, step_key
from orchestrator.plan import Generation, Kind, Step
from orchestrator.planfile import literal
from tests.planfile.writing import chain, only, plan, said, steps

VARS = "vars: {hero: 一尾金色锦鲤, place: 荷塘, empty: ''}\n"
ITSELF = ", or $${ for the two characters themselves"


def first(text: str) -> Step:
    """The first step of the only chain."""
    return plan(text).chains[0].steps[0]


TEXTS = {
    "'${hero}游过${place}'": "一尾金色锦鲤游过荷塘",
    "'${ hero }'": "一尾金色锦鲤",
    "${hero}": "一尾金色锦鲤",
    "'$${hero}'": "${hero}",
    "'$$${hero}'": "$${hero}",
    "'$hero costs $5, $$ and {hero}'": "$hero costs $5, $$ and {hero}",
    "' ${empty} a'": "a",
    "'${empty}'": None,
    '"a\\n${hero}"': "a\n一尾金色锦鲤",
}


@pytest.mark.parametrize("written", TEXTS)
def test_variables_in_a_prompt(written: str) -> None:
    """Another text is sent, and paid for, than the one the author meant."""
    assert first(VARS + steps(written)).prompt == TEXTS[written]


@pytest.mark.parametrize("text", ["${hero}", "$${hero}", "a ${ b", "$ $$ {hero}", "$$$${x}"])
def test_a_text_can_be_written_to_be_sent_as_it_is(text: str) -> None:
    """A prompt typed on the command line would be changed, or refused for a variable it does not mean."""
    assert first(VARS + steps(f"'{literal(text)}'")).prompt == text


def test_variables_stand_in_every_text_that_is_sent() -> None:
    """A negative prompt or a fallback would be sent with the name of a variable in it."""
    text = VARS + "defaults: {negative_prompt: 'n ${place}'}\n"
    text += chain("""\
        source: {text: {prompt: '${hero}', fallbacks: ['f ${hero}'], negative_prompt: 's ${place}'}}
        steps: ['x', {prompt: y, negative_prompt: 'own ${hero}', fallbacks: ['z ${place}']}]
        """)
    loaded = plan(text.replace("{prompt: '${hero}', f", "{prompt: '${hero}', model_name: kling-v1-6, f"))
    source, (one, two) = loaded.chains[0].source, loaded.chains[0].steps
    assert isinstance(source, Generation)
    assert source.step.prompts == ("一尾金色锦鲤", "f 一尾金色锦鲤")
    assert source.step.negative_prompt == "s 荷塘"
    assert one.negative_prompt == "n 荷塘"
    assert (two.prompts, two.negative_prompt) == (("y", "z 荷塘"), "own 一尾金色锦鲤")


def test_a_variable_is_only_replaced_in_prompts() -> None:
    """An id or a task id with ${ in it would be changed without a word."""
    (koi,) = plan(VARS + chain("source: {task_id: '${hero}', video_id: b}\nsteps: ['${hero}']")).chains
    assert koi.source.task_id == "${hero}"  # type: ignore[union-attr]


def test_prefix_and_suffix_join_every_prompt() -> None:
    """A style written once would be missing in a source, a step, a fallback, or be in a negative prompt."""
    text = VARS + "defaults: {prompt_prefix: '写实, ', prompt_suffix: '，${place}', negative_prompt: n}\n"
    text += chain("""\
        source: {text: {prompt: a, model_name: kling-v1-6}}
        steps: [' b ', {prompt: c, fallbacks: [d]}, {}, {prompt: e, prompt_prefix: '', prompt_suffix: ' f'}]
        """)
    source, made = plan(text).chains[0].source, plan(text).chains[0].steps
    assert isinstance(source, Generation)
    assert (source.step.prompt, source.step.negative_prompt) == ("写实, a，荷塘", "n")
    assert [step.prompts for step in made] == [
        ("写实, b，荷塘",),
        ("写实, c，荷塘", "写实, d，荷塘"),
        (None,),  # a step without a prompt is sent without one
        ("e f",),
    ]


def test_the_final_text_alone_decides_reuse() -> None:
    """Moving a text into a variable or a prefix would pay for the whole chain again."""
    plain = first(steps("写实，一尾金色锦鲤游过"))
    written = first(VARS + "defaults: {prompt_prefix: 写实，}\n" + steps("'${hero}游过'"))
    assert written == plain
    parent = TakeKey("parent")
    assert step_key(parent, Kind.EXTEND, written, written.prompt) == step_key(
        parent, Kind.EXTEND, plain, plain.prompt
    )


WRONG = {
    "'${hreo}'": "7:10: chains.koi.steps.1: there is no variable hreo, did you mean hero?",
    "'a ${x}'": f"7:12: chains.koi.steps.1: there is no variable x, write one of: hero, place, empty{ITSELF}",
    "{prompt: '锦 ${x}'}": (
        f"7:21: chains.koi.steps.1.prompt: there is no variable x, write one of: hero, place, empty{ITSELF}"
    ),
    "'${hero'": f"7:10: chains.koi.steps.1: this ${{ is never closed, write ${{name}}{ITSELF}",
    "'${}'": f"7:10: chains.koi.steps.1: no name stands between the braces, write ${{name}}{ITSELF}",
    "{fallbacks: [a, '$${x} ${hreo}']}": (
        "7:32: chains.koi.steps.1.fallbacks.2: there is no variable hreo, did you mean hero?"
    ),
    "{negative_prompt: '${hreo}'}": (
        "7:28: chains.koi.steps.1.negative_prompt: there is no variable hreo, did you mean hero?"
    ),
    '"\\x24{hreo}"': "7:9: chains.koi.steps.1: there is no variable hreo, did you mean hero?",
    "'${hero}" + "锦" * 2495 + "'": (
        "7:9: chains.koi.steps.1: with its variables, prefix and suffix the text has 2,501 characters, "
        "write at most 2,500"
    ),
    "'"
    + "${hero}" * 2000
    + "'": "7:9: chains.koi.steps.1: 14,000 characters are too many, write at most 2,500",
    "'" + "${hero}" * 1400 + "'": (
        "7:9: chains.koi.steps.1: with its variables, prefix and suffix the text has 8,400 characters, "
        "write at most 2,500"
    ),
    "{prompt: x, prompt_prefix: '${hreo}'}": (
        "7:37: chains.koi.steps.1.prompt_prefix: there is no variable hreo, did you mean hero?"
    ),
}


@pytest.mark.parametrize("step", WRONG, ids=range(len(WRONG)))
def test_a_wrong_use_of_a_variable(step: str) -> None:
    """A misspelt variable would be sent, and paid for, as it stands."""
    assert only(VARS + steps(step)) == WRONG[step]


def test_the_limit_counts_what_stands_around_a_prompt_too() -> None:
    """A prompt of 2,500 characters with a prefix would be refused by the provider."""
    prompt = "锦" * 2499
    assert first("defaults: {prompt_prefix: 锦}\n" + steps(prompt)).prompt == "锦" * 2500
    assert said("defaults: {prompt_prefix: 锦, prompt_suffix: 鲤}\n" + steps(prompt)) == [
        (
            "7:9: chains.koi.steps.1: with its variables, prefix and suffix the text has 2,501 characters, "
            "write at most 2,500"
        )
    ]


DEFINITIONS = {
    "{a: '${b}', b: c}": f"1:12: vars.a: a variable cannot hold another one, write the text out{ITSELF}",
    "{a b: c}": (
        "1:8: vars.a b: a variable's name has no white space, no $ { } and at most 100 characters, "
        "write one like hero"
    ),
    "{a: 12}": '1:11: vars.a: YAML reads a bare 12 as a number, quote it: "12"',
    "{a: [b]}": "1:11: vars.a: a list cannot stand here, write a text",
    "[a]": "1:7: vars: a list cannot stand here, write vars: {hero: a text}",
}


@pytest.mark.parametrize("variables", DEFINITIONS)
def test_a_wrong_variable(variables: str) -> None:
    """A variable that cannot be meant is let through, or its author is not told where."""
    assert only(f"vars: {variables}\n" + steps("x")) == DEFINITIONS[variables]


@pytest.mark.parametrize("step", ["{prompt: ${hero}游过}", "{prompt: a, fallbacks: [${hero}游]}"])
def test_a_bare_variable_inside_braces_is_explained(step: str) -> None:
    """YAML's own words for its braces do not say that the text needs quotes."""
    assert only(VARS + steps(step)).endswith(
        ' (inside { } or [ ] a text with ${name} in it needs quotes: "${name}")'
    )


def test_without_vars_the_author_is_told_of_them() -> None:
    """Somebody who never heard of variables would not know what is wrong with ${."""
    assert only(steps("a ${b}")) == (
        f"6:11: chains.koi.steps.1: there is no variable b, write its text under vars{ITSELF}"
    )


def test_under_an_alias_the_alias_is_pointed_at() -> None:
    """The place of a problem would be in another line that happens to use a variable."""
    text = VARS + steps("&a '${x}'", "*a", "'${hero} ${hero}'")
    assert [line.split(": ")[0] for line in said(text)] == ["7:13", "8:9"]


def test_a_variable_that_no_prompt_uses_is_noted() -> None:
    """`$hero` in place of `${hero}` would be paid for without a word."""
    assert plan(VARS + steps("'$hero ${place}'")).notes == (
        "vars: no prompt uses hero, empty; write ${hero} where it is meant",
    )
    assert plan("vars: {a: '$${x}'}\n" + steps("'${a}'")).chains[0].steps[0].prompt == "${x}"


def test_a_small_file_does_not_fill_the_memory() -> None:
    """A megabyte of short prompts with long variables would become gigabytes."""
    long = "锦" * 2400
    text = f"vars: {{a: {long}}}\n" + steps(*[f"{number} ${{a}}" for number in range(20_000)])
    assert only(text).endswith("the prompts have over 16 million characters, split it")
