"""Tables (CSV), in and out: comma, semicolon or tab; decimal comma or point; UTF-8 or Windows-1252."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from city.errors import BadInput
from headend.exchange.names import BOTH, LATITUDE, LONGITUDE, folded, identity, in_our_words
from headend.exchange.positions import Crs, position
from headend.exchange.rows import FEATURES, Kind, Row, Rows, Unreadable

FIELD_MOST = 64 * 1024 * 1024
"""Characters that one cell may hold before the table counts as broken; far too long ones are bad rows."""

COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "light-point": (
        "sector", "quarter", "street", "cabinet", "circuit", "phase", "lamp_type", "gateway", "serial", "support",
        "height_m", "owner", "zone", "category", "installed", "hours_before",
    ),
    "cabinet": (
        "sector", "street", "modbus.host", "modbus.port", "modbus.unit", "modbus.url", "profile", "circuits",
        "owner", "metering_point", "subscribed_kw",
    ),
    "access-point": (
        "hotspot", "snmp.host", "snmp.port", "profile", "clients_per_radio", "controller", "listed_as",
    ),
}  # fmt: skip
"""What a table of a kind holds besides identity and position."""


def read_table(text: str, kind: Kind, crs: Crs | None, where: str) -> Rows:
    """What a table says of things of one kind.

    Raises:
        BadInput: it has no header with identity and position, or its quotes do not end.
    """
    if kind not in FEATURES:
        raise BadInput(f"{where}: a table holds {', '.join(FEATURES)}, not {kind}")
    rows = Rows("line")
    former = csv.field_size_limit(FIELD_MOST)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
        header = [name.strip() for name in next(lines, [])]
        _check(header, where)
        number = lines.line_num + 1
        for cells in lines:
            if any(cell.strip() for cell in cells):
                _take(rows, number, kind, header, cells, crs)
            number = lines.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{where}: line {lines.line_num}: no table: {error}") from error
    finally:
        csv.field_size_limit(former)
    return rows


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _check(header: list[str], where: str) -> None:
    names = {folded(name) for name in header}
    if not names & BOTH and not (names & LONGITUDE and names & LATITUDE):
        raise BadInput(
            f"{where}: line 1: got {', '.join(header)!r:.120}, expected columns with a position: "
            "longitude and latitude, or x and y"
        )


def _take(rows: Rows, number: int, kind: Kind, header: list[str], cells: list[str], crs: Crs | None) -> None:
    said = dict(zip(header, cells, strict=False))
    ignored: Counter[str] = Counter()
    try:
        if len(cells) > len(header):
            rows.refuse(number, "", Unreadable("columns", len(cells), f"{len(header)} as in the header"))
        else:
            rows.rows.append(_row(number, kind, said, crs, ignored))
    except Unreadable as why:
        rows.refuse(number, identity(kind, said), why)
    else:
        rows.ignored += ignored


def _row(number: int, kind: Kind, said: dict[str, str], crs: Crs | None, ignored: Counter[str]) -> Row:
    places = {column: said[column] for column in said if _is_place(column)}
    ours = in_our_words(kind, {column: said[column] for column in said if column not in places}, ignored)
    name = str(ours.pop("id", ""))
    if not name:
        raise Unreadable("id", None, "an identifier")
    return Row(number, kind, name, ours, _position(places, crs))


def _is_place(column: str) -> bool:
    return folded(column) in LONGITUDE | LATITUDE | BOTH


def _position(places: Mapping[str, str], crs: Crs | None) -> tuple[float, float]:
    """Of a pair in degrees and one in metres, the first named counts."""
    x = y = None
    for column, text in places.items():
        name = folded(column)
        if name in BOTH and x is None and "," in text:
            y, x = text.split(",", 1)
        elif name in LONGITUDE and x is None:
            x = text.strip() or None
        elif name in LATITUDE and y is None:
            y = text.strip() or None
    return position(x, y, crs)


def write_table(features: Iterable[Mapping[str, Any]], kind: Kind) -> str:
    """The features of a kind as a table: comma, point, UTF-8; ``read_table`` reads it again."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(("id", "longitude", "latitude", *COLUMNS[kind]))
    for feature in features:
        properties = feature["properties"]
        coordinates = feature["geometry"]["coordinates"]
        cells = [_cell(properties, column) for column in COLUMNS[kind]]
        table.writerow((properties["id"], *(repr(each) for each in coordinates[:2]), *cells))
    return out.getvalue()


def _cell(properties: Mapping[str, Any], column: str) -> object:
    outer, _, inner = column.partition(".")
    value = properties.get(outer)
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    if column == "circuits" and isinstance(value, list):
        return " ".join(f"{each.get('number')}:{each.get('feed')}" for each in value)
    return "" if value is None else value
