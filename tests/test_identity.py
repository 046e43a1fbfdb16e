"""Keys: what makes two wishes the same, and what does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.identity import (
    TakeKey,
    existing_key,
    external_task_id,
    generation_key,
    step_key,
    take_key,
)
from orchestrator.plan import Image, Kind, Step
from tests.histories import SOURCE, generation

PARENT = TakeKey("parent")


def key(**fields: object) -> str:
    step = Step(id="1", prompt="koi", **fields)  # type: ignore[arg-type]
    return step_key(PARENT, Kind.EXTEND, step, step.prompt)


def test_names_and_wishes_about_the_making_are_not_in_the_key() -> None:
    """Ids, repeats, takes, picks, reviews, attempts and fallbacks never cause a rerun."""
    same = key(repeat=3, takes=2, pick=2, review=True, attempts=5, fallbacks=("carp",))
    assert same == key()
    assert step_key(PARENT, Kind.EXTEND, Step(id="other", prompt="koi"), "koi") == key()


def test_what_is_sent_is_in_the_key() -> None:
    """Prompt, negative prompt, cfg scale, kind and parent each make another video."""
    step = Step(id="1", prompt="koi")
    keys = {
        key(),
        key(negative_prompt="blur"),
        key(cfg_scale=Decimal("0.5")),
        key(cfg_scale=Decimal(0)),
        step_key(PARENT, Kind.EXTEND, step, None),
        step_key(PARENT, Kind.IMAGE, step, "koi"),
        step_key(TakeKey("other"), Kind.EXTEND, step, "koi"),
    }
    assert len(keys) == 7


def test_numbers_are_compared_as_numbers() -> None:
    """0.5 and 0.50 are one wish, and 0 is not absent."""
    assert key(cfg_scale=Decimal("0.5")) == key(cfg_scale=Decimal("0.50"))
    assert key(cfg_scale=Decimal("0.0")) == key(cfg_scale=Decimal(0))
    assert key(cfg_scale=Decimal(1)) == key(cfg_scale=Decimal("1.0"))


def test_keys_do_not_change_between_versions() -> None:
    """A released key is for ever: a change here would pay for everything again."""
    assert key() == "6d5b989cdd3c41ccc5cb0304428b1dd354d890bc"
    assert existing_key("dmxapi", SOURCE) == "636cea7f0d1555886d956130c06ff1bcf48ae768"
    assert (
        take_key(generation_key("dmxapi", generation(), "koi"), 1)
        == "e7638be3def915daac613a966aa858eab035e109"
    )


def test_an_existing_video_is_its_id_on_its_account() -> None:
    """The task id, model and length that a plan writes beside the id are no part of who it is."""
    assert existing_key("a", SOURCE) == existing_key("a", replace(SOURCE, duration=None, task_id="else"))
    assert existing_key("a", SOURCE) != existing_key("b", SOURCE)


def test_images_are_known_by_content_or_url() -> None:
    """A local picture is its bytes, wherever it lies; a URL is its text."""
    here = generation(image=Image(path="a.png", digest="d"))
    there = generation(image=Image(path="b.png", digest="d"))
    assert generation_key("a", here, "p") == generation_key("a", there, "p")
    web = generation(image=Image(url="https://e.x/a.png"), image_tail=Image(url="https://e.x/b.png"))
    assert generation_key("a", web, "p") != generation_key("a", here, "p")


def test_external_ids_differ_by_journal_take_and_attempt() -> None:
    """The name we give an attempt at the provider is never used twice."""
    names = {
        external_task_id(journal, TakeKey(take), number)
        for journal in "ab"
        for take in "xy"
        for number in (1, 2)
    }
    assert len(names) == 8
    assert all(len(name) == 37 for name in names)
