"""What an SNMP profile says: how to recognise a device, and which objects hold what.

Everything is a table, whatever a vendor calls it: an entry's OID, what its index is made of, and its columns. A scalar
is a table whose one row is ``0``. Rows of several tables that speak of the same thing, an access point or a radio, are
put together by its key; a row that lacks a part of its key is left out.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.sections import Section
from drivers.expressions import checked, fits
from drivers.profile import Profile
from drivers.snmp.index import Part, parse_index
from drivers.units import exact

Oid = Annotated[str, Field(pattern=r"^([0-2](\.(0|[1-9][0-9]*))+|\{sysObjectID\}(\.(0|[1-9][0-9]*))*)$")]
"""Numbers joined by dots, without a leading dot; ``{sysObjectID}`` stands for the device's own."""
Arcs = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$")]
"""The end of an OID."""

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
LONGEST_DESCR = 1000
"""Characters of sysDescr that are looked at."""

Thing = Literal["device", "totals", "access_points", "radios", "ssids"]
"""What the rows of a table speak of."""

NUMBER_UNITS: Mapping[str, str] = {
    "up": "",
    "clients": "",
    "access_points": "",
    "access_points_up": "",
    "channel": "",
    "frequency_mhz": "MHz",
    "utilization_pct": "%",
    "noise_dbm": "dBm",
    "tx_power_dbm": "dBm",
    "uptime_s": "s",
    "in_octets": "B",
    "out_octets": "B",
}
"""Fields that are numbers, with their units. Octets are counted as the device counts them: *in* is what it receives."""
TEXTS = frozenset({"id", "name", "model", "serial", "firmware", "band"})
"""Fields that are words. A band is ``2.4``, ``5`` or ``6``."""

FIELDS: Mapping[Thing, frozenset[str]] = {
    "device": frozenset({"model", "serial", "firmware", "uptime_s", "name"}),
    "totals": frozenset({"clients", "access_points", "access_points_up"}),
    "access_points": frozenset({"id", "name", "model", "serial", "firmware", "up", "clients", "uptime_s"}),
    "radios": frozenset(
        {
            "name", "band", "up", "channel", "frequency_mhz", "clients", "utilization_pct", "noise_dbm",
            "tx_power_dbm", "in_octets", "out_octets",
        }
    ),
    "ssids": frozenset({"name", "clients"}),
}  # fmt: skip
"""What may be said of each thing."""

KEYS: Mapping[Thing, tuple[str, ...]] = {
    "device": (),
    "totals": (),
    "access_points": ("ap",),
    "radios": ("ap", "radio"),
    "ssids": ("ssid",),
}
"""The parts that name one thing of each kind; ``ap`` is left out where the device is the access point."""

_UNITS: Mapping[str, tuple[str, Fraction]] = {
    **{unit: (unit, Fraction(1)) for unit in ("", "MHz", "%", "dBm", "s", "B")},
    "kHz": ("MHz", Fraction(1, 1000)),
    "GHz": ("MHz", Fraction(1000)),
    "ticks": ("s", Fraction(1, 100)),  # TimeTicks, RFC 2578
    "ms": ("s", Fraction(1, 1000)),
    "min": ("s", Fraction(60)),
    "kB": ("B", Fraction(1000)),
    "KiB": ("B", Fraction(1024)),
}
"""Device unit: that of the field, and how many of it one of the device's is."""


class Reading(Section):
    """How a raw value becomes a number or a word; shared by columns and by parts of an index."""

    codes: Mapping[str, float | str] = {}
    """What each raw value means, where it is a code; any other is refused unless ``other`` says otherwise."""
    other: float | str | None = None
    """What a code that is not listed means."""
    match: str = ""
    """Regular expression of which the first group is the value: ``^(\\d+)/``. No match: no data."""
    mask: int | None = Field(None, ge=1)
    """Bits of an integer that count: 255 where the others say how wide a channel is."""
    bits: int | None = Field(None, ge=2, le=64)
    """How many bits a signed number was cut to before it was sent as unsigned: 8 makes 161 of a noise -95."""
    unit: str = ""
    """The device's own; that of the field unless given."""
    scale: float = 1.0
    """What one step of the raw value is, in ``unit``; -1 for a noise sent without its sign."""
    no_data: tuple[int | str, ...] = ()
    """Raw values that mean "not known"."""
    mac: bool = False
    """Six octets are a MAC address, written ``aa:bb:cc:dd:ee:ff``."""

    @field_validator("match")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return checked(value, groups=1)


