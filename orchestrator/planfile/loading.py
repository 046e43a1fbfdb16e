"""Reading a plan: the file, its tree, its shape, the rules between its parts, and then the plan."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from orchestrator.errors import PlanError
from orchestrator.plan import Plan
from orchestrator.planfile import wording
from orchestrator.planfile.building import Origin, build
from orchestrator.planfile.checks import check
from orchestrator.planfile.events import MOST_BYTES, decode, read
from orchestrator.planfile.model import PlanForm
from orchestrator.planfile.nodes import Findings, Node, plain
from orchestrator.planfile.notes import unused
from orchestrator.planfile.outline import outline, root_models
from orchestrator.planfile.pictures import Pictures
from orchestrator.planfile.problems import short
from orchestrator.planfile.prompts import write_out
from orchestrator.planfile.scripts import Scripts, with_scripts
from orchestrator.planfile.values import nearest


def load(path: str | os.PathLike[str]) -> Plan:
    """The plan in this file.

    Raises PlanProblems with everything that is wrong in it, or PlanError when there is no such
    file or it cannot be read. Local images and files of prompts are looked up relative to the file.
    """
    name = os.fspath(path)
    return parse(_content(name), name)


def parse(text: bytes, path: str | os.PathLike[str]) -> Plan:
    """The plan in this text, as if it stood in the file at `path`, which need not exist any more.

    Raises PlanProblems with everything that is wrong in it.
    """
    name = os.fspath(path)
    decoded, findings = decode(text, name)
    root = read(decoded, findings)
    if root is None:
        findings.add(0, (), "the file is empty, write version: 1 and chains: {…}")
        findings.stop_if_any()
    folder = Path(name).parent
    written = write_out(with_scripts(cast("Node", root), Scripts(folder, findings)), findings)
    known = written.root
    form = _shape(known, findings, Pictures(folder))
    chains = outline(known)
    models = root_models(chains)
    check(known, chains, models, findings)
    findings.stop_if_any()
    assert form is not None
    plan = build(form, models, known, findings.texts, Origin(name, Path(name).stem, decoded))
    return replace(plan, notes=(*plan.notes, *unused(written.unused)))


def _shape(root: Node, findings: Findings, pictures: Pictures) -> PlanForm | None:
    """The model of the tree, or None after noting what is wrong."""
    try:
        return PlanForm.model_validate(plain(root), context=pictures)
    except ValidationError as error:
        wording.note(error.errors(include_url=False, include_input=False), root, findings)
        return None


def _content(name: str) -> bytes:
    try:
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode):
            raise PlanError(f"{short(name, 200)} is a folder, name a plan file in it{_guess(name)}")
        # A pipe would be waited for, perhaps for ever.
        if not stat.S_ISREG(status.st_mode):
            raise PlanError(f"{short(name, 200)} is not a regular file, name a plan file")
        with open(name, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise PlanError(f"there is no plan {short(name, 200)}{_guess(name)}") from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the name, which no file system takes.
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise PlanError(f"{short(name, 200)} cannot be read: {why}; name a readable plan file") from error


def _guess(name: str) -> str:
    """The plan that was probably meant, as the end of a sentence."""
    wanted = Path(name)
    folder = wanted if wanted.is_dir() else wanted.parent
    plans = _plans_in(folder)
    if not plans:
        return "; `orchestrate init` writes one"
    guess = nearest(wanted.name, plans) or (plans[0] if len(plans) == 1 else None)
    shown = [short(str(folder / plan), 200) for plan in ([guess] if guess else plans[:5])]
    return f", did you mean {shown[0]}?" if guess else f"; there are {', '.join(shown)}"


def _plans_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith((".yaml", ".yml")))[:200]
    except OSError:
        return []
