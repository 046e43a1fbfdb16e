"""Drifts of kept films: measured once, kept, and shown as numbers and as a curve."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.drift import Drift
from orchestrator.facts import DriftMeasured
from orchestrator.identity import TakeKey
from orchestrator.report.drifts import Drifts, along_json, curve, drift_json, drift_rows
from orchestrator.report.news import news
from tests.histories import History
from tests.report.filmed import Filmed, filmed


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """One state folder for the tests of this module."""
    return filmed(tmp_path_factory.mktemp("state") / ".orchestrate", underway=False)


def drifted(amount: str) -> Drift:
    """So much more colour, and nothing else."""
    return Drift(Decimal(0), Decimal("0.05"), Decimal(amount), Decimal("-0.1"), Decimal("0.25"))


def test_a_drift_is_measured_once_and_outlives_the_film(kept: Filmed) -> None:
    """What was measured is read again, also when the film is gone; before, nothing is known."""
    drifts, tip = Drifts(kept.state), kept.chain[-1]
    assert drifts.known(kept.lineage, tip) is None
    found = drifts.measured(kept.lineage, tip)
    assert found is not None
    film = kept.state / "videos" / f"{tip}.mp4"
    whole = film.read_bytes()
    film.unlink()
    assert drifts.measured(kept.lineage, tip) == drifts.known(kept.lineage, tip) == found
    assert Drifts(kept.state / "elsewhere").measured(kept.lineage, tip) is None
    film.write_bytes(whole)


def test_what_cannot_be_measured_is_not_known(kept: Filmed) -> None:
    """A source has nothing to drift from; a broken film gives no number, and no error."""
    drifts, first = Drifts(kept.state), kept.chain[0]
    assert drifts.measured(kept.lineage, kept.root) is None
    film = kept.state / "videos" / f"{first}.mp4"
    whole = film.read_bytes()
    film.write_text("hello")
    assert drifts.measured(kept.lineage, first) is None
    film.write_bytes(whole)
    assert drifts.measured(kept.lineage, first) is not None


@pytest.mark.parametrize(
    "text", ["", "[]", "7", '{"version": 1}', '{"version": 0}', '{"version":1,"seam":null,"x":"1"}']
)
def test_a_measurement_that_cannot_be_read_is_made_anew(kept: Filmed, text: str) -> None:
    """What an older version or a torn write left behind counts as not measured."""
    drifts, branch = Drifts(kept.state), kept.branch
    first = drifts.measured(kept.lineage, branch)
    file = kept.state / "drift" / f"{branch}.json"
    file.write_text(text)
    assert drifts.known(kept.lineage, branch) is None
    assert drifts.measured(kept.lineage, branch) == first is not None


def test_what_decided_a_run_is_what_is_shown(kept: Filmed) -> None:
    """A measurement that was written down as a fact comes before one of the folder."""
    history = History(kept.history.plan).adopt()
    take = kept.chain[0]
    assert Drifts(kept.state).measured(kept.lineage, take) is not None, "the folder has one, too"
    wanted = Drift(*(Decimal(each) for each in ("0.1", "0.2", "0.3", "0.4", "0.5")))
    fact = DriftMeasured(
        history.now,
        take,
        brightness=wanted.brightness,
        contrast=wanted.contrast,
        saturation=wanted.saturation,
        sharpness=wanted.sharpness,
        seam=wanted.seam,
    )
    history.write(fact)
    found = Drifts(kept.state).measured(history.lineage, take)
    assert found == wanted
    assert news(history.facts[-1].fact, history.lineage) == f"{take}: drifted by 0.4, most in sharpness"
    history.write(DriftMeasured(history.now, take, because="cut short"))
    assert Drifts(kept.state).known(history.lineage, take) not in (None, found)
    assert news(history.facts[-1].fact, history.lineage) == f"{take}: its drift cannot be measured: cut short"


def test_a_folder_that_cannot_be_written_costs_only_time(kept: Filmed, tmp_path: Path) -> None:
    """Where the measurement cannot be kept, it is given all the same."""
    (tmp_path / "videos").symlink_to(kept.state / "videos")
    (tmp_path / "drift").write_text("a file, where the folder should be")
    assert Drifts(tmp_path).measured(kept.lineage, kept.chain[0]) is not None


def test_the_numbers_are_words_for_people() -> None:
    """The drift, what it is of, the four in percent, the seam; the curve, full at 1, a dot for unknown."""
    rows = drift_rows(drifted("0.35"), [drifted("0.1"), None, drifted("0.35"), drifted("1.5")])
    assert rows == [
        ("drift", "0.35 from its film's first seconds, most in saturation"),
        ("", "brightness as it was, contrast +4 %, saturation +27 %, sharpness -7 %; seam 0.25"),
        ("drift so far", "▁·▃█  (a letter a step, full at 1)"),
    ]
    assert drift_rows(None, [None, drifted("0.1")]) == []
    assert curve([]) == ""


def test_the_numbers_are_exact_for_machines() -> None:
    """Decimals are text, as everywhere; what is not known is null."""
    found = drift_json(drifted("0.35"))
    assert found is not None
    assert (found["amount"], found["largest"], found["seam"]) == ("0.35", "saturation", "0.25")
    assert drift_json(None) is None
    path = {TakeKey("a"): drifted("0.35"), TakeKey("b"): None}
    assert along_json(path) == [{"take": "a", "amount": "0.35"}, {"take": "b", "amount": None}]
