"""Reports for people outside the console: who burned correctly, what failed and was repaired, what was drawn."""

import sys
import time
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from city.reports import NightReport
    from console.calls import Progress
    from console.client import ApiClient
    from console.i18n import Words

MOST_NIGHTS = 31
"""A night of a large city takes a head-end some ten seconds."""
SAY_AFTER_S, SAY_EVERY_S = 1.0, 0.5
"""Real seconds: nothing is said of what takes less, and then not more often."""

report = typer.Typer(help="Reports to print or to calculate with.", rich_markup_mode=None)


class Format(StrEnum):
    """How a report is written; readable text where none is asked for."""

    CSV = "csv"
    JSON = "json"
    HTML = "html"


First = Annotated[str | None, typer.Option("--from", help="First day: 2026-11-24.")]
Last = Annotated[str | None, typer.Option("--to", help="Last day, included.")]
As = Annotated[Format | None, typer.Option("--format", help="csv, json, or html to print.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.add_typer(report, name="report")


@report.command("night")
def night(
    first: First = None,
    last: Last = None,
    as_: As = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """Which light points burned correctly, by street: last night, or the nights from one evening to another."""
    from console.reports.night import night_csv, night_json, night_page, night_text

    nights, format_, words = _nights(first, last), _format(as_, as_json=as_json), _words(lang)

    async def each(client: "ApiClient") -> "list[NightReport]":
        return [await client.night_report(evening, _progress(words, told)) for evening in nights]

    def told(done: str, total: str) -> str:
        return words.t("{done} of {total} light points", done=done, total=total)

    reports = ask(url, token_file, each)
    words.zone = ZoneInfo(reports[0].time_zone)
    if format_ is Format.JSON:
        print_json(night_json(reports))
    elif format_ is Format.CSV:
        _write(night_csv(reports))
    elif format_ is Format.HTML:
        _write(night_page(reports, words))
    else:
        _write("\n".join(night_text(each, words) for each in reports))


@report.command("failures")
def failures(
    first: First = None,
    last: Last = None,
    as_: As = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """Incidents by cause with the delay to their repair, by street, and who nears the end of rated life."""
    from console.reports.failures import failures_csv, failures_json, failures_page, failures_text

    format_, words = _format(as_, as_json=as_json), _words(lang)
    days = _day("--from", first), _day("--to", last)
    found = ask(url, token_file, lambda client: client.failures_report(*days))
    words.zone = ZoneInfo(found.time_zone)
    if format_ is Format.JSON:
        print_json(failures_json(found))
    elif format_ is Format.CSV:
        _write(failures_csv(found))
    elif format_ is Format.HTML:
        _write(failures_page(found, words))
    else:
        _write(failures_text(found, words))


@report.command("energy")
def energy(
    first: First = None,
    last: Last = None,
    by: Annotated[
        str | None, typer.Option(help="One list only: month, programme, sector or cabinet.")
    ] = None,
    as_: As = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """What was drawn and saved, and how that is known; by default in the month of yesterday, up to it."""
    from console.reports.energy import energy_csv, energy_json, energy_page, energy_text, list_named

    format_, words = _format(as_, as_json=as_json), _words(lang)
    days, listed = (_day("--from", first), _day("--to", last)), list_named(by)

    def told(done: str, total: str) -> str:
        return words.t("{done} of {total} months", done=done, total=total)

    found = ask(url, token_file, lambda client: client.energy_report(*days, _progress(words, told)))
    words.zone = ZoneInfo(found.time_zone)
    if format_ is Format.JSON:
        print_json(energy_json(found, listed))
    elif format_ is Format.CSV:
        _write(energy_csv(found, listed))
    elif format_ is Format.HTML:
        _write(energy_page(found, listed, words))
    else:
        _write(energy_text(found, listed, words))


@report.command("wifi")
def wifi(
    first: First = None,
    last: Last = None,
    hotspot: Annotated[str | None, typer.Option(help="One public place only, by id.")] = None,
    as_: As = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """How the public places' Wi-Fi was used; by default in the month of yesterday. Small counts are not told."""
    from console.reports.wifi import wifi_csv, wifi_json, wifi_page, wifi_text

    format_, words = _format(as_, as_json=as_json), _words(lang)
    days = _day("--from", first), _day("--to", last)

    def told(done: str, total: str) -> str:
        return words.t("{done} of {total} days", done=done, total=total)

    found = ask(url, token_file, lambda client: client.wifi_report(*days, hotspot, _progress(words, told)))
    words.zone = ZoneInfo(found.time_zone)
    if format_ is Format.JSON:
        print_json(wifi_json(found))
    elif format_ is Format.CSV:
        _write(wifi_csv(found))
    elif format_ is Format.HTML:
        _write(wifi_page(found, words))
    else:
        _write(wifi_text(found, words))


def _format(asked: Format | None, *, as_json: bool) -> Format | None:
    if as_json and asked not in {None, Format.JSON}:
        raise BadInput(f"--json and --format {asked}: say one of them")
    return Format.JSON if as_json else asked


def _nights(first: str | None, last: str | None) -> list[date | None]:
    """The evenings asked for; None stands for the last night that is over, which the head-end knows."""
    begin, end = _day("--from", first), _day("--to", last)
    if begin is None and end is None:
        return [None]
    begin, end = begin or end, end or begin
    assert begin is not None and end is not None  # noqa: S101, PT018 - one of them was given
    if begin > end:
        raise BadInput(f"--from {begin} --to {end}: the first night comes after the last")
    if (end - begin).days >= MOST_NIGHTS:
        raise BadInput(f"--from {begin} --to {end}: at most {MOST_NIGHTS} nights at once")
    return [begin + timedelta(days=number) for number in range((end - begin).days + 1)]


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option}: got {text!r}, expected a date such as 2026-11-24") from error


def _words(lang: str | None) -> "Words":
    from console.i18n import Words, choose_language

    return Words(choose_language(lang))


def _progress(words: "Words", told: "Callable[[str, str], str]") -> "Progress":
    """Say how far it is, on a terminal, where it takes more than a second; the line is gone when it is done.

    ``told`` says how much of how much, in words.
    """
    if not sys.stderr.isatty():
        return lambda done, total: None
    say_at, said = time.monotonic() + SAY_AFTER_S, False

    def progress(done: int, total: int) -> None:
        nonlocal say_at, said
        if said and done >= total:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        elif time.monotonic() >= say_at:
            say_at, said = time.monotonic() + SAY_EVERY_S, True
            text = told(words.number(done), words.number(total))
            print(f"\r\x1b[K{text} …", end="", file=sys.stderr, flush=True)

    return progress


def _write(text: str) -> None:
    """As it is: a table of comma-separated values ends its lines with CRLF on every machine."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
