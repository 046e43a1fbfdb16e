"""What hypothesis draws for a life of runs: plans and edits, faults, interruptions, a person's words."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from orchestrator.plan import (
    FILL,
    Branch,
    By,
    Chain,
    Continuation,
    Existing,
    Generation,
    Kind,
    Limits,
    Patience,
    Pick,
    Plan,
    ProviderSettings,
    Source,
    Step,
)
from orchestrator.sandbox import EXAMPLE, Plant
from tests.scenarios.auditing import SCRIPTED
from tests.scenarios.stage import API, sandbox_settings

LONGER = os.environ.get("ORCHESTRATE_EXAMPLES")
"""So many times as much as usual; without it a failing example is not shrunk, which takes minutes."""


def chapters(few: int) -> range:
    """The seeds of a property: the same ones each time, more of them in the long form."""
    return range(few * int(LONGER or 1))


def told(chapter: int, property_: Callable[..., None], **drawn: st.SearchStrategy[Any]) -> None:
    """The property holds for ten examples, drawn from this seed.

    Ten at a time, because hypothesis draws the first ten anew and most later ones by copying parts
    about, which is of little use for a life made of many parts.
    """
    ten = settings(
        max_examples=10,
        phases=(Phase.generate, Phase.shrink) if LONGER else (Phase.generate,),
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    seed(chapter)(ten(given(**drawn)(property_)))()


# ---- hosts


@dataclass(frozen=True)
class Host:
    """A provider's character, and how it is spoken to."""

    name: str
    options: dict[str, Any]
    settings: ProviderSettings

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"HOSTS[{self.name!r}]")


_GATEWAY = ProviderSettings(name="dmxapi", base_url=API, patience=Patience(10, 20, 10))

HOSTS = {
    host.name: host
    for host in (
        Host("ids and list", {"offers_list": True}, sandbox_settings()),
        Host("ids, no list", {"offers_list": False}, sandbox_settings()),
        Host("ids dropped", {"external_ids": False, "offers_list": True}, sandbox_settings()),
        Host("vendor", {"native": True}, sandbox_settings(name="kling")),
        Host("gateway", {"external_ids": False}, _GATEWAY),
        Host("gateway with list", {"external_ids": False, "offers_list": True}, _GATEWAY),
        Host(
            "gateway of our own",
            {"external_ids": False, "offers_list": True},
            replace(_GATEWAY, exclusive=True),
        ),
    )
}

# ---- sources

PLANTS = tuple(Plant(f"task-{seconds}", f"video-{seconds}", seconds=seconds) for seconds in ("166", "171.5"))
"""Near the cap: one more extension or two, with and without room for the longest."""

PLAIN_SOURCES: tuple[Source, ...] = (
    Existing(EXAMPLE.task_id, EXAMPLE.video_id, duration=Decimal("5.1")),
    Existing(EXAMPLE.task_id, EXAMPLE.video_id, kind=Kind.TEXT),
    Generation(Kind.TEXT, Step("0", "koi"), model_name="kling-v1-6"),
)
SOURCES: tuple[Source, ...] = (
    *PLAIN_SOURCES,
    *(Existing(plant.task_id, plant.video_id, kind=Kind.TEXT) for plant in PLANTS),
    Generation(Kind.TEXT, Step("0", "koi", takes=2, pick=Pick.ASK), model_name="kling-v1-6"),
)
PLANTED = frozenset({EXAMPLE.video_id, *(plant.video_id for plant in PLANTS)})

# ---- steps: words that some chains share, and words that the provider does not like

PROMPTS = (*("a", "b", "c") * 4, "war [refuse]", "storm [risk]", "[fail]")
FALLBACKS: tuple[tuple[str, ...], ...] = ((), (), ("x",), ("bad [refuse]", "y"))
ONWARD = (
    *(Continuation(),) * 4,
    Continuation(By.AUTO, model_name="kling-v1-6"),
    Continuation(By.FRAME, model_name="kling-v1-6"),
)
"""How a step goes on; an existing video's model may be unknown, so that it is named."""


