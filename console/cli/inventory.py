"""The inventory on the command line: bring it in, hand it out, and put a new lamp in a light point's place."""

import sys
import time
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.errors import BadInput, FalotierError
from city.settings import Settings, load_settings
from console.cli.arguments import AsJson, Lang, print_json, say
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url
from console.cli.running import run
from console.cli.service import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from console.i18n import Words
    from headend.exchange.importing import Outcome
    from headend.exchange.merging import Key, Progress
    from headend.exchange.positions import Crs
    from headend.exchange.rows import Feature

NAMED_MOST = 20
"""How many of each sort are named in text, at most; JSON has them all."""
SAY_AFTER_S, SAY_EVERY_S = 1.0, 0.5
"""Real seconds: nothing is said of what takes less, and then not more often."""


class Part(StrEnum):
    """What of the inventory is meant."""

    LIGHT_POINTS = "light-points"
    ACCESS_POINTS = "access-points"
    CABINETS = "cabinets"


class Format(StrEnum):
    """How the inventory is handed out."""

    GEOJSON = "geojson"
    CSV = "csv"
    FIWARE = "fiware"


class Ngsi(StrEnum):
    """The form of FIWARE entities."""

    KEYVALUES = "keyvalues"
    NORMALIZED = "normalized"
    LD = "ld"


