"""A plan file that is right becomes exactly the plan its author wrote."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from orchestrator.errors import PlanError
from orchestrator.plan import (
    Branch,
    Chain,
    Downloads,
    Existing,
    Generation,
    Image,
    Kind,
    Limits,
    Notify,
    Occasion,
    Patience,
    Pick,
    Plan,
    Position,
    Prices,
    ProviderSettings,
    Step,
)
from orchestrator.planfile import events, load, parse
from tests.growth import is_linear
from tests.planfile.writing import DESIGN, JPEG, PNG, chain, plan, steps

NEGATIVE = "突然的场景转换, 画面抖动"


def common(step_id: str, prompt: str, **more: object) -> Step:
    """A step of the design's example, which inherits its defaults."""
    inherited = {"negative_prompt": NEGATIVE, "cfg_scale": Decimal("0.5")}
    return Step(step_id, prompt, **{**inherited, **more})  # type: ignore[arg-type]


EXAMPLE = Plan(
    name="koi",
    provider=ProviderSettings("dmxapi"),
    prices=Prices(currency="CNY", extension=Decimal("2.00")),
    budget=Limits(calls=40, units=Decimal(80), cost=Decimal("80.00")),
    output="films",
    chains=(
        Chain(
            "koi",
            Existing("CjhDaWgU7GAAAAAAAb1QfA", "bc17f1e8-6c7b-440c-bd30-e47fb1c82932"),
            (
                common("1", "锦鲤缓缓游过荷叶"),
                common("leap", "锦鲤跃出水面", takes=3, pick=Pick.ASK),
                common("3", "涟漪散开", repeat="fill"),
            ),
            until=Decimal(60),
        ),
        Chain(
            "night",
            Branch("koi", "leap", 2),
            (common("1", "夜幕降临"), common("2", "萤火虫亮起", review=True, fallbacks=("萤火虫",))),
        ),
    ),
)


def test_a_drift_is_minded_by_the_plan_or_by_a_chain() -> None:
    """A stop of the plan no longer holds for all its chains, or a chain's own no longer comes before it."""
    text = """\
version: 1
name: p
drift: {stop: 0.35}
chains:
  a: {source: {task_id: t, video_id: v}, steps: [x]}
  b: {source: {task_id: t, video_id: v}, steps: [x], drift: {stop: 0.5}}
"""
    assert [chain.drift_stop for chain in plan(text).chains] == [Decimal("0.35"), Decimal("0.5")]
    assert plan(text.replace("drift: {stop: 0.35}\n", "")).chains[0].drift_stop is None


