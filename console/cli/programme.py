"""Programmes on the command line: what one will do, and who holds which."""

import difflib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.errors import BadInput
from city.places import Position, Site
from city.settings import CitySection
from console.cli import deploy
from console.cli.arguments import AsJson, print_json, read_text, say
from console.cli.previews import document, show

if TYPE_CHECKING:
    from lighting.light_plan import LightPlan
    from lighting.preview import Preview

FIRST_YEAR, LAST_YEAR = 1900, 2189
"""Much further away neither the sun nor the time zone is right."""

MOST_KW = 1e6
"""No city's lighting draws more, kW."""

SILENT_NIGHTS = 5000
"""More nights than this take over a second: then each calendar is announced."""

programmes = typer.Typer(help="Dimming programmes.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    deploy.add_to(programmes)
    app.add_typer(programmes, name="programme")


@programmes.command("preview")
def preview(
    file: Annotated[str, typer.Argument(help="A light plan or a programme, or - for standard input.")],
    night: Annotated[str, typer.Option(help="The evening's date: 2026-10-24.")],
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many nights.")] = 1,
    at: Annotated[str | None, typer.Option(help="LAT,LON; by default Mulhouse.")] = None,
    calendar: Annotated[str | None, typer.Option(help="One calendar of the plan; by default all.")] = None,
    installed_kw: Annotated[
        float, typer.Option(min=0, max=MOST_KW, help="What the lamps draw at 100 %, kW.")
    ] = 1.0,
    eur_per_kwh: Annotated[float | None, typer.Option(min=0, help="What a kWh costs, EUR.")] = None,
    co2_g_per_kwh: Annotated[
        float | None, typer.Option(min=0, help="What a kWh stands for, g of CO2 equivalent.")
    ] = None,
    category: Annotated[
        str, typer.Option(help="Check the hours of the arrêté of 27 December 2018: a to g, or advertising.")
    ] = "",
    closing: Annotated[
        str | None, typer.Option(help="When what is lit closes, HH:MM, where the arrêté counts from it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a programme or every calendar of a plan does, night by night, before any lamp does it.

    Needs no head-end. Costs and carbon are counted with typical figures where none are given.
    """
    from lighting.prices import TYPICAL, EnergyPrice
    from lighting.programme_files import is_light_plan, read_light_plan

    text, site = read_text(file), _site(at)
    plan = read_light_plan(text, file)
    whole = calendar is None and is_light_plan(text)
    names = list(plan.calendars) if calendar is None else [_calendar(plan, calendar)]
    price = EnergyPrice(
        TYPICAL.eur_per_kwh if eur_per_kwh is None else eur_per_kwh,
        TYPICAL.co2_g_per_kwh if co2_g_per_kwh is None else co2_g_per_kwh,
    )
    options = {"installed_kw": installed_kw, "price": price, "category": category, "closing": _clock(closing)}
    previews = _ahead(plan, names, _night(night), days, site, options)
    if as_json:
        documents = [document(each) for each in previews]
        print_json({"calendars": documents} if whole else documents[0])
        return
    for each in previews:
        show(each, with_nights=days == 1 or not whole)


@programmes.command("schema")
def schema() -> None:
    """The JSON schema of a light plan file, for editors."""
    from lighting.plan_tables import schema as schema_of

    print_json(schema_of())


def _ahead(
    plan: "LightPlan", names: list[str], night: date, days: int, site: Site, options: Mapping[str, Any]
) -> Iterator["Preview"]:
    from lighting.preview import preview_calendar

    for number, name in enumerate(names, start=1):
        if len(names) * days > SILENT_NIGHTS:
            say(f"{number}/{len(names)} {name}")
        yield preview_calendar(plan, name, night, days, site, **options)


def _calendar(plan: "LightPlan", name: str) -> str:
    if name in plan.calendars:
        return name
    near = difflib.get_close_matches(name, plan.calendars, n=1)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(plan.calendars)}"
    raise BadInput(f"--calendar: got {name!r}; {hint}")


def _night(text: str) -> date:
    try:
        night = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--night: got {text!r}, expected a date such as 2026-10-24") from error
    if not FIRST_YEAR <= night.year <= LAST_YEAR:
        raise BadInput(f"--night: got {text!r}, expected a date of {FIRST_YEAR} to {LAST_YEAR}")
    return night


def _clock(text: str | None) -> time | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a local time of every night
    except ValueError as error:
        raise BadInput(f"--closing: got {text!r}, expected a local time such as 19:30") from error


def _site(at: str | None) -> Site:
    site = CitySection().site
    if at is None:
        return site
    try:
        latitude, longitude = (float(part) for part in at.split(","))
    except ValueError as error:
        raise BadInput(f"--at: got {at!r}, expected LAT,LON, for instance 47.75,7.34") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadInput(f"--at: got {at!r}, expected a latitude of -90 to 90 and a longitude of -180 to 180")
    return Site(site.name, Position(latitude, longitude), site.zone)