class Column(Reading):
    """One column of a table."""

    says: str
    """The field, or the part of the key (``ap``, ``radio``, ``ssid``, ``band`` to join by) that it holds."""
    column: Arcs | None = None
    """Its number under the table's entry; several arcs where the entry is above."""
    part: Part | None = None
    """In place of a column: the part of the index that holds the value."""
    count: bool = False
    """In place of a column: each row counts as one."""
    combine: Literal["first", "sum", "mean", "max"] = "first"
    """What is made of several rows that speak of the same thing (BSSIDs of a radio, bands of an SSID)."""
    poll: bool = True
    """Whether it is asked at each poll; one that is not is read by a probe, and now and then for names."""

    @cached_property
    def factor(self) -> Fraction:
        """By what a raw number is multiplied to be one of the field's unit."""
        return exact(self.scale) * _UNITS.get(self.unit, ("", Fraction(1)))[1]

    @property
    def counts(self) -> bool:
        """Whether the value is a number."""
        return self.says in NUMBER_UNITS

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if sum((self.column is not None, self.part is not None, self.count)) != 1:
            raise ValueError("exactly one of column, part and count")
        if self.unit and self.counts and _UNITS.get(self.unit, ("?",))[0] != NUMBER_UNITS[self.says]:
            known = [unit for unit, (base, _) in _UNITS.items() if base == NUMBER_UNITS[self.says]]
            raise ValueError(f"for {self.says} a unit of {', '.join(known) or 'none'}")
        words = [meaning for meaning in (*self.codes.values(), self.other) if isinstance(meaning, str)]
        if self.counts and words:
            raise ValueError(f"for {self.says} codes that mean numbers")
        if self.says == "band" and any(word not in {"2.4", "5", "6"} for word in words):
            raise ValueError("for band codes that mean 2.4, 5 or 6")
        return self


class Only(Section):
    """Which rows of a table count: those whose column matches."""

    column: Arcs | None = None
    part: Part | None = None
    match: str = ""
    """Regular expression that the value, as text, must match."""
    unless: str = ""
    """Regular expression that it must not match."""

    @field_validator("match", "unless")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return checked(value)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.column is None) == (self.part is None) or not (self.match or self.unless):
            raise ValueError("a column or a part, and what it must match or must not")
        return self


class Table(Section):
    """Rows, and what they say of things."""

    of: Thing
    entry: Oid
    """What comes before the column's number."""
    index: str = "row"
    """Parts of a row's index, outermost first, apart by spaces: ``ap:mac radio``. See ``drivers.snmp.index``."""
    only: Only | None = None
    same: Literal["channel"] | None = None
    """A row counts only where this part of its index is what the radio says of itself in the field of that name."""
    note: str = ""
    """What a reader of the profile should know: from which firmware on, in which MIB."""
    column: tuple[Column, ...] = Field(min_length=1)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The names of the index's parts."""
        return tuple(name for name, _ in parse_index(self.index))

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        parse_index(self.index)
        keys = set(KEYS[self.of])
        if unknown := [c.says for c in self.column if c.says not in FIELDS[self.of] | keys]:
            expected = ", ".join(sorted(FIELDS[self.of] | keys))
            raise ValueError(f"of {self.of} it cannot say {', '.join(unknown)}; expected {expected}")
        wanted = [column.part for column in self.column] + [self.only.part if self.only else None]
        if strange := [part for part in wanted if part is not None and part not in self.parts]:
            raise ValueError(f"parts of the index ({self.index}), not {', '.join(strange)}")
        if self.same is not None and self.same not in self.parts:
            raise ValueError(f"{self.same} in the index ({self.index})")
        if missing := keys - {"ap"} - {*self.parts, *(column.says for column in self.column)}:
            raise ValueError(
                f"what names one of {self.of}: {', '.join(sorted(missing))} in the index or a column"
            )
        return self


class Recognition(Section):
    """How a device of this kind is known. Without any rule, it is the fall-back for any device."""

    sys_object_id: tuple[Oid, ...] = ()
    """Prefixes of sysObjectID; the longest that fits wins over those of other profiles."""
    not_object_id: tuple[Oid, ...] = ()
    """Prefixes that are another kind of device."""
    sys_descr: str = ""
    """Regular expression that sysDescr must match as well."""
    not_descr: str = ""
    """Regular expression that sysDescr must not match."""
    ask: Oid | None = None
    """A further object, asked for only where the rules above fit."""
    answers: str = ""
    """Regular expression that its value, as text, must match; without one it is enough that there is such an object."""

    @field_validator("sys_descr", "not_descr", "answers")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return checked(value)


