"""What a Modbus device said, as a table for a narrow screen: values with units, and the raw registers beside them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.modbus.probe import ProbedRegister, ProbeResult

LONGEST_VALUE = 24
"""Characters of a value beyond which the names of bits go on lines of their own, and a text is cut."""
MOST_RAW = 4
"""Raw registers that are shown; the JSON document has all."""
DIGITS = {"f32": 7}
"""How many figures of a float of 32 bits mean anything (IEEE 754); all other types are shown in full."""
MOST_DIGITS = 15


def table(result: "ProbeResult") -> Iterator[str]:
    """Lines: what was read, then what was not and why, then what to know about the profile."""
    rows = [_row(one) for one in result.values]
    yield from _aligned([("", "value", "unit", "register", "raw"), *rows], _bits_below(result))
    if result.unread:
        yield ""
        yield f"unread ({len(result.unread)})"
        width = max(len(one.what) for one in result.unread)
        for one in result.unread:
            raw = f" [{_raw(one)}]" if one.raw else ""
            why = str(one.why).rpartition(": ")[2]  # which device and which register is said already
            yield f"{one.what:<{width}}  {_place(one):>8}  {why}{raw}"
    notes = [] if result.one_instant else ["this device does not measure all its values at one instant"]
    if result.unverified:
        notes.append(f"{result.profile} was never tried against the real device: compare with its display")
    notes += [f"dropped {times}: {reason}" for reason, times in result.dropped.items()]
    yield from ("", *notes) if notes else ()


def _row(one: "ProbedRegister") -> tuple[str, ...]:
    return one.what, _value(one), one.unit, _place(one), _raw(one)


def _value(one: "ProbedRegister") -> str:
    if isinstance(one.value, float):
        meant = float(f"{one.value:.{DIGITS.get(one.type, MOST_DIGITS)}g}")
        return f"{meant:.{MOST_DIGITS}g}"
    text = str(one.value)
    if one.bits is not None and not text:
        return "none"
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text.count(',') + 1} bits" if one.bits is not None else text[: LONGEST_VALUE - 1] + "…"


def _place(one: "ProbedRegister") -> str:
    return f"{one.function:02}:{one.address}"


def _raw(one: "ProbedRegister") -> str:
    words = " ".join(f"{register:04X}" for register in one.raw[:MOST_RAW])
    return words + (" …" if len(one.raw) > MOST_RAW else "")


def _bits_below(result: "ProbeResult") -> dict[str, list[str]]:
    """The names of the bits that are set, of those bitfields whose names do not fit the column."""
    return {
        one.what: str(one.value).split(", ")
        for one in result.values
        if one.bits is not None and len(str(one.value)) > LONGEST_VALUE
    }


def _aligned(rows: list[tuple[str, ...]], below: dict[str, list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for what, value, unit, place, raw in rows:
        line = f"{what:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {place:>{widths[3]}}  {raw}"
        yield line.rstrip()
        yield from (f"    {name}" for name in below.get(what, ()))
