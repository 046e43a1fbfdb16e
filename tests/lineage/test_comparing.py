"""What is compared: a step's own seconds, its film's first, and those before the join, in kept files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.facts import FileDropped, VideoKept
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison, Excerpt, comparison
from orchestrator.plan import By, Continuation, Step
from tests.histories import SOURCE, History, plan_of


def chain(*, kept: str) -> tuple[History, list[TakeKey]]:
    """A source of 5 s and two steps of 4.5 s; the files of those in `kept` are here."""
    history = History(plan_of("一", "二")).adopt("5")
    root = history.facts[0].fact.take  # type: ignore[union-attr]
    keys = [root]
    for _ in range(2):
        begun = history.start()
        history.succeed(begun, "4.5")
        keys.append(begun.take)
    for number in map(int, kept):
        keep(history, keys[number], Decimal(5) + number * Decimal("4.5"))
    return history, keys


def keep(history: History, key: TakeKey, seconds: Decimal) -> None:
    """Its file is here, a hair longer than the provider says."""
    exact = seconds + Decimal("0.042")
    history.write(VideoKept(history.now, key, f"videos/{key}.mp4", 1, "00", exact, 320, 180))


def test_an_extension_holds_all_that_is_compared() -> None:
    """The newest file begins with the source's seconds and the parent's: all of it is read there."""
    history, (root, first, second) = chain(kept="012")
    path = f"videos/{second}.mp4"
    assert comparison(history.lineage, second) == Comparison(
        Excerpt(path, Decimal(0), Decimal("5.042")),
        Excerpt(path, Decimal(0), Decimal("9.542")),
        Excerpt(path, Decimal("9.542"), Decimal("14.042")),
    )
    assert comparison(history.lineage, root) is None
    assert comparison(history.lineage, first) is not None


def test_files_that_are_gone_are_not_needed() -> None:
    """Where only the newest film is kept, the provider's lengths say where its seconds lie."""
    history, (_, first, second) = chain(kept="2")
    found = comparison(history.lineage, second)
    assert found is not None
    assert (found.source.ends, found.segment.begins) == (Decimal(5), Decimal("9.5"))
    assert comparison(history.lineage, first) is None


def test_without_its_own_film_nothing_can_be_compared() -> None:
    """A film that was removed, or ends where its parent does, gives nothing to look at."""
    history, (_, first, second) = chain(kept="012")
    history.write(FileDropped(history.now, second, "asked for"))
    assert comparison(history.lineage, second) is None
    keep(history, first, Decimal(5))
    assert comparison(history.lineage, first) is None
    assert comparison(history.lineage, TakeKey("nobody")) is None


def test_a_segment_that_begins_with_a_frame_has_a_file_of_its_own() -> None:
    """Past a last frame the source is in the first segment's file, and the join between two files."""
    source = replace(SOURCE, duration=Decimal(176))
    how = Continuation(By.AUTO)
    plan = plan_of(Step("1", "one", continuation=how), Step("2", "two", continuation=how), source=source)
    history = History(plan).adopt("176")
    root = history.facts[0].fact.take  # type: ignore[union-attr]
    keep(history, root, Decimal(176))
    begun = history.begin()
    history.facts[-1] = replace(history.facts[-1], fact=replace(begun, frame_at=Decimal("175.5")))
    history.accept(begun)
    history.succeed(begun, "5")
    keep(history, begun.take, Decimal(5))
    assert comparison(history.lineage, begun.take) == Comparison(
        Excerpt(f"videos/{root}.mp4", Decimal(0), Decimal("176.042")),
        Excerpt(f"videos/{root}.mp4", Decimal(0), Decimal("175.5")),
        Excerpt(f"videos/{begun.take}.mp4", Decimal(0), Decimal("5.042")),
    )
    second = history.start()
    history.succeed(second, "4.5")
    keep(history, second.take, Decimal("9.5"))
    found = comparison(history.lineage, second.take)
    assert found is not None
    assert found.source.path == f"videos/{root}.mp4"
    assert found.before == Excerpt(f"videos/{second.take}.mp4", Decimal(0), Decimal("5.042"))
    history.write(FileDropped(history.now, root, "asked for"))
    assert comparison(history.lineage, second.take) is None
    assert comparison(history.lineage, begun.take) is None
