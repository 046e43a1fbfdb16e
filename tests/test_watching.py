"""When to ask: never too early, seldom, and soon enough after the end."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from orchestrator.watching import Expectation, expectation, next_question


def ask(seconds: float, expected: Expectation, floor: float = 1.0) -> tuple[int, float]:
    """Questions asked of a task of that length, and how late its end is noticed."""
    age, questions = 0.0, 0
    while True:
        age += next_question(age, expected, floor)
        questions += 1
        if age >= seconds:
            return questions, age - seconds


def lognormal(mean: float, spread: float, count: int) -> list[float]:
    chance = random.Random(7)
    sigma = math.sqrt(math.log1p(spread**2))
    return [chance.lognormvariate(math.log(mean) - sigma**2 / 2, sigma) for _ in range(count)]


def test_questions_are_few_and_the_end_is_noticed_soon() -> None:
    """Mean delay at most 2 % of the task's time with at most 13 questions, once durations are learned."""
    history = lognormal(320, 0.3, 200)
    expected = expectation(history, 320)
    asked = [ask(seconds, expected) for seconds in lognormal(320, 0.3, 2000)]
    assert statistics.fmean(delay for _, delay in asked) <= 0.02 * 320
    assert statistics.fmean(questions for questions, _ in asked) <= 13


def test_without_history_it_is_graceful() -> None:
    """The usual time of the protocol page is enough to start with."""
    expected = expectation([], 320)
    asked = [ask(seconds, expected) for seconds in lognormal(320, 0.3, 500)]
    assert statistics.fmean(questions for questions, _ in asked) <= 20


@pytest.mark.parametrize("age", [0.0, 1.0, 100.0, 320.0, 5000.0, 1e6])
def test_gaps_stay_within_reason(age: float) -> None:
    """However old the task, it is asked again within a quarter of the usual time, and not below the floor."""
    expected = expectation([], 320)
    gap = next_question(age, expected, 15)
    assert 15 <= gap <= 320
    if age >= 320:
        assert gap <= 80


def test_a_few_equal_times_do_not_make_it_certain() -> None:
    """A short run of equal durations keeps some spread, so that a longer one is still asked for."""
    assert expectation([10.0] * 8, 320) == Expectation(10.0, math.sqrt(math.log1p(0.05**2)))
    assert expectation([10.0] * 7, 320).mean == 320
    assert expectation([0.0] * 50, 320).mean == 320


def test_a_task_becomes_suspect_after_two_hours_or_six_times_the_usual() -> None:
    """Nothing ordinary is handed to a person: 15 minutes have been seen."""
    assert expectation([], 320).suspect == 7200
    assert Expectation(2000, 0.3).suspect == 12000