def test_downloads_are_as_the_plan_says() -> None:
    """How many at once and how fast; the usual where nothing is said."""
    text = """\
version: 1
name: p
downloads: {parallel: 2, rate: 0.5}
chains:
  a: {source: {task_id: t, video_id: v}, steps: [x]}
"""
    assert plan(text).downloads == Downloads(2, Decimal("0.5"))
    assert plan(text.replace("downloads: {parallel: 2, rate: 0.5}\n", "")).downloads == Downloads(4, None)


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_example_of_the_design(loader: str, ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example plan no longer means what the design says, under one of the two YAML parsers."""
    monkeypatch.setattr(events, "_LOADER", getattr(yaml, loader))
    assert plan(DESIGN.replace("\n", ends)) == EXAMPLE


def test_positions_of_what_was_written() -> None:
    """A message cannot point at the line of a chain, a source or a step."""
    loaded = plan(DESIGN)
    koi, night = loaded.chains
    assert (koi.position, night.position) == (Position(9, 3), Position(16, 3))
    assert [step.position for step in koi.steps] == [Position(13, 9), Position(14, 9), Position(15, 9)]
    assert isinstance(night.source, Branch)
    assert night.source.position == Position(17, 13)


def test_the_text_and_the_path_are_kept(tmp_path: Path) -> None:
    """A run could not write down which plan it worked on."""
    file = tmp_path / "锦鲤 1.yaml"
    file.write_text(steps("x"), encoding="utf-8")
    loaded = load(file)
    assert (loaded.text, loaded.path, loaded.name) == (steps("x"), str(file), "锦鲤-1")
    assert parse(loaded.text.encode(), file) == loaded


@pytest.mark.parametrize(
    ("stem", "name"), [("koi", "koi"), ("koi.v2", "koi-v2"), (" @ ", "plan"), ("a" * 150, "a" * 100)]
)
def test_a_plan_without_a_name_is_called_after_its_file(stem: str, name: str) -> None:
    """A file name could become a plan name that cannot be written on the command line."""
    assert plan(steps("x"), f"plans/{stem}.yaml").name == name


def test_texts_are_canonical() -> None:
    """Two plans that differ only in white space would pay twice."""
    text = steps('"  游  "', '{prompt: "", negative_prompt: "\\n"}', "{}", '"a\\n\\tb"')
    (koi,) = plan(text).chains
    assert [step.prompt for step in koi.steps] == ["游", None, None, "a\n\tb"]
    assert koi.steps[1].negative_prompt is None


def test_ids_of_whole_digits_are_taken_as_they_stand() -> None:
    """An 18-digit id of the provider's would be refused, or lose digits."""
    text = chain("source: {task_id: 834568345683456789, video_id: 0, created_at: 1746773850590}")
    assert plan(text).chains[0].source == Existing("834568345683456789", "0", created_at=1746773850590)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-20", 1795132800000),
        ('"2026-11-20"', 1795132800000),
        ("2026-11-20T10:00:00Z", 1795168800000),
        ("2026-11-20T18:00:00+08:00", 1795168800000),
        ("1795168800000", 1795168800000),
    ],
)
def test_instants(written: str, instant: int) -> None:
    """The age of a video would be wrong, and with it whether it can be extended."""
    source = plan(chain(f"source: {{task_id: a, video_id: b, created_at: {written}}}")).chains[0].source
    assert isinstance(source, Existing)
    assert source.created_at == instant


def test_an_existing_video_with_everything_known() -> None:
    """Something the author knows about a video would be lost."""
    text = chain("""\
        source: {task_id: a, video_id: b, kind: image2video, model_name: kling-v1-6, mode: pro,
                 duration: "10.4"}
        """)
    assert plan(text).chains[0].source == Existing(
        "a", "b", Kind.IMAGE, "kling-v1-6", "pro", Decimal("10.4"), None
    )


def test_a_generation_from_text() -> None:
    """A generated source would be sent with other parameters than written."""
    text = chain("""\
        source:
          text: {id: sea, prompt: 海, negative_prompt: 雾, model_name: kling-v1-6, mode: std, duration: 10,
                 aspect_ratio: 16:9, cfg_scale: 0, takes: 2, pick: 2, review: true, fallbacks: [湖],
                 attempts: 3}
        """)
    step = Step("sea", "海", "雾", Decimal(0), 1, 2, 2, True, ("湖",), 3)
    assert plan(text).chains[0].source == Generation(
        Kind.TEXT, step, "kling-v1-6", "std", "10", "16:9", None, None
    )


def test_a_generation_from_images(tmp_path: Path) -> None:
    """A local image would not be known by its content, or not found beside the plan."""
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "锦.jpg").write_bytes(JPEG)
    text = chain("source: {image: {image: a.png, image_tail: ./锦.jpg}}")
    (koi,) = parse(text.encode(), tmp_path / "koi.yaml").chains
    digests = [hashlib.sha256(content).hexdigest() for content in (PNG, JPEG)]
    assert koi.source == Generation(
        Kind.IMAGE,
        Step("0"),
        image=Image(path=str(tmp_path / "a.png"), digest=digests[0]),
        image_tail=Image(path=str(tmp_path / "锦.jpg"), digest=digests[1]),
    )


def test_an_image_url_is_let_through() -> None:
    """A picture on the web could not be used."""
    source = plan(chain("source: {image: {image: 'https://host/a.png?x=1'}}")).chains[0].source
    assert isinstance(source, Generation)
    assert source.image == Image(url="https://host/a.png?x=1")


