"""Plans as tests write them: the whole text, or one chain in its usual frame."""

from __future__ import annotations

import textwrap

from orchestrator.plan import Plan
from orchestrator.planfile import PlanProblems, Problem, parse

DESIGN = """\
version: 1
name: koi                     # default: the file's stem
provider: dmxapi              # dmxapi | kling | sandbox, or a mapping
prices: {currency: CNY, extension: 2.00}       # what *you* pay; absent = unknown, shown as unknown
budget: {calls: 40, units: 80, cost: 80.00}    # calls = every paid POST of any kind
defaults: {negative_prompt: "突然的场景转换, 画面抖动", cfg_scale: 0.5}
output: films                 # default .orchestrate/films/<plan>/<chain>.mp4
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    until: 60                 # stop once the length is >= 60 s
    steps:
      - 锦鲤缓缓游过荷叶                         # a plain string is a prompt
      - {id: leap, prompt: 锦鲤跃出水面, takes: 3, pick: ask}
      - {prompt: 涟漪散开, repeat: fill}        # until `until` or the cap
  night:
    source: {chain: koi, step: leap, take: 2}   # branch
    steps: [夜幕降临, {prompt: 萤火虫亮起, review: true, fallbacks: [萤火虫]}]
"""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)


def plan(text: str, path: str = "koi.yaml") -> Plan:
    """The plan in this text."""
    return parse(textwrap.dedent(text).encode(), path)


def chain(body: str) -> str:
    """A plan with one chain `koi`, whose lines these are."""
    return (
        "version: 1\nchains:\n  koi:\n" + textwrap.indent(textwrap.dedent(body), "    ").rstrip("\n") + "\n"
    )


def steps(*lines: str) -> str:
    """A plan with one chain that extends an existing video by these steps."""
    return chain("source: {task_id: a, video_id: b}\nsteps:\n" + "".join(f"  - {line}\n" for line in lines))


def problems(text: str | bytes, path: str = "koi.yaml") -> tuple[Problem, ...]:
    """What is wrong with this text; there must be something."""
    try:
        loaded = parse(text if isinstance(text, bytes) else text.encode(), path)
    except PlanProblems as error:
        return error.problems
    raise AssertionError(f"nothing was found wrong: {loaded}")


def said(text: str | bytes) -> list[str]:
    """The problems of this text, each as `line:column: path: message`."""
    return [str(problem).removeprefix("koi.yaml:") for problem in problems(text)]


def only(text: str | bytes) -> str:
    """The one problem of this text."""
    (found,) = said(text)
    return found
