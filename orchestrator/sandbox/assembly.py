"""Puts a sandbox together: on disk for a server, in memory for virtual time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from orchestrator.sandbox.account import Account
from orchestrator.sandbox.app import App, Door
from orchestrator.sandbox.callbacks import Callbacks, Post, signer
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.envelopes import Envelopes
from orchestrator.sandbox.faults import Faults, Rule, load_faults
from orchestrator.sandbox.files import FileOrigin
from orchestrator.sandbox.laws import Laws
from orchestrator.sandbox.links import Links
from orchestrator.sandbox.options import SandboxOptions
from orchestrator.sandbox.plants import EXAMPLE
from orchestrator.sandbox.state import Disk, Memory
from orchestrator.sandbox.tasks import Status, Task
from orchestrator.sandbox.videos import RenderedShelf, Shelf, StubShelf
from orchestrator.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox in process: give `app` to an ASGI transport, look into the rest."""

    app: App
    account: Account
    files: FileOrigin


def in_memory(
    options: SandboxOptions,
    now: Callable[[], int],
    *,
    faults: tuple[Rule, ...] = (),
    file_base: str = "http://files.sandbox.test",
    shelf: Shelf | None = None,
    seed: str = "sandbox",
    post: Post | None = None,
) -> Sandbox:
    """A sandbox without disk, threads or sockets, whose every film is one small real MP4.

    The example pair exists. Requests to the host of `file_base` are for files, all others for the API.
    `options.state`, `host`, `port` and `faults` do not matter here. `sandbox.app.run` is needed for
    callbacks only, which `post` may send elsewhere than to this machine.
    """
    account = Account(World(_laws(options, seed)), Memory(), shelf or StubShelf(), Faults(faults), now)
    account.plant()
    return _dressed(account, options, file_base, seed, post)


def on_disk(options: SandboxOptions, disk: Disk, now: Callable[[], int], file_base: str) -> Sandbox:
    """The world in this folder, going on where it was; the example pair is rendered when this returns."""
    rules = load_faults(options.faults) if options.faults is not None else ()
    shelf = RenderedShelf(disk.folder / "videos")
    seed = disk.seed()
    world = World(_laws(options, seed), disk.tasks())
    _forget_purged(world, shelf, now())
    # Before anybody can ask: the first thing a client does is to extend this one.
    example = world.plant(EXAMPLE, now())
    if example.rendered_at is None:
        shelf.make_now(example)
        disk.save(world.rendered(example.id, now()))
    account = Account(world, disk, shelf, Faults(rules, _counts(disk, rules)), now)
    account.go_on()
    return _dressed(account, options, file_base, seed)


def _forget_purged(world: World, shelf: RenderedShelf, now: int) -> None:
    for task in world.tasks():
        if task.is_purged(now):
            shelf.forget(task)


def _laws(options: SandboxOptions, seed: str) -> Laws:
    return Laws(
        character="native" if options.native else "strict",
        seed=seed,
        speed=options.speed,
        slots=options.slots,
        units=Decimal(options.units) if options.units is not None else None,
        external_ids=options.external_ids,
        discontinued=frozenset(options.discontinued),
        extends=options.extends,
    )


def _counts(disk: Disk, rules: tuple[Rule, ...]) -> tuple[int, ...]:
    """How often each rule matched before a restart; another script starts from nothing."""
    script = hashlib.sha256(repr(rules).encode()).hexdigest()
    if disk.noted("script") != script:
        disk.note("faults", "[]")
        disk.note("script", script)
    return tuple(json.loads(disk.noted("faults") or "[]"))


def _dressed(
    account: Account, options: SandboxOptions, file_base: str, seed: str, post: Post | None = None
) -> Sandbox:
    links = Links(file_base, seed, options.url_seconds)
    envelopes = Envelopes(options.envelope, links, account.world.parent, options.speed)
    files = FileOrigin(account, links)
    origin = urlsplit(file_base)
    door = Door(
        credentials=Credentials(options.key, options.access_key, options.secret_key),
        envelopes=envelopes,
        offers_list=options.native if options.offers_list is None else options.offers_list,
        # By port where there are real sockets, by name in process, where ports are made up.
        is_file_origin=lambda server: server[origin.port is not None] == (origin.port or origin.hostname),
    )
    callbacks = Callbacks(
        lambda task: _current(account, task),
        lambda task: envelopes.task_object(task, account.now()),
        post=post,
        sign=signer(options.callback_secret, account.now) if options.callback_secret else None,
    )
    for task in account.world.tasks():
        if task.status(account.now()) not in ("succeed", "failed"):
            callbacks.follow(task)
    return Sandbox(App(account, door, files, callbacks), account, files)


def _current(account: Account, task: Task) -> tuple[Task, Status]:
    newest = account.world.made(task.video_id) or task
    return newest, newest.status(account.now())