PROVIDERS = {
    "dmxapi": ProviderSettings("dmxapi"),
    "kling": ProviderSettings("kling", external_task_id="always"),
    "sandbox": ProviderSettings("sandbox", external_task_id="always", patience=Patience(5, 20, 5), speed=20),
    "{name: sandbox, patience: {grace: 0.5}, speed: 100}": ProviderSettings(
        "sandbox", external_task_id="always", patience=Patience(5, 20, 0.5), speed=100
    ),
    "{account: studio, concurrency: 10, exclusive: true, external_task_id: always}": ProviderSettings(
        "dmxapi", "studio", concurrency=10, exclusive=True, external_task_id="always"
    ),
    "{name: kling, base_url: 'http://127.0.0.1:8000/', external_task_id: never}": ProviderSettings(
        "kling", base_url="http://127.0.0.1:8000", external_task_id="never"
    ),
}


@pytest.mark.parametrize("written", PROVIDERS)
def test_providers(written: str) -> None:
    """A provider would be asked otherwise than its setting says."""
    assert plan(steps("x") + f"provider: {written}\n").provider == PROVIDERS[written]


NOTIFY = {
    "{}": Notify(),
    "{command: [./tell.sh, '1'], on: [budget, finished, budget]}": Notify(
        ("./tell.sh", "1"), on=(Occasion.BUDGET, Occasion.FINISHED)
    ),
    "{url: 'https://hooks.example/koi?token=t'}": Notify(url="https://hooks.example/koi?token=t"),
}


@pytest.mark.parametrize("written", NOTIFY)
def test_whom_to_tell(written: str) -> None:
    """Somebody would be told by another command, at another address, or on another occasion."""
    assert plan(steps("x") + f"notify: {written}\n").notify == NOTIFY[written]


@pytest.mark.parametrize("url", ["s3://films", "s3://films/studio/锦鲤", "file:///mnt/shared films"])
def test_where_films_are_sent_to(url: str) -> None:
    """Films would go nowhere, or to another place."""
    assert plan(steps("x") + f"archive: {{url: '{url}/'}}\n").archive == url


def test_defaults_hold_where_a_step_says_nothing() -> None:
    """A step would lose what holds for all, or its own word would count for nothing."""
    text = steps("a", "{prompt: b, takes: 1, pick: first, negative_prompt: '', cfg_scale: 0, attempts: 1}")
    text += "defaults: {negative_prompt: n, cfg_scale: 0.7, takes: 3, pick: longest, attempts: 4}\n"
    first, second = plan(text).chains[0].steps
    assert first == Step("1", "a", "n", Decimal("0.7"), takes=3, pick=Pick.LONGEST, attempts=4)
    assert second == Step("2", "b", None, Decimal(0), attempts=1)


def test_a_chain_has_its_own_budget() -> None:
    """The limit of one chain would not be known."""
    text = chain("source: {task_id: a, video_id: b}\nbudget: {calls: 3, units: 1.5, cost: 0}")
    assert plan(text).chains[0].budget == Limits(3, Decimal("1.5"), Decimal(0))


def test_aliases_are_followed() -> None:
    """A prompt written once and used twice would be refused."""
    (koi,) = plan(steps("&a 游", "*a", "&b {prompt: *a, cfg_scale: 1}", "*b")).chains
    assert [step.prompt for step in koi.steps] == ["游"] * 4
    assert koi.steps[3].cfg_scale == 1


