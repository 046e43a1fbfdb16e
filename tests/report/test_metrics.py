"""Figures as Prometheus reads them: each counted from a history that holds it, hostile names and all."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from orchestrator.facts import Reason, RunBegan
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.report import figures_of, metrics_text
from tests.histories import NOW, SOURCE, History, plan_of
from tests.report.pond import pond, views

Samples = dict[tuple[str, ...], float]


def figures(history: History) -> dict[str, Samples]:
    """By name, samples by their label values, as Prometheus' own reader sees them."""
    text = metrics_text(figures_of(history.lineage, views(history), {"dmxapi": 5}, history.now))
    return {
        family.name.removeprefix("orchestrate_"): {
            tuple(sample.labels.values()): sample.value for sample in family.samples
        }
        for family in text_string_to_metric_families(text)
    }


def test_a_pond_with_everything_in_it() -> None:
    """Tasks in the air, slots, refused, unclear, spent, and chains by how they stand."""
    found = figures(pond())
    assert found["tasks_in_the_air"] == {("dmxapi",): 1}
    assert found["slots"] == {("dmxapi",): 5}
    assert found["attempts"] == {("dmxapi", "succeeded"): 5, ("dmxapi", "failed"): 1}
    assert found["refused"] == {("dmxapi", "other"): 1}
    assert found["unclear"] == {("dmxapi",): 1}
    assert found["spent_calls"] == {("dmxapi",): 7}
    assert found["spent_units"] == {("dmxapi",): 14}
    assert found["spent_cost"] == {("dmxapi", ""): 14}
    assert found["chains"] == {("needs pick",): 1, ("failed",): 1, ("needs unclear",): 1}
    assert found["journal_position"] == {(): pond().lineage.position}


def test_an_empty_journal_has_figures_too() -> None:
    """A scrape of what has not begun is an answer, not an error."""
    text = metrics_text(figures_of(Lineage(), (), {}, NOW))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["orchestrate_tasks_in_the_air"].samples == []
    assert families["orchestrate_waiting_submissions"].samples[0].value == 0


def test_what_waits_ages_since_it_could_have_been_sent() -> None:
    """The oldest wait is that of the step that has been ready for longest, from its parent's end on."""
    plan: Plan = plan_of("one", "two", source=SOURCE)
    history = History(plan)
    history.write(RunBegan(history.now, "run-1", plan.name, None, plan.digest, ""))
    history.adopt()
    history.later(seconds=30)
    found = figures(history)
    assert found["waiting_submissions"] == {(): 1}
    assert found["oldest_wait_seconds"] == {(): 30}
    history.make()
    history.later(minutes=7)
    assert figures(history)["oldest_wait_seconds"] == {(): 420}
    history.start()
    history.later(seconds=50)
    found = figures(history)
    assert found["waiting_submissions"] == found["oldest_wait_seconds"] == {(): 0}
    assert found["oldest_task_seconds"] == {("dmxapi",): 50}


def test_refusals_are_counted_by_their_reason() -> None:
    """Moderation is the author's matter, a busy account nobody's, payment the payer's."""
    history = History(plan_of("one", source=SOURCE))
    history.adopt()
    history.decline(history.begin(), Reason.BUSY)
    history.fail(history.start(), Reason.MODERATION)
    assert figures(history)["refused"] == {("dmxapi", "busy"): 1, ("dmxapi", "moderation"): 1}


def test_hostile_names_stay_labels() -> None:
    """A quote, a backslash and a new line in an account's name end no line and no label."""
    account = 'a"b\\c\nd'
    text = metrics_text(figures_of(Lineage(), (), {account: 3}, NOW))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (sample,) = families["orchestrate_slots"].samples
    assert (sample.labels["account"], sample.value) == (account, 3)