@st.composite
def steps(
    draw: st.DrawFn,
    prompts: tuple[str, ...] = PROMPTS,
    fallbacks: tuple[tuple[str, ...], ...] = FALLBACKS,
    onward: tuple[Continuation, ...] = ONWARD,
) -> Step:
    """A step without its name; a pick by number is of a take that is wanted."""
    takes = draw(st.sampled_from((1, 1, 1, 2, 3)))
    pick: Pick | int = draw(st.sampled_from((*Pick, *range(1, takes + 1))))
    return Step(
        id="",
        prompt=draw(st.sampled_from(prompts)),
        cfg_scale=draw(st.sampled_from((None, None, Decimal(0)))),
        repeat=draw(st.sampled_from((1, 1, 1, 2, FILL))),
        takes=takes,
        pick=pick,
        review=draw(st.sampled_from((False, False, False, True))),
        fallbacks=draw(st.sampled_from(fallbacks)),
        attempts=draw(st.sampled_from((1, 2))),
        continuation=draw(st.sampled_from(onward)),
    )


UNTIL = (None, None, Decimal(12), Decimal(18), Decimal(178))

BUDGETS = (
    *(Limits(),) * 6,
    *(Limits(calls=calls) for calls in (2, 4, 8)),
    *(Limits(units=Decimal(units)) for units in (6, 12)),
)

# ---- plans and edits


class Draft:
    """A plan that a failing example prints in a few lines."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __repr__(self) -> str:
        chains = [
            f"{chain.name}: {_short(chain)} {[_short(step) for step in chain.steps]}"
            for chain in self.plan.chains
        ]
        return f"<{_short(self.plan)}; {'; '.join(chains)}>"


def _short(value: Any) -> str:
    """The fields that are not as they are by default, without what is said elsewhere."""
    parts = []
    for each in fields(value):
        now = getattr(value, each.name)
        if each.name in ("steps", "chains", "text", "provider") or now == each.default:
            continue
        if now and now != ():
            parts.append(f"{each.name}={_short(now) if is_dataclass(now) else now}")
    return f"{type(value).__name__}({', '.join(parts)})"


def fitted(plan: Plan) -> Plan:
    """The plan as the loader would let it through: steps named by number, branches to steps that exist."""
    chains: dict[str, Chain] = {}
    for chain in plan.chains:
        numbered = tuple(_bounded(chain, replace(step, id=str(n))) for n, step in enumerate(chain.steps, 1))
        chains[chain.name] = replace(chain, steps=numbered, source=_rooted(chain.source, chains))
    return replace(plan, chains=tuple(chains.values()), text=repr(chains))


def _bounded(chain: Chain, step: Step) -> Step:
    """Few enough films for a test: nothing fills up from the beginning to the cap."""
    endless = step.repeat == FILL and (chain.until is None or chain.until > 100)
    short = not (isinstance(chain.source, Existing) and chain.source.video_id != EXAMPLE.video_id)
    return replace(step, repeat=2) if endless and short else step


def _rooted(source: Source, chains: dict[str, Chain]) -> Source:
    if not isinstance(source, Branch):
        return source
    step = next((each for each in chains[source.chain].steps if each.id == source.step), None)
    if step is None:
        return Branch(source.chain)
    return source if source.take is None or source.take <= step.takes else replace(source, take=None)


@dataclass(frozen=True)
class Edit:
    """One change that an author makes, at a chain and a step taken round the end."""

    act: Literal["change", "insert", "remove", "swap", "until", "budget", "source", "beside", "drop"]
    chain: int
    at: int
    step: Step
    until: Decimal | None
    budget: Limits
    source: Source

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a failing example prints: no more than matters."""
        more = {"until": self.until, "budget": self.budget, "source": _short(self.source)}
        value = more.get(self.act, _short(self.step))
        printer.text(f"<{self.act} {self.chain} {self.at}: {value}>")

    def of(self, plan: Plan) -> Plan:
        """The plan as it is after this change."""
        if self.act == "budget" and self.at % 2:
            return replace(plan, budget=self.budget)
        if self.act == "beside":
            return fitted(replace(plan, chains=(plan.chains[0], self._beside(plan.chains[0]))))
        if self.act == "drop":
            return fitted(replace(plan, chains=plan.chains[:1]))
        index = self.chain % len(plan.chains)
        chains = [self._changed(each) if n == index else each for n, each in enumerate(plan.chains)]
        return fitted(replace(plan, chains=tuple(chains)))

    def _changed(self, chain: Chain) -> Chain:
        match self.act:
            case "until":
                return replace(chain, until=self.until)
            case "budget":
                return replace(chain, budget=self.budget)
            case "source":
                return chain if isinstance(chain.source, Branch) else replace(chain, source=self.source)
        wanted = list(chain.steps)
        at = self.at % (len(wanted) or 1)
        match self.act:
            case "insert":
                wanted.insert(at, self.step)
            case "remove":
                del wanted[at : at + 1]
            case "swap":
                wanted[at : at + 2] = reversed(wanted[at : at + 2])
            case "change":
                wanted[at : at + 1] = [self.step]
        return replace(chain, steps=tuple(wanted[:4]))

    def _beside(self, chain: Chain) -> Chain:
        """A second chain: a branch of the first, or one that begins in the same way."""
        if self.chain % 2:
            step = None if self.at == 3 else str(self.at % max(1, len(chain.steps)) + 1)
            return Chain("d", Branch(chain.name, step, self.step.takes if step else None), (self.step,))
        return replace(chain, name="d", steps=(*chain.steps[: self.at % 3], self.step))