class TextSource(Reading):
    """Where a device says what it is: an object, of which an expression may take a part."""

    says: Literal["model", "serial", "firmware", "name"]
    oid: Oid
    """With its instance; the first that answers is taken."""
    first_row: bool = False
    """The OID is a column: its first row that is not empty is taken."""


class Trap(Section):
    """A notification that tells of an access point or a radio."""

    oid: Oid
    """snmpTrapOID (SNMPv2), or enterprise.0.specific of an SNMPv1 trap (RFC 3584)."""
    says: Literal["ap_down", "ap_up", "radio_down", "radio_up", "ap_restarted"]
    ap: Oid | None = None
    """The object that names the access point, with or without its instance; none where the sender is the one."""
    ap_is: Literal["mac", "text"] = "text"
    """How it is written there: six octets, or words."""


class Act(Section):
    """Something that can be done with an access point over SNMP, by a supervisor."""

    does: Literal["restart", "enable", "disable"]
    to: Literal["access_points", "radios"]
    oid: Oid
    """The column; the index of the thing's own row is appended, unless ``instance`` says otherwise."""
    instance: Arcs | None = None
    type: Literal["integer", "text"] = "integer"
    value: int | str
    """What is written."""
    unverified: bool = True


class Vector(Section):
    """Objects and what they mean; run by the test suite."""

    note: str
    sys_object_id: Oid = "1.3.6.1.4.1.0"
    sys_descr: str = ""
    varbinds: Mapping[Oid, int | str]
    """Numbers; texts as octet strings, ``0x…`` as octets in hexadecimal, ``oid:…`` as object identifiers."""
    expect: Mapping[str, float | str | None] = {}
    """By path in what ``probe snmp --json`` prints: ``totals.clients``, ``access_points.0.radios.1.channel``."""


class SnmpProfile(Profile):
    """An access point, or a controller that speaks for many, that answers SNMP."""

    vendor: str
    stands: Literal["alone", "controller"]
    """``alone``: the device is the access point; ``controller``: it speaks for others."""
    recognise: Recognition = Recognition()
    bands: tuple[Literal["2.4", "5", "6"], ...] = ("2.4", "5", "6")
    """Those that such a device can have: a channel's number alone often fits two."""
    text: tuple[TextSource, ...] = ()
    table: tuple[Table, ...] = ()
    trap: tuple[Trap, ...] = ()
    act: tuple[Act, ...] = ()
    vector: tuple[Vector, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for table in self.table:
            names_ap = "ap" in {*table.parts, *(column.says for column in table.column)}
            if table.of in {"access_points", "radios"} and names_ap != (self.stands == "controller"):
                raise ValueError(
                    f"stands: got {self.stands!r}; a controller's access points and radios are named by 'ap', "
                    f"those of a device that stands alone are not ({table.entry})"
                )
        return self


def recognised(profiles: Iterable[SnmpProfile], sys_object_id: str, sys_descr: str) -> list[SnmpProfile]:
    """The profiles that a device may have, the likeliest first.

    By the longest prefix of its sysObjectID, then by sysDescr, then those that ask for one object more, of which the
    caller finds out which it is; the fall-back comes last.
    """
    fitting = [
        (rank, p) for p in profiles if (rank := _rank(p.recognise, sys_object_id, sys_descr)) is not None
    ]
    return [profile for _, profile in sorted(fitting, key=lambda pair: pair[0], reverse=True)]


def _rank(rules: Recognition, sys_object_id: str, sys_descr: str) -> tuple[int, bool, bool] | None:
    """How well a device fits: arcs of the prefix, its description, one object more; None: not at all."""
    descr = sys_descr[:LONGEST_DESCR]
    if rules.sys_descr and not fits(rules.sys_descr, descr):
        return None
    if (rules.not_descr and fits(rules.not_descr, descr)) or _prefixes(rules.not_object_id, sys_object_id):
        return None
    prefixes = _prefixes(rules.sys_object_id, sys_object_id)
    if rules.sys_object_id and not prefixes:
        return None
    longest = max((len(prefix.split(".")) for prefix in prefixes), default=0)
    return longest, bool(rules.sys_descr), rules.ask is not None


def _prefixes(prefixes: Iterable[str], sys_object_id: str) -> list[str]:
    return [prefix for prefix in prefixes if f"{sys_object_id}.".startswith(f"{prefix}.")]
