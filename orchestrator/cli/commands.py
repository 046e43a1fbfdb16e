"""The table of commands: name, where it lives, and the line that `--help` shows."""

from __future__ import annotations

import os

import click

from orchestrator import __version__
from orchestrator.cli.lazily import LazyGroup
from orchestrator.cli.verbosity import format_option, verbose_option

COMMANDS = {
    "init": ("orchestrator.cli.init:init", "Write a plan to start from."),
    "validate": ("orchestrator.cli.validate:validate", "Say everything that is wrong with plans."),
    "plan": ("orchestrator.cli.plan:plan", "Show what would be reused, made, and paid; send nothing."),
    "run": ("orchestrator.cli.run:run", "Make what the plans want and the journal does not have yet."),
    "resume": (
        "orchestrator.cli.resume:resume",
        "Go on with every unfinished plan of the journal, or with these.",
    ),
    "status": ("orchestrator.cli.status:status", "Show what is in the air, waits for you, and was spent."),
    "lineage": ("orchestrator.cli.lineage:lineage", "Look at the videos and what they grew out of."),
    "take": ("orchestrator.cli.take:take", "Choose among alternatives of a step."),
    "approve": ("orchestrator.cli.approve:approve", "Go on after a step that waits for your look."),
    "reject": ("orchestrator.cli.take:reject", "Never go on from this take, and want another."),
    "retry": ("orchestrator.cli.retry:retry", "Try again what failed or was refused for good."),
    "resolve": (
        "orchestrator.cli.resolve:resolve",
        "Say what became of a submission that nobody else can tell.",
    ),
    "adopt": ("orchestrator.cli.adopt:adopt", "Bring a video that was made elsewhere into the lineage."),
    "extend": (
        "orchestrator.cli.extend:extend",
        "Pay for one step more of a video, outside of every plan.",
    ),
    "fetch": ("orchestrator.cli.fetch:fetch", "Bring back files that can still be had, for nothing."),
    "frames": ("orchestrator.cli.frames:frames", "Lay the frames of a whole film out on one sheet."),
    "inspect": (
        "orchestrator.cli.inspect:inspect",
        "Show length, streams, label, provenance and lineage of a file.",
    ),
    "stitch": (
        "orchestrator.cli.stitch:stitch",
        "Join the films of chains into one, in the order of the plan.",
    ),
    "cost": ("orchestrator.cli.cost:cost", "Show the ledger by day and chain."),
    "expiring": ("orchestrator.cli.expiring:expiring", "Show what the provider purges soon."),
    "gc": ("orchestrator.cli.gc:gc", "Remove kept files that no plan needs any more."),
    "doctor": ("orchestrator.cli.doctor:doctor", "Look at key, provider, disk and tools before paying."),
    "serve": ("orchestrator.cli.serve:serve", "Serve the page of the lineage, live while a run goes on."),
    "worker": ("orchestrator.cli.worker:worker", "Work on what `run --detach` hands over, beside others."),
    "cancel": ("orchestrator.cli.cancel:cancel", "Stop what workers do for a plan."),
    "state": ("orchestrator.cli.state:state", "Look after the journal's home: move it, bring it up to date."),
    "sandbox": ("orchestrator.cli.sandbox:sandbox", "Serve an imitation of the API that costs nothing."),
    "schema": ("orchestrator.cli.schema:schema", "Print the JSON Schema of a plan, for editors."),
    "completion": ("orchestrator.cli.completion:completion", "Print the completion script for a shell."),
}
"""In the order in which people meet them."""

_STATUSES = """\b
Exit status: 0 done, 1 a bug of ours, 2 usage or plan, 3 partial, 4 budget,
5 a person must decide, 6 credentials or payment, 7 provider unreachable,
8 journal busy or broken, 10 changes pending, 129, 130 and 143 by signal.
"""

# NO_COLOR is a promise of its own (no-color.org); click does not know it.
_SETTINGS = {"help_option_names": ["-h", "--help"], "color": False if os.environ.get("NO_COLOR") else None}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings=_SETTINGS, epilog=_STATUSES)
@click.version_option(__version__, "--version", prog_name="orchestrate", message="%(prog)s %(version)s")
def orchestrate() -> None:
    """Make long AI videos by extending them, pay once, and keep the lineage of every video.

    A plan is what you want; the journal is what exists. Running closes the difference, so running,
    resuming and editing-then-running are one act.
    """


orchestrate.params += (verbose_option(), format_option())
