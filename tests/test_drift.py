"""The number of a drift: 0 the same look, 1 twice as much, -1 half as much, and nothing else counts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.drift import Drift, Look, drift, if_unrelated, percent, unlikeness

SOURCE = Look(brightness=0.4, contrast=0.2, saturation=0.15, sharpness=0.4)


def test_the_same_look_is_zero() -> None:
    """A film that looks like its source has drifted by nothing, in all four."""
    found = drift(SOURCE, SOURCE)
    assert found == Drift(Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    assert found.amount == 0
    assert str(found.brightness) == "0.000"


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "sharpness"])
@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
def test_a_change_of_one_is_the_drift(name: str, factor: float) -> None:
    """Each of the four by itself makes the drift, by the same scale, and is named as the largest."""
    found = drift(SOURCE, replace(SOURCE, **{name: getattr(SOURCE, name) * factor}))
    assert found.largest == name
    assert [value for other, value in found.parts.items() if other != name] == [0, 0, 0]
    assert found.amount == abs(found.parts[name])
    wanted = {0.5: -1, 0.8: -0.322, 1.25: 0.322, 2.0: 1}[factor]
    assert float(found.parts[name]) == pytest.approx(wanted, abs=0.25)
    assert (found.parts[name] > 0) is (factor > 1)


def test_the_largest_counts_whatever_its_sign() -> None:
    """Half the colour is more of a drift than a quarter more light."""
    found = drift(SOURCE, replace(SOURCE, brightness=0.5, saturation=0.075), seam=0.25)
    assert (found.largest, found.amount) == ("saturation", abs(found.saturation))
    assert found.seam == Decimal("0.250")
    assert found.amount < 1 < 1 + found.seam


def test_what_cannot_be_seen_hardly_counts() -> None:
    """Ten times the chroma of a grey film, or of the noise of a black one, is next to nothing."""
    grey = Look(brightness=0.004, contrast=0.001, saturation=0.0005, sharpness=0.4)
    loud = replace(grey, brightness=0.008, contrast=0.002, saturation=0.005)
    assert drift(grey, loud).amount < Decimal("0.3")
    assert drift(grey, replace(grey, saturation=0.2)).amount > 2


def test_a_logarithm_reads_as_percent() -> None:
    """People read percent: 0.35 is 27 % more, -0.35 is 22 % less."""
    assert [percent(Decimal(each)) for each in ("0", "0.35", "-0.35", "1", "-1")] == [0, 27, -22, 100, -50]


def test_a_seam_lies_between_neighbours_and_strangers() -> None:
    """A join like any other pair of neighbours is 0, one like two unrelated pictures 1."""
    assert unlikeness(apart=1.5, unrelated=30, usual=2) == 0
    assert unlikeness(apart=30, unrelated=30, usual=2) == 1
    assert unlikeness(apart=16, unrelated=30, usual=2) == 0.5
    assert unlikeness(apart=0, unrelated=0, usual=0) == 0  # two black pictures
    assert unlikeness(apart=40, unrelated=40, usual=0) == 1  # black, then white


def test_unrelated_pictures_are_as_far_apart_as_their_points() -> None:
    """The mean distance of points drawn from both, from how many there are of each brightness."""
    assert if_unrelated([4, 0, 0], [0, 0, 4]) == 2
    assert if_unrelated([4, 0, 0], [4, 0, 0]) == 0
    assert if_unrelated([2, 0, 2], [1, 0, 1]) == 1
