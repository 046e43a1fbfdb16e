"""When to ask: never too early, seldom, and soon enough after the end."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from orchestrator.watching import (
    RECENT,
    Expectation,
    Seconds,
    expectation,
    look_gap,
    next_question,
    remembered,
)


def ask(seconds: float, expected: Expectation, floor: float = 1.0) -> tuple[int, float]:
    """Questions asked of a task of that length, and how late its end is noticed."""
    age, questions = 0.0, 0
    while True:
        age += next_question(age, expected, floor)
        questions += 1
        if age >= seconds:
            return questions, age - seconds


def lognormal(mean: float, spread: float, count: int, seed: int = 7) -> list[float]:
    chance = random.Random(seed)
    sigma = math.sqrt(math.log1p(spread**2))
    return [chance.lognormvariate(math.log(mean) - sigma**2 / 2, sigma) for _ in range(count)]


def seen(*seconds: float) -> Seconds:
    times: Seconds = ()
    for each in seconds:
        times = remembered(times, each)
    return times


def test_questions_are_few_and_the_end_is_noticed_soon() -> None:
    """About the least delay that 13 questions allow, 2 % of the task's time, once durations are learned."""
    asked = []
    for account in range(10):
        times = lognormal(320, 0.3, 500, account)
        expected = expectation(seen(*times[:200]), 320)
        asked += [ask(seconds, expected) for seconds in times[200:]]
    assert statistics.fmean(delay for _, delay in asked) <= 0.021 * 320
    assert statistics.fmean(questions for questions, _ in asked) <= 13


def test_without_history_it_is_graceful() -> None:
    """The usual time of the protocol page is enough to start with."""
    expected = expectation((), 320)
    asked = [ask(seconds, expected) for seconds in lognormal(320, 0.3, 500)]
    assert statistics.fmean(questions for questions, _ in asked) <= 20


@pytest.mark.parametrize("age", [0.0, 1.0, 100.0, 320.0, 5000.0, 1e6])
def test_gaps_stay_within_reason(age: float) -> None:
    """However old the task, it is asked again within a quarter of the usual time, and not below the floor."""
    expected = expectation((), 320)
    gap = next_question(age, expected, 15)
    assert 15 <= gap <= 320
    if age >= 320:
        assert gap <= 80


def test_what_was_seen_is_what_is_expected() -> None:
    """The mean and the spread of the times before are those of the next one."""
    expected = expectation(seen(*lognormal(100, 0.5, 200)), 320)
    assert expected.mean == pytest.approx(100, rel=0.1)
    assert expected.sigma == pytest.approx(math.sqrt(math.log1p(0.25)), rel=0.1)


def test_the_first_times_seen_count_at_once() -> None:
    """An account twenty times faster than usual is known after one task, not after many."""
    assert expectation((), 320).mean == 320
    assert expectation(seen(16.0), 320).mean == pytest.approx(16)


def test_what_is_long_ago_is_forgotten() -> None:
    """When tasks have become slower, the newest of them leave nothing of the quick ones before."""
    times = seen(*[100.0] * 500, *[400.0] * RECENT)
    assert times == (400.0,) * RECENT
    assert expectation(times, 320).mean == pytest.approx(400)


def test_a_few_equal_times_do_not_make_it_certain() -> None:
    """The fewer equal durations were seen, the more doubt is left; tasks that took no time teach nothing."""
    sigmas = [expectation(seen(*[10.0] * count), 320).sigma for count in (0, 1, 8, 200)]
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[2] == pytest.approx(0.104, abs=0.001)
    assert sigmas[3] == pytest.approx(0.0208, abs=0.0001)
    assert seen(0.0, -1.0) == ()


def test_late_is_what_one_task_in_forty_becomes() -> None:
    """Only those are asked for by themselves, whatever a list says of them."""
    expected, times = expectation((), 320), lognormal(320, expectation((), 320).sigma, 4000)
    assert 0.01 < sum(seconds > expected.late for seconds in times) / len(times) < 0.04


def test_a_list_is_looked_at_so_often_that_an_end_is_noticed_soon() -> None:
    """Half a gap is a hundredth of a task's time; a gateway that refreshes seldom is not asked more often."""
    assert look_gap(expectation((), 320), 5) == 6.4
    assert look_gap(expectation((), 320), 15) == 15


def test_a_task_becomes_suspect_after_two_hours_or_six_times_the_usual() -> None:
    """Nothing ordinary is handed to a person: 15 minutes have been seen."""
    assert expectation((), 320).suspect == 7200
    assert Expectation(2000, 0.3).suspect == 12000
