"""``falotier evaluate``: how well the fault finding does against a truth that is known."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, print_json
from console.cli.evaluation import find

if TYPE_CHECKING:
    from fake_devices.city_plan import CityPlan
    from fake_devices.scenario import Resolved, Scenario


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(evaluate)


def evaluate(
    scenario: Annotated[Path | None, typer.Argument(help="A scenario file.")] = None,
    random: Annotated[
        bool, typer.Option("--random", help="A random scenario: published fault rates, noise always on.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of a random scenario.", min=0)] = 1,
    lamps: Annotated[int, typer.Option(help="Its light points.", min=1)] = 1200,
    nights: Annotated[int, typer.Option(help="Its nights.", min=1, max=366)] = 7,
    rate: Annotated[float, typer.Option(help="Times the published fault rates.", min=0)] = 1.0,
    access_points: Annotated[int, typer.Option(help="Its access points.", min=0)] = 60,
    telemetry_s: Annotated[
        int, typer.Option(help="Seconds between two reports of a lamp.", min=60, max=3600)
    ] = 300,
    as_json: AsJson = False,
) -> None:
    """Score the fault finding against a scenario whose truth is known."""
    if random == (scenario is not None):
        raise BadInput("evaluate: expected a scenario file, or --random with --seed, --lamps and --nights")
    document = (
        run_scenario(scenario)
        if scenario is not None
        else run_random(seed, nights, rate, telemetry_s, lamps=lamps, access_points=access_points)
    )
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        shown = ", ".join(value) if isinstance(value, tuple) else value
        print(f"{name:<30} {'–' if value is None else shown}")


def run_scenario(file: Path) -> dict[str, Any]:
    """Simulate a scenario from its start for its nights, judge all that devices say, and score what was found.

    Raises:
        BadInput: the file cannot be used.
    """
    from fake_devices.city_plan import plan_city
    from fake_devices.scenario import load_scenario, resolve

    told = load_scenario(file)
    plan = plan_city(told.lamps, told.access_points, told.seed)
    return _scored(told, resolve(told, plan), plan)


def run_random(
    seed: int, nights: int, rate: float, telemetry_s: int, *, lamps: int, access_points: int
) -> dict[str, Any]:
    """The same for a random scenario with ``rate`` times the published faults.

    Raises:
        BadInput: the sizes make no city.
    """
    from fake_devices.city_plan import plan_city
    from fake_devices.random_scenario import drawn, random_scenario

    told = random_scenario(seed, nights, telemetry_s, lamps, access_points)
    plan = plan_city(lamps, access_points, seed)
    return _scored(told, drawn(told, plan, rate), plan)


def _scored(scenario: "Scenario", resolved: "Resolved", plan: "CityPlan") -> dict[str, Any]:
    from fake_devices.scores import score
    from headend.desk import PUBLIC_CAUSES

    raised = find(scenario, resolved, plan)
    public = [incident for incident in raised if incident.cause in PUBLIC_CAUSES]
    scores = score(resolved.faults, raised, public, scenario.lamps, scenario.nights)
    figures = asdict(scores)
    return {"scenario": scenario.title, "lamps": scenario.lamps, "nights": scenario.nights, **figures}