class TestModels:
    """What the source's model does not take."""

    DEFAULTS = "defaults: {negative_prompt: n, cfg_scale: 0.5}\n"

    @pytest.mark.parametrize(
        "source", ["{task_id: a, video_id: b, model_name: kling-v1}", "{text: {prompt: x}}"]
    )
    def test_inherited_defaults_are_dropped_with_a_note(self, source: str) -> None:
        """An extension of kling-v1 would be refused for a default, or be sent without a word."""
        text = (
            self.DEFAULTS
            + chain(f"source: {source}\nsteps: [x]")
            + "  b: {source: {chain: koi}, steps: [y]}\n"
        )
        loaded = plan(text)
        assert [entry.steps[0].negative_prompt for entry in loaded.chains] == [None, None]
        assert [entry.steps[0].cfg_scale for entry in loaded.chains] == [None, None]
        assert loaded.notes == (
            (
                "koi, b: defaults.negative_prompt and defaults.cfg_scale not sent, "
                "extensions of kling-v1 videos do not take it"
            ),
        )

    def test_the_generation_itself_takes_them(self) -> None:
        """A kling-v1 generation would lose a negative prompt that it takes."""
        source = plan(self.DEFAULTS + chain("source: {text: {prompt: x}}")).chains[0].source
        assert isinstance(source, Generation)
        assert (source.step.negative_prompt, source.step.cfg_scale) == ("n", Decimal("0.5"))

    def test_an_unknown_model_is_let_through(self) -> None:
        """A model newer than this program could not be used."""
        text = self.DEFAULTS + chain(
            "source: {task_id: a, video_id: b, model_name: new}\nsteps: [{cfg_scale: 0.1}]"
        )
        loaded = plan(text)
        assert loaded.chains[0].steps[0] == Step("1", None, "n", Decimal("0.1"))
        assert loaded.notes == ()

    @pytest.mark.parametrize(
        ("model", "note"),
        [
            (
                "kling-v1-5",
                "koi: whether videos of kling-v1-5 can be extended, the provider's pages disagree",
            ),
            ("kling-v2-1", "koi: videos of kling-v2 and later cannot be extended, the provider will refuse"),
            ("kling-v10", "koi: videos of kling-v2 and later cannot be extended, the provider will refuse"),
        ],
    )
    def test_doubtful_models_are_noted_and_never_refused(self, model: str, note: str) -> None:
        """The author would learn only from the provider that a model cannot be extended."""
        source = f"source: {{task_id: a, video_id: b, model_name: {model}}}\n"
        assert plan(chain(source + "steps: [x]")).notes == (note,)
        assert plan(chain(source)).notes == ()

    def test_speed_is_the_sandboxs(self) -> None:
        """The author would believe that a real provider can be hurried."""
        text = steps("x") + "provider: {name: kling, speed: 5}\n"
        assert plan(text).notes == ("provider: speed is the sandbox's only, kling goes at its own",)


class TestFiles:
    """A file that is not there, or is no file."""

    def test_a_missing_plan_is_guessed(self, tmp_path: Path) -> None:
        """A typing error in a file name would end without a next move."""
        with pytest.raises(PlanError, match=r"^there is no plan .*koy.yaml; `orchestrate init` writes one$"):
            load(tmp_path / "koy.yaml")
        (tmp_path / "koi.yaml").touch()
        with pytest.raises(PlanError, match=r"did you mean .*koi.yaml\?$"):
            load(tmp_path / "koy.yaml")

    def test_a_folder(self, tmp_path: Path) -> None:
        """Naming a folder would end in Python's words."""
        (tmp_path / "a.yaml").touch()
        (tmp_path / "b.yml").touch()
        with pytest.raises(
            PlanError, match=r"is a folder, name a plan file in it; there are .*a.yaml, .*b.yml"
        ):
            load(tmp_path)

    def test_a_device_is_not_waited_for(self) -> None:
        """An endless file would hang the command."""
        with pytest.raises(PlanError, match="not a regular file"):
            load("/dev/zero")

    @pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "/dev/null/koi.yaml"])
    def test_names_no_file_can_have(self, name: str) -> None:
        """A hostile name would end in a traceback."""
        with pytest.raises(PlanError, match="cannot be read"):
            load(name)


def test_a_plan_of_3600_steps_is_read_quickly() -> None:
    """Reading a large plan would take longer than a person waits."""
    mapping = "      - {id: s%d, prompt: 锦鲤缓缓游过荷叶, takes: 3, pick: ask}\n"

    def written(count: int) -> str:
        chains = [
            f"  链{number}:\n    source: {{task_id: t{number}, video_id: v}}\n    steps:\n"
            + "".join(mapping % step for step in range(36))
            for number in range(count)
        ]
        return "version: 1\nchains:\n" + "".join(chains)

    assert sum(len(entry.steps) for entry in plan(written(100)).chains) == 3600
    assert is_linear(plan, written, 25)
