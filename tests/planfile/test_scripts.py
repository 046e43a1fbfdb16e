"""Files of prompts: each line is a step as if it stood in the plan, and problems are shown in that file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.plan import Plan, Position
from orchestrator.planfile import PlanProblems, load
from orchestrator.planfile.events import MOST_BYTES

PLAN = """\
version: 1
vars: {hero: 锦鲤}
defaults: {prompt_suffix: 。}
chains:
  koi:
    source: {task_id: a, video_id: b}
    prompts_file: script.txt
"""
SCRIPT = "# 第一场\n\n  ${hero}缓缓游过荷叶\n锦鲤跃出水面: 12:30\r\n\t# not this\n - no list # no comment\n"


def loaded(folder: Path, script: str | bytes, plan: str = PLAN) -> Plan:
    """The plan beside this script."""
    content = script if isinstance(script, bytes) else script.encode()
    (folder / "script.txt").write_bytes(content)
    (folder / "koi.yaml").write_text(plan, encoding="utf-8")
    return load(folder / "koi.yaml")


def said(folder: Path, script: str | bytes, plan: str = PLAN) -> list[str]:
    """The problems of the plan, files named without their folder."""
    with pytest.raises(PlanProblems) as caught:
        loaded(folder, script, plan)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_every_line_is_a_step(tmp_path: Path) -> None:
    """A line would be lost, read as YAML, or a comment would be paid for."""
    (koi,) = loaded(tmp_path, SCRIPT).chains
    assert [(step.id, step.prompt) for step in koi.steps] == [
        ("1", "锦鲤缓缓游过荷叶。"),
        ("2", "锦鲤跃出水面: 12:30。"),
        ("3", "- no list # no comment。"),
    ]
    script = str(tmp_path / "script.txt")
    assert [step.position for step in koi.steps] == [
        Position(line, at, script) for line, at in ((3, 3), (4, 1), (6, 2))
    ]


def test_the_steps_of_the_plan_follow(tmp_path: Path) -> None:
    """A script could not be filled up to the cap, or its steps would get ids that are taken."""
    plan = PLAN + "    steps: [{prompt: 涟漪, repeat: fill}]\n"
    (koi,) = loaded(tmp_path, SCRIPT, plan).chains
    assert [step.id for step in koi.steps] == ["1", "2", "3", "4"]
    assert koi.steps[3].repeat == "fill"
    assert koi.steps[3].position == Position(8, 13)


def test_a_branch_names_a_line_by_its_number(tmp_path: Path) -> None:
    """A chain could not grow out of a step of a script."""
    plan = PLAN + "  night: {source: {chain: koi, step: 2}, steps: [夜]}\n"
    assert loaded(tmp_path, SCRIPT, plan).chains[1].source.step == "2"  # type: ignore[union-attr]
    assert said(tmp_path, SCRIPT, plan.replace("step: 2", "step: 7")) == [
        "koi.yaml:8:38: chains.night.source.step: chain koi has no step 7, write one of: 1, 2, 3"
    ]


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    """A script saved by a Windows editor would begin with an invisible character."""
    (koi,) = loaded(tmp_path, b"\xef\xbb\xbf" + "游\r\n".encode()).chains
    assert koi.steps[0].prompt == "游。"


def test_one_file_may_serve_several_chains(tmp_path: Path) -> None:
    """Two chains that try one script from two videos would need two copies of it."""
    plan = PLAN + "  other: {source: {task_id: c, video_id: d}, prompts_file: ./script.txt}\n"
    one, other = loaded(tmp_path, SCRIPT, plan).chains
    assert one.steps == other.steps


LINES = {
    "ok\n  ${hreo}\n": "script.txt:2:3: chains.koi.steps.2: there is no variable hreo, did you mean hero?",
    "锦" * 2501: (
        "script.txt:1:1: chains.koi.steps.1: with its variables, prefix and suffix the text has "
        "2,502 characters, write at most 2,500"
    ),
    "a\nb\x07\n": (
        "script.txt:2:2: chains.koi.prompts_file: the character U+0007 cannot stand in a text file, delete it"
    ),
    b"a\nb\xff\n": (
        "script.txt:2:2: chains.koi.prompts_file: the byte 0xff here is not UTF-8, save the file as UTF-8"
    ),
    "a".encode("utf-16"): (
        "script.txt:1:1: chains.koi.prompts_file: the file is not UTF-8 but UTF-16, save it as UTF-8"
    ),
    "\n# only\n": (
        'koi.yaml:7:19: chains.koi.prompts_file: "script.txt" has no prompt in it, '
        "write the path of a text file with one prompt a line"
    ),
    b"a" * (MOST_BYTES + 1): (
        'koi.yaml:7:19: chains.koi.prompts_file: "script.txt" is larger than 1 MiB, '
        "write the path of a text file with one prompt a line"
    ),
}


@pytest.mark.parametrize("script", LINES, ids=range(len(LINES)))
def test_a_wrong_script(script: str | bytes, tmp_path: Path) -> None:
    """A slip in a script is let through, or its author looks for it in the plan."""
    assert said(tmp_path, script) == [LINES[script]]


def test_the_line_of_the_script_is_shown(tmp_path: Path) -> None:
    """The caret would stand under a line of the plan."""
    with pytest.raises(PlanProblems) as caught:
        loaded(tmp_path, "ok\n锦鲤${hreo}\n")
    assert str(caught.value).splitlines()[1:] == ["     2 | 锦鲤${hreo}", "       |     ^"]


def test_problems_of_both_files_at_once(tmp_path: Path) -> None:
    """The author would mend the script, and only then hear of the plan."""
    found = said(tmp_path, "${a}\n${b}\n", PLAN + "    until: 181\n")
    assert [line.split(": ")[0] for line in found] == ["koi.yaml:8:12", "script.txt:1:1", "script.txt:2:1"]


def test_a_script_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder or a pipe would end in a traceback, or be waited for."""
    tail = ", write the path of a text file with one prompt a line"
    where = "koi.yaml:7:19: chains.koi.prompts_file: "
    gone = said(tmp_path, "x", PLAN.replace("script.txt", "scirpt.txt"))
    assert gone == [f'{where}"scirpt.txt" cannot be read (No such file or directory){tail}']
    assert said(tmp_path, "x", PLAN.replace("script.txt", ".")) == [f'{where}"." is not a file{tail}']
    os.mkfifo(tmp_path / "pipe")
    assert said(tmp_path, "x", PLAN.replace("script.txt", "pipe")) == [f'{where}"pipe" is not a file{tail}']


def test_a_script_may_not_multiply_without_end(tmp_path: Path) -> None:
    """A thousand chains with one long script would fill the memory."""
    plan = PLAN + "".join(
        f"  c{number}: {{source: {{chain: koi}}, prompts_file: script.txt}}\n" for number in range(50)
    )
    (found,) = said(tmp_path, "a\n" * 50_000, plan)
    assert found.endswith(": with its files the plan has over 200,000 prompts, split it")