ACTS = (*("change", "insert", "swap", "beside") * 2, "remove", "until", "budget", "source", "drop")


@dataclass(frozen=True)
class Palette:
    """What plans and edits are made of."""

    steps: st.SearchStrategy[Step] = field(default_factory=steps)
    sources: tuple[Source, ...] = SOURCES
    until: tuple[Decimal | None, ...] = UNTIL
    budgets: tuple[Limits, ...] = BUDGETS

    def edits(self, *acts: str) -> st.SearchStrategy[Edit]:
        """Any change; those of steps most often."""
        return st.builds(
            Edit,
            act=st.sampled_from(acts or ACTS),
            chain=st.integers(0, 1),
            at=st.integers(0, 3),
            step=self.steps,
            until=st.sampled_from(self.until),
            budget=st.sampled_from(self.budgets),
            source=st.sampled_from(self.sources),
        )

    def drafts(self) -> st.SearchStrategy[Draft]:
        """A plan of one or two chains, for a provider that is filled in later."""
        return _drafts(self)


@st.composite
def _drafts(draw: st.DrawFn, palette: Palette) -> Draft:
    wanted = tuple(draw(st.lists(palette.steps, min_size=2, max_size=3)))
    chain = Chain("c", draw(st.sampled_from(palette.sources)), wanted, draw(st.sampled_from(palette.until)))
    budget = draw(st.sampled_from(palette.budgets))
    plan = fitted(Plan("p", ProviderSettings(), (chain,), budget=budget))
    beside = draw(st.one_of(st.none(), palette.edits("beside")))
    return Draft(plan if beside is None else beside.of(plan))


ANYTHING = Palette()


# ---- faults


def _made_up(http: int, code: int | str, message: str = "", **more: str) -> dict[str, Any]:
    return {"http": http, "code": code, "message": f"{SCRIPTED} {message}", **more}


