"""`orchestrate validate`: every problem of every plan, with its place; free and offline."""

from __future__ import annotations

import click

from orchestrator.cli.options import json_option


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...", type=click.Path())
@json_option()
def validate(plans: tuple[str, ...], as_json: bool) -> int:
    """Say everything that is wrong with plans.

    Reads nothing but the files, and needs neither key nor network. Exits with 2 when a plan does not hold.
    """
    from orchestrator.errors import PlanError
    from orchestrator.planfile import PlanProblems, load
    from orchestrator.report import json_text, plain, plural

    found: list[dict[str, object]] = []
    for path in plans:
        try:
            plan = load(path)
        except PlanProblems as error:
            found.append({"path": path, "valid": False, "problems": plain(error.problems)})
            _tell(str(error), as_json)
        except PlanError as error:
            found.append({"path": path, "valid": False, "problems": [{"message": str(error)}]})
            _tell(f"error: {error}", as_json)
        else:
            found.append({"path": path, "valid": True, "plan": plan.name, "notes": list(plan.notes)})
            steps = sum(len(chain.steps) for chain in plan.chains)
            counted = f"{plural(len(plan.chains), 'chain')}, {plural(steps, 'step')}"
            _tell(f"{path}: {plan.name} holds: {counted}", as_json)
            for note in plan.notes:
                _tell(f"  note: {note}", as_json)
    if as_json:
        click.echo(json_text(found))
    return 0 if all(each["valid"] for each in found) else 2


def _tell(text: str, as_json: bool) -> None:
    from orchestrator.report import clean_lines

    if not as_json:
        click.echo("\n".join(clean_lines(text)))
