"""Histories on the command line: a line of a chart for each device or group, or figures to calculate with."""

import csv
import shutil
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from city.errors import BadInput
from city.history import POINTS_MOST, Grid, cut
from city.small_counts import masked
from city.telemetry import Sample, Window
from console.cli.arguments import AsJson, Lang, iso, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.history_views import HistoryPeriod, HistorySeries, HistoryView
    from console.client import ApiClient
    from console.i18n import Words

INDENT = 2
"""Cells before a line of a chart."""


def register(app: typer.Typer) -> None:
    """Add this command to the front door."""
    app.command("history")(history)


def history(
    what: Annotated[
        list[str], typer.Argument(metavar="[DEVICE] METRIC", help="power_w, energy_wh, clients …")
    ],
    by: Annotated[
        str | None, typer.Option(help="All devices of a kind, by sector, cabinet, hotspot or device.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="With --by: lamp, cabinet, circuit, radio …")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="2026-11-24, or 2026-11-24T18:00.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="The same; a day is included.")] = None,
    hours: Annotated[float | None, typer.Option(help="So many, up to now or --to; 24 by default.")] = None,
    points: Annotated[
        int | None, typer.Option(help="Steps at most; by default as wide as the screen.")
    ] = None,
    shown: Annotated[
        str | None, typer.Option("--as", help="mean, min, max, last; of a counter grown, rate, stand.")
    ] = None,
    across: Annotated[str | None, typer.Option(help="Of the devices of a group: sum or mean.")] = None,
    compare: Annotated[
        str | None, typer.Option(help="Beside an earlier time: year, weekday (52 weeks), week, day.")
    ] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line for each step.")] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """What was measured of a device, or of all of a kind by group, in steps; a gap stays a gap."""
    if as_json and as_csv:
        raise BadInput("--json and --csv: say one of them")
    width = min(shutil.get_terminal_size().columns - INDENT, POINTS_MOST)
    said = {
        "from": begin,
        "to": end,
        "hours": None if hours is None else f"{hours:g}",
        "points": str(points or width),
        "as": shown,
        "across": across,
        "compare": compare,
    }
    query = {name: value for name, value in said.items() if value is not None}
    view = _asked(what, by, kind, query, url, token_file)
    if as_json:
        print_json(view.model_dump(mode="json"))
    elif as_csv:
        _write_csv(view)
    else:
        _draw(view, words_of(lang, view.time_zone), width)


def _asked(
    what: list[str],
    by: str | None,
    kind: str | None,
    query: Mapping[str, str],
    url: Url,
    token_file: TokenFile,
) -> "HistoryView":
    async def put(client: "ApiClient") -> "HistoryView":
        if by is None:
            return await client.device_history(what[0], what[1], query)
        return await client.group_history(by, str(kind), what[0], query)

    if by is None and (len(what) != len(("device", "metric")) or kind is not None):
        raise BadInput("history: expected a device and a metric, or --by, --kind and a metric")
    if by is not None and (len(what) != 1 or kind is None):
        raise BadInput(
            "history --by: expected --kind and one metric, for instance --by sector --kind lamp power_w"
        )
    return ask(url, token_file, put)


def _write_csv(view: "HistoryView") -> None:
    rows = csv.writer(sys.stdout)
    rows.writerow(("period", "name", "at", view.shown, "unit"))
    for label, period in (("now", view.now), (str(view.compare), view.before)):
        for series in period.series if period else ():
            told = [(sample.at, f"{sample.value:g}") for sample in series.samples]
            told += [(at, masked(view.small_count)) for at in series.masked]
            for at, value in sorted(told):
                rows.writerow((label, series.name, iso(at), value, view.unit))


def _draw(view: "HistoryView", words: "Words", width: int) -> None:
    from console.hostile import clean
    from console.widgets.plot import sparkline

    periods = [period for period in (view.now, view.before) if period is not None]
    values = [sample.value for period in periods for series in period.series for sample in series.samples]
    low = min(0.0, *values) if values else 0.0
    top = max(values, default=1.0) - low
    step = words.span(timedelta(seconds=view.step_s))
    for period in periods:
        if period is view.before:
            print(words.t("Compared with:"))
        print(words.t("{begin} to {end}, a value each {step}", step=step, **_ends(period, words)))
        told = [each for each in period.series if each.samples or each.masked or each.total is not None]
        if not told:
            print(words.t("Nothing was measured in that time."))
        for series in told:
            samples = [Sample(sample.at, sample.value) for sample in series.samples]
            samples += [Sample(at, low) for at in series.masked]  # at the floor of the line: blank is a gap
            laid = _grid(view, period).lay_out(samples)
            print(f"{clean(series.name)}: {_figures(view, series, words)}")
            print(" " * INDENT + sparkline([v if v is None else v - low for v in laid], width, top))


def _ends(period: "HistoryPeriod", words: "Words") -> dict[str, str]:
    both = {"begin": period.start, "end": period.end}
    return {name: f"{words.date(at, short=True)} {words.clock(at)}" for name, at in both.items()}


def _grid(view: "HistoryView", period: "HistoryPeriod") -> Grid:
    """The steps that the head-end has cut the time into."""
    return cut(Window(period.start, period.end), timedelta(seconds=view.step_s), ZoneInfo(view.time_zone))


def _figures(view: "HistoryView", series: "HistorySeries", words: "Words") -> str:
    values = [sample.value for sample in series.samples]
    said = []
    if series.total is not None:
        said.append(words.t("{total} in all", total=_value(series.total, view.metric.unit, words)))
    if series.over_gaps:
        gaps = _value(series.over_gaps, view.metric.unit, words)
        said.append(words.t("{gaps} of it while nobody looked", gaps=gaps))
    if series.began_anew:
        said.append(words.n("began anew {count} time", "began anew {count} times", series.began_anew))
    if values:
        figures = {"low": min(values), "mean": sum(values) / len(values), "high": max(values)}
        shown = {name: _value(value, view.unit, words) for name, value in figures.items()}
        said.append(words.t("least {low}, mean {mean}, most {high}", **shown))
    if series.masked:
        said.append(
            words.n(
                "{count} step with {few} clients",
                "{count} steps with {few} clients",
                len(series.masked),
                few=masked(view.small_count),
            )
        )
    return ", ".join(said)


def _value(value: float, unit: str, words: "Words") -> str:
    known = {"W": words.power, "Wh": words.energy, "bit/s": words.rate, "%": words.percent}
    if unit in known:
        return known[unit](value)
    return f"{words.number(value, 1)} {unit}".rstrip()
