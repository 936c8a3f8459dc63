"""Importing a file into the inventory: all of it or nothing, after a look at what it would change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from city.errors import BadInput
from headend.exchange.fiware_reading import is_fiware, read_fiware
from headend.exchange.geojson import read_geojson
from headend.exchange.merging import Change, Difference, Key, Progress, merge, parts, without
from headend.exchange.positions import Crs
from headend.exchange.rows import BadRow, Kind, Rows, printable
from headend.exchange.tables import read_table
from headend.inventory import LeftOut, read_inventory
from headend.inventory_edit import InventoryEdit, read_document

NAME_MOST = 80
"""Characters of a name in a file that are repeated, at most."""


@dataclass(frozen=True)
class Wishes:
    """How a file is to be imported."""

    kind: Kind | None = None
    """What the file is about; None: light points, and whatever else it names as such."""
    crs: Crs | None = None
    default_type: str | None = None
    """The lamp type of new light points that name none."""
    dry_run: bool = False
    without_bad_rows: bool = False
    remove_missing: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an import changed, or would change."""

    counted: str
    """What a row's number counts: line, feature or entity."""
    rows: int
    added: list[Key]
    changed: list[Change]
    unchanged: int
    missing: list[Key]
    bad: list[BadRow]
    incomplete: tuple[LeftOut, ...]
    """What the head-end will leave out until it is completed, and why."""
    ignored: Mapping[str, int]
    """What has no place in the inventory, by its name in the file."""
    removed: bool
    """Whether what is missing goes."""
    refused: bool
    """Whether bad rows kept, or would keep, everything from being imported."""
    written: bool


def import_file(source: Path, inventory: Path, wishes: Wishes, progress: Progress | None = None) -> Outcome:
    """Import a file into the inventory file, which is made if there is none.

    With a bad row nothing is changed, unless ``wishes.without_bad_rows``; a dry run never changes anything. Where
    nothing differs, the inventory file is not touched.

    Raises:
        BadInput: either file cannot be used at all, or the default lamp type is not in the inventory.
    """
    rows = read_rows(source, wishes.kind, wishes.crs)
    if wishes.dry_run:
        return _outcome(read_document(inventory, may_be_new=True), rows, wishes, progress)[0]
    with InventoryEdit(inventory, may_be_new=True) as edit:
        outcome, document = _outcome(edit.document, rows, wishes, progress)
        if document is not None:
            edit.stage(document)
            edit.commit()
        return outcome


def _outcome(
    document: dict[str, Any], rows: Rows, wishes: Wishes, progress: Progress | None
) -> tuple[Outcome, dict[str, Any] | None]:
    """What comes of it, and the document to write, if any."""
    if wishes.default_type is not None:
        known = [each["id"] for each in parts(document, "lamp-type")]
        if wishes.default_type not in known:
            raise BadInput(
                f"--default-type: got {wishes.default_type!r}, expected one of {', '.join(known) or 'none yet'}"
            )
    difference = merge(document, rows, default_type=wishes.default_type, progress=progress)
    changed = _changed(difference, wishes)
    after = without(difference.document, difference.missing) if wishes.remove_missing else difference.document
    refused = bool(difference.bad) and not wishes.without_bad_rows
    write = changed and not refused and not wishes.dry_run
    outcome = Outcome(
        counted=rows.counted,
        rows=len(rows.rows) + len(rows.bad),
        added=difference.added,
        changed=difference.changed,
        unchanged=difference.unchanged,
        missing=difference.missing,
        bad=difference.bad,
        incomplete=read_inventory(after).left_out,
        ignored={printable(name[:NAME_MOST]): count for name, count in rows.ignored.most_common()},
        removed=wishes.remove_missing,
        refused=refused,
        written=write,
    )
    return outcome, after if write else None


def _changed(difference: Difference, wishes: Wishes) -> bool:
    gone = difference.missing if wishes.remove_missing else []
    return bool(difference.added or difference.changed or gone)


def read_rows(source: Path, kind: Kind | None, crs: Crs | None) -> Rows:
    """What a file says: GeoJSON, FIWARE entities, or a table, told apart by what stands in it.

    Raises:
        BadInput: it cannot be read, or is none of them.
    """
    text = _text(source)
    if text.lstrip()[:1] not in {"{", "["}:
        return read_table(text, kind or "light-point", crs, str(source))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{source}: not JSON: {error}") from error
    if is_fiware(document):
        rows = read_fiware(document)
    elif isinstance(document, dict):
        rows = read_geojson(document, kind or "light-point", crs, str(source))
    else:
        raise BadInput(f"{source}: expected GeoJSON, FIWARE entities, or a table (CSV)")
    return rows if kind is None else rows.only(kind)


def _text(source: Path) -> str:
    """Spreadsheets still write Windows-1252; everything else is UTF-8, with or without its mark."""
    try:
        raw = source.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"{source}: no such file") from error
    except OSError as error:
        raise BadInput(f"{source}: cannot be read: {error.strerror}") from error
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{source}: neither UTF-8 nor Windows-1252 text")