SUBMITTING: tuple[Any, ...] = (
    *("drop_before", "drop_after", "no_task_id", "garbage", "truncate", "string_code", "data_list"),
    *({"delay": 45}, {"slow": 4}, {"slow": 40}, {"fail": "internal error"}),
    *({"status": {"http": 502}}, {"status_after": {"http": 502}}, {"status_after": {"http": 524}}),
    {"status": _made_up(429, 1302, "too fast", retry_after="7")},
    {"status": _made_up(503, "x", "无可用渠道")},
    {"status": _made_up(401, 1002, "invalid")},
    {"status": _made_up(429, 1102, "Account balance not enough")},
    {"status": _made_up(400, 1201, "not supported")},
    {"status": _made_up(400, 1301, "risk")},
)
LISTING: tuple[Any, ...] = (
    *("drop_before", "html", "garbage", "empty_data", "string_code"),
    *({"status": {"http": 502}}, {"status": _made_up(404, 1203)}, {"status": _made_up(429, 1302)}),
)
ASKING: tuple[Any, ...] = (*LISTING, "videos_null", "data_list")
FETCHING: tuple[Any, ...] = ("truncate", "not_video", "drop_before", {"status": {"http": 503}})


@st.composite
def faults(draw: st.DrawFn) -> dict[str, Any]:
    """One rule: at one of the next calls something goes wrong, perhaps a few times."""
    action = draw(st.sampled_from(("submit", "submit", "submit", "query", "list", "fetch")))
    effects = {"submit": SUBMITTING, "query": ASKING, "list": LISTING, "fetch": FETCHING}[action]
    when = {"action": action, "nth": draw(st.integers(1, 3)), "times": draw(st.sampled_from((1, 1, 2, 3)))}
    return {"when": when, "do": draw(st.sampled_from(effects))}


# ---- what a person says, and how a run is cut short


@dataclass(frozen=True)
class Word:
    """What a person does about one of the things there are, taken round the end."""

    act: Literal["resolve", "abandon", "pick", "reject", "approve", "more", "retry"]
    which: int = 0
    number: int = 1


WORDS = st.builds(
    Word,
    st.sampled_from(("resolve", "resolve", "abandon", "pick", "pick", "reject", "approve", "more", "retry")),
    st.integers(0, 5),
    st.integers(1, 3),
)


@dataclass(frozen=True)
class Cut:
    """What befalls a run: death at an instant, or after so many seconds an end or a person's word."""

    how: Literal["dies", "cancelled", "drained", "word"]
    at: int
    word: Word = Word("resolve")


CUTS = st.one_of(
    st.none(),
    st.builds(Cut, st.just("dies"), st.integers(1, 25)),
    st.builds(Cut, st.sampled_from(("cancelled", "drained")), st.integers(0, 900)),
    st.builds(Cut, st.just("word"), st.integers(0, 1500), WORDS),
)


@dataclass(frozen=True)
class Scene:
    """One run in a life, and what comes before it: time, words, changes of the plans."""

    changes: tuple[Edit, ...] = ()
    copy: Edit | None = None
    script: tuple[dict[str, Any], ...] = ()
    cut: Cut | None = None
    calls: int | None = None
    words: tuple[Word, ...] = ()
    days: int = 0

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a failing example prints: only what is not as usual."""
        usual = Scene()
        for each in fields(self):
            value = getattr(self, each.name)
            if value != getattr(usual, each.name):
                printer.text(f" {each.name}=")
                printer.pretty(value)


SCENES = st.builds(
    Scene,
    changes=st.lists(ANYTHING.edits(), max_size=2).map(tuple),
    copy=st.one_of(st.none(), st.none(), ANYTHING.edits()),
    script=st.lists(faults(), max_size=3).map(tuple),
    cut=CUTS,
    calls=st.sampled_from((*(None,) * 6, 1, 3)),
    words=st.lists(WORDS, max_size=2).map(tuple),
    days=st.sampled_from((*(0,) * 12, 1, 29, 31)),
)
