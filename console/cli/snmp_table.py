"""What an SNMP device said, as tables for a narrow screen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.hostile import clean

NOT_GIVEN = "–"
LONGEST_CELL = 32
"""Characters of a cell; the JSON document has all."""
LONGEST_TEXT = 200
"""Characters of what a device says of itself."""
RADIO = ("band", "channel", "frequency_mhz", "clients", "utilization_pct", "noise_dbm", "tx_power_dbm")
HEADINGS = ("", "band", "channel", "MHz", "clients", "busy %", "noise dBm", "power dBm")


def table(document: Mapping[str, Any]) -> Iterator[str]:
    """Lines: the device, its totals, access points with their radios, SSIDs, interfaces, and what was not read."""
    device, totals = document["device"], document["totals"]
    yield from _pairs([(name, _said(value, LONGEST_TEXT)) for name, value in device.items()])
    yield ""
    yield (
        f"{_said(totals['clients'])} clients, {_said(totals['access_points_up'])} of "
        f"{_said(totals['access_points'])} access points up"
    )
    if document["access_points"]:
        yield from _titled("access points", _access_points(document["access_points"]))
    if document["ssids"]:
        rows = [
            ("SSID", "clients"),
            *((_said(each["name"]), _said(each["clients"])) for each in document["ssids"]),
        ]
        yield from _titled("networks", rows)
    if document["interfaces"]:
        yield from _titled("interfaces", _interfaces(document["interfaces"]))
    if document["unread"]:
        yield ""
        yield f"unread ({len(document['unread'])})"
        yield from _pairs([(_said(each["what"]), clean(each["why"])) for each in document["unread"]])


def _access_points(access_points: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [HEADINGS]
    for each in access_points:
        state = {True: "up", False: "DOWN", None: "up?"}[each["up"]]
        name = _said(each["name"] or each["id"])
        rows.append((name, state, "", "", _said(each["clients"]), "", "", ""))
        rows += [
            (f"  {_said(radio['id'])}", *(_said(radio[key]) for key in RADIO)) for radio in each["radios"]
        ]
    return rows


def _interfaces(interfaces: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "state", "bytes in", "bytes out")]
    for each in interfaces:
        state = {True: "up", False: "down", None: NOT_GIVEN}[each["oper_up"]]
        rows.append((_said(each["name"]), state, _said(each["in_octets"]), _said(each["out_octets"])))
    return rows


def _titled(title: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield ""
    yield title
    yield from _columns(rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows with their cells below each other: the first to the left, the others, which are figures, to the right."""
    widths = [max(len(cell) for cell in cells) for cells in zip(*rows, strict=True)]
    for first, *others in rows:
        told = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        yield "  ".join(told).rstrip()


def _pairs(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What something is called, and what it is."""
    width = max((len(name) for name, _ in pairs), default=0)
    return (f"{name:<{width}}  {text}" for name, text in pairs)


def _said(value: object, longest: int = LONGEST_CELL) -> str:
    if value is None:
        return NOT_GIVEN
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    text = clean(str(value))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
