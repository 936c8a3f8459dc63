"""Programmes on the command line: what one will do, and who holds which."""

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.errors import BadInput
from city.places import Position, Site
from city.settings import CitySection
from console.cli.arguments import AsJson, iso, print_json, read_text
from console.cli import deploy

if TYPE_CHECKING:
    from lighting.preview import Preview

programmes = typer.Typer(help="Dimming programmes.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    deploy.add_to(programmes)
    app.add_typer(programmes, name="programme")


@programmes.command("preview")
def preview(
    file: Annotated[str, typer.Argument(help="A programme file, or - for standard input.")],
    night: Annotated[str, typer.Option(help="The evening's date: 2026-10-24.")],
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many nights.")] = 1,
    at: Annotated[str | None, typer.Option(help="LAT,LON; by default Mulhouse.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a programme does, night by night, before any lamp does it. Needs no head-end."""
    from lighting.preview import preview as look_ahead
    from lighting.programme_files import load_programme

    site = _site(at)
    programme = load_programme(_toml(file), file)
    seen = look_ahead(programme, _date(night), days, site)
    if as_json:
        print_json(_document(seen, site))
        return
    for each in seen.nights:
        print(f"{each.night}  {each.lit_hours:.2f} h, {100 * each.relative_energy:.1f} % of full light")
        for point in each.switch_points:
            local = point.at.astimezone(site.zone)
            print(f"  {local:%Y-%m-%d %H:%M:%S %Z}  {point.at:%H:%M:%SZ}  {point.level:g} %")
    if days > 1:
        print(f"{days} nights  {seen.lit_hours:.1f} h, {100 * seen.relative_energy:.1f} % of full light")
    for warning in seen.warnings:
        print(f"! {warning}")


def _document(seen: "Preview", site: Site) -> dict[str, Any]:
    return {
        "programme": seen.programme.name,
        "title": seen.programme.title,
        "position": {"latitude": site.position.latitude, "longitude": site.position.longitude},
        "time_zone": site.zone.key,
        "nights": [
            {
                "night": each.night.isoformat(),
                "switch_points": [
                    {
                        "at": iso(point.at),
                        "local": point.at.astimezone(site.zone).isoformat(timespec="seconds"),
                        "level_pct": point.level,
                    }
                    for point in each.switch_points
                ],
                "lit_h": round(each.lit_hours, 4),
                "relative_energy": round(each.relative_energy, 4),
            }
            for each in seen.nights
        ],
        "lit_h": round(seen.lit_hours, 3),
        "relative_energy": round(seen.relative_energy, 4),
        "warnings": list(seen.warnings),
    }


def _toml(file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from error


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--night: got {text!r}, expected a date such as 2026-10-24") from error


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