About = Annotated[Part | None, typer.Option("--kind", help="What it is about; by default light points.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("import")(import_)
    app.command("export")(export)
    app.command("replace")(replace)


def import_(
    file: Annotated[Path, typer.Argument(help="GeoJSON, CSV, or FIWARE entities.")],
    kind: About = None,
    config: Config = DEFAULT_CONFIG,
    crs: Annotated[
        str | None, typer.Option(help="4326 (degrees) or 2154 (Lambert-93); by default as the file shows.")
    ] = None,
    default_type: Annotated[
        str | None, typer.Option("--default-type", help="The lamp type of new light points without one.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")] = False,
    without_bad_rows: Annotated[
        bool, typer.Option("--without-bad-rows", help="Import the rest where rows are bad.")
    ] = False,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Take out what is not in the file.")
    ] = False,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Bring light points, cabinets or access points into the inventory: all of a file, or nothing."""
    from headend.exchange.importing import Wishes, import_file

    settings, words = load_settings(config), words_of(lang)
    inventory = settings.path(settings.inventory.file)
    wishes = Wishes(
        kind=_kind(kind),
        crs=_crs(crs),
        default_type=default_type,
        dry_run=dry_run,
        without_bad_rows=without_bad_rows,
        remove_missing=remove_missing,
    )
    outcome = import_file(file, inventory, wishes, _progress(words))
    if as_json:
        print_json(_document(outcome, file, inventory, dry_run=dry_run))
    else:
        _print_outcome(outcome, words, dry_run=dry_run)
    if outcome.refused:
        raise typer.Exit(1)


def _kind(part: Part | None) -> "Feature | None":
    kinds: dict[Part, Feature] = {
        Part.LIGHT_POINTS: "light-point",
        Part.ACCESS_POINTS: "access-point",
        Part.CABINETS: "cabinet",
    }
    return kinds[part] if part else None


def _crs(code: str | None) -> "Crs | None":
    from headend.exchange.positions import crs_of

    return crs_of(code, "--crs") if code else None


def _progress(words: "Words") -> "Progress | None":
    """Who waits at a terminal is told how far it is."""
    if not sys.stderr.isatty():
        return None
    said_at = time.monotonic() + SAY_AFTER_S - SAY_EVERY_S

    def tell(done: int, total: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= SAY_EVERY_S:
            said_at = time.monotonic()
            say(words.t("{done} of {total} rows", done=words.number(done), total=words.number(total)))

    return tell


def _document(outcome: "Outcome", file: Path, inventory: Path, *, dry_run: bool) -> dict[str, Any]:
    return {
        "file": str(file),
        "inventory": str(inventory),
        "dry_run": dry_run,
        "written": outcome.written,
        "counts": {
            "rows": outcome.rows,
            "bad": len(outcome.bad),
            "added": len(outcome.added),
            "changed": len(outcome.changed),
            "unchanged": outcome.unchanged,
            "missing": len(outcome.missing),
            "removed": len(outcome.missing) if outcome.removed else 0,
            "incomplete": len(outcome.incomplete),
        },
        "bad": [{"counted": outcome.counted, **asdict(row)} for row in outcome.bad],
        "added": [{"kind": kind, "id": name} for kind, name in outcome.added],
        "changed": [asdict(change) for change in outcome.changed],
        "missing": [{"kind": kind, "id": name} for kind, name in outcome.missing],
        "incomplete": [{"what": each.what, "why": each.why} for each in outcome.incomplete],
        "ignored": outcome.ignored,
    }


def _print_outcome(outcome: "Outcome", words: "Words", *, dry_run: bool) -> None:
    counted = {"line": words.t("line"), "feature": words.t("feature"), "entity": words.t("entity")}
    _print_some(
        words.n("{count} bad row", "{count} bad rows", len(outcome.bad)),
        [
            f"{counted[outcome.counted]} {row.number}{f' ({row.id})' if row.id else ''}: "
            + words.t(
                "{key}: got {got}, expected {expected}", key=row.key, got=row.got, expected=row.expected
            )
            for row in outcome.bad
        ],
    )
    _print_some(words.t("added: {count}", count=words.number(len(outcome.added))), _named(outcome.added))
    _print_some(
        words.t("changed: {count}", count=words.number(len(outcome.changed))),
        [
            f"{change.kind} {change.id}: "
            + ", ".join(f"{each.key} {each.old!r:.60} → {each.new!r:.60}" for each in change.fields)
            for change in outcome.changed
        ],
    )
    print(words.t("unchanged: {count}", count=words.number(outcome.unchanged)))
    missing = words.number(len(outcome.missing))
    gone = (
        words.t("taken out: {count}", count=missing)
        if outcome.removed
        else words.t("not in the file, kept: {count}", count=missing)
    )
    _print_some(gone, _named(outcome.missing))
    _print_some(
        words.t(
            "left out by the head-end until completed: {count}", count=words.number(len(outcome.incomplete))
        ),
        [f"{each.what}: {each.why}" for each in outcome.incomplete],
    )
    _print_some(
        words.t(
            "ignored, without a place in the inventory: {count}", count=words.number(len(outcome.ignored))
        ),
        [f"{name} × {count}" for name, count in outcome.ignored.items()],
    )
    print(_verdict(outcome, words, dry_run=dry_run))


def _verdict(outcome: "Outcome", words: "Words", *, dry_run: bool) -> str:
    if outcome.refused:
        return words.t("Nothing was changed: rows are bad. --without-bad-rows imports the others.")
    if dry_run:
        return words.t("Dry run: nothing was changed.")
    if not outcome.written:
        return words.t("Nothing was changed: the inventory says the same already.")
    return words.t("The inventory was changed; a former one is kept beside it (.bak).")


def _named(keys: "list[Key]") -> list[str]:
    return [f"{kind} {name}" for kind, name in keys]


def _print_some(title: str, lines: list[str]) -> None:
    """A count, and the first of what was counted; nothing where there is none."""
    from console.hostile import clean

    if not lines:
        return
    print(title)
    for line in lines[:NAMED_MOST]:
        print(f"  {clean(line)}")
    if len(lines) > NAMED_MOST:
        print("  …")


def export(
    format_: Annotated[Format, typer.Option("--format", help="geojson, csv or fiware.")] = Format.GEOJSON,
    kind: About = None,
    ngsi: Annotated[Ngsi, typer.Option(help="The form of FIWARE entities.")] = Ngsi.KEYVALUES,
    output: Annotated[Path | None, typer.Option(help="A file; by default standard output.")] = None,
    config: Config = DEFAULT_CONFIG,
    lang: Lang = None,
) -> None:
    """Hand out the inventory: as GeoJSON, as a table (CSV), or as FIWARE entities."""
    settings = load_settings(config)
    text = _exported(settings, format_, _kind(kind), ngsi, words_of(lang))
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
    except OSError as error:
        raise BadInput(f"{output}: cannot be written: {error.strerror}") from error


def _exported(settings: Settings, format_: Format, kind: "Feature | None", ngsi: Ngsi, words: "Words") -> str:
    from headend.exchange.fiware_writing import usable
    from headend.exchange.tables import write_table
    from headend.inventory_edit import document_text, read_document

    document = read_document(settings.path(settings.inventory.file))
    if format_ is Format.FIWARE:
        return _fiware(document, run(_defective(settings)), kind, ngsi, words)
    if format_ is Format.CSV:
        about = kind or "light-point"
        return write_table(usable(document, about), about)
    if kind is not None:
        document = {"type": "FeatureCollection", "features": list(usable(document, kind))}
    return document_text(document)


def _fiware(
    document: dict[str, Any], defective: set[str], kind: "Feature | None", ngsi: Ngsi, words: "Words"
) -> str:
    import json

    from headend.exchange.fiware_writing import TYPES, entities, untold
    from headend.exchange.merging import parts
    from headend.exchange.ngsi import formed
    from headend.exchange.rows import KINDS

    tell, total = _progress(words), sum(1 for kind_ in KINDS for _ in parts(document, kind_))
    made = []
    for entity in entities(document, defective):
        made.append(entity)
        if tell:
            tell(min(len(made), total), total)
    left = [f"{what} {name}" for what, name in untold(document, made)]
    if left:
        some = ", ".join(left[:NAMED_MOST])
        say(words.t("{count} things have no FIWARE entity: {some}", count=len(left), some=some))
    wanted = [each for each in made if kind is None or each["type"] == TYPES.get(kind)]
    return json.dumps([formed(each, ngsi.value) for each in wanted], ensure_ascii=False, indent=1) + "\n"


async def _defective(settings: Settings) -> set[str]:
    """The light points of which an incident stands that a FIWARE ``status`` can tell; none where no records are."""
    _, is_file, name = settings.records.url.partition(":///")
    if settings.records.url.startswith("sqlite") and is_file and not settings.path(Path(name)).exists():
        return set()
    from city.incidents import Cause
    from headend.records import Records

    told = {Cause.LAMP_DEAD, Cause.DRIVER_FAULT, Cause.LED_STRING_OUT, Cause.CYCLING}
    try:
        async with Records(settings.records.url, settings.folder) as records:
            return {each.asset for each in await records.live_incidents() if each.cause in told}
    except FalotierError as error:
        say(f"status: {error}")
        return set()


def replace(
    lamp: Annotated[str, typer.Argument(help="The light point, by its id.")],
    type_: Annotated[
        str | None, typer.Option("--type", help="The new lamp's type; by default the same.")
    ] = None,
    serial: Annotated[
        str | None, typer.Option(help="The serial number of a controller that came with it.")
    ] = None,
    new_controller: Annotated[
        bool, typer.Option("--new-controller", help="Its controller is new too, and counts from 0.")
    ] = False,
    hours: Annotated[
        float | None, typer.Option(min=0, help="What its counter of hours says, where that is not known.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the journal.")] = "",
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Say that a light point has a new lamp: its history is kept, its hours begin again."""
    from city.replacements import ReplacementRequest
    from console.asking import message
    from console.hostile import clean

    request = message(
        ReplacementRequest,
        lamp_type=type_,
        serial=serial,
        new_controller=new_controller,
        hours=hours,
        reason=reason,
    )
    done = ask(url, token_file, lambda client: client.replace(lamp, request))
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    print(
        words_of(lang).t(
            "{lamp}: {old} → {new}, new since {day}; its counter said {hours} h.",
            lamp=clean(done.light_point),
            old=clean(done.old_type),
            new=clean(done.new_type),
            day=done.installed.isoformat(),
            hours=f"{done.hours_before:g}",
        )
    )
