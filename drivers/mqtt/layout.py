"""Binary payloads as data: which bytes of which frame mean what.

A frame is known by its port and its first bytes. Its fields follow each other; a field may be there only where a flag
before it says so, and records may repeat. ``unpack`` and ``pack`` read and write what is described here.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.units import exact, factor

Order = Literal["little", "big"]

_OCTETS = {
    "u8": 1,
    "s8": 1,
    "u16": 2,
    "s16": 2,
    "u24": 3,
    "u32": 4,
    "s32": 4,
    "f32": 4,
    "f64": 8,
    "u64": 8,
    "s64": 8,
}


def codes(words: Mapping[str, str]) -> dict[int, str]:
    """Raw values by their words, as TOML's keys have them: ``255`` or ``0xFF``.

    Raises:
        ValueError: a key is no whole number.
    """
    try:
        return {int(code, 0): word for code, word in words.items()}
    except ValueError:
        raise ValueError("whole numbers as keys: 255 or 0xFF") from None


class _Part(Section):
    """What all parts of a frame have."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """With its unit at the end, where it has one: ``downlink_rssi_dbm``."""
    when: str = ""
    """Name of a flag before it, in the same record; it is there where that is set."""
    optional: bool = False
    """Whether a frame may end before it: later firmware has appended it."""


class Numbered(Section):
    """A run of raw values that differ in a number only: even values from 0 to 126 are the DALI addresses 0 to 63."""

    first: int
    last: int
    step: int = Field(1, ge=1)
    from_: int = Field(0, alias="from")
    """The number of the first."""
    word: str = Field(pattern=r"\{\}")

    def raws(self) -> Iterator[tuple[str, int]]:
        """Every word of the run with its raw value."""
        for number, raw in enumerate(range(self.first, self.last + 1, self.step), self.from_):
            yield self.word.replace("{}", str(number)), raw


class Number(_Part):
    """A number, or a code that stands for a word."""

    type: Literal["u8", "s8", "u16", "s16", "u24", "u32", "s32", "u64", "s64", "f32", "f64"]
    order: Order | None = None
    """The frame's, unless given."""
    mask: int = Field(0, ge=0)
    """Which bits count, where not all do."""
    scale: float = 1.0
    """What one step is, in ``unit`` …"""
    divide: float = Field(1.0, gt=0)
    """… and by what it is divided, where that is the simpler way to say it: 3600 for seconds that are told in hours."""
    offset: float = 0.0
    """What zero is, in ``unit``."""
    decades: float = Field(0.0, ge=0)
    """Steps to a tenfold, where the scale is logarithmic: then one step of ``scale`` is raw value 0."""
    digits: int = Field(0, ge=0)
    """Significant digits worth telling; 0 for all."""
    table: tuple[float, ...] = ()
    """The values of raw 0, 1, 2 …, where no formula gives them."""
    unit: str = ""
    metric: Metric | None = None
    """What it is stored as."""
    fact: Fact | None = None
    """What it says of the device in words."""
    words: Mapping[str, str] = {}
    """Raw values that stand for words: ``255 = "inactive"``."""
    numbered: tuple[Numbered, ...] = ()
    closed: bool = False
    """Whether nothing but the words is valid."""
    no_data: tuple[int, ...] = ()
    """Raw values that mean "not known"."""
    most: float | None = None
    """The largest value that makes sense, in ``unit``: what is above is refused, and never sent."""
    show: Literal["number", "instant", "hh:mm"] = "number"
    """``instant``: seconds since 1970 UTC; ``hh:mm``: the value is in minutes after midnight."""
    clock: bool = False
    """Whether it is the device's own time."""
    warn: bool = False
    """Whether any word but that of 0 is a complaint: ``error_reason: value_error``."""
    hidden: bool = False
    """Counts and lengths, which say nothing themselves."""
    derived: bool = False
    """Not measured but computed by the device, in a way not known to be right: shown, never stored."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        codes(self.words)
        if self.metric is not None:
            factor(self.unit, self.metric)
            if self.derived:
                raise ValueError("a derived value without a metric: it is never stored")
        if self.type[0] == "f" and (self.words or self.numbered or self.mask or self.no_data or self.decades):
            raise ValueError("an integer type, for words, masks and values without data")
        return self

    @property
    def octets(self) -> int:
        """How long it is."""
        return _OCTETS[self.type]

    @cached_property
    def word_by_raw(self) -> Mapping[int, str]:
        """Every word by its raw value."""
        runs = {raw: word for run in self.numbered for word, raw in run.raws()}
        return runs | codes(self.words)

    @cached_property
    def raw_by_word(self) -> Mapping[str, int]:
        """Every raw value by its word."""
        return {word: raw for raw, word in self.word_by_raw.items()}

    @cached_property
    def step(self) -> Fraction:
        """What one step is, in ``unit``."""
        return exact(self.scale) / exact(self.divide)

    @cached_property
    def is_bare(self) -> bool:
        """Whether a raw value is the value: most are, and are read the faster for it."""
        scaled = self.step != 1 or self.offset or self.decades or self.digits
        coded = self.words or self.numbered or self.closed or self.no_data or self.table
        return not scaled and not coded and self.most is None and self.show == "number"

    @cached_property
    def to_offset(self) -> Fraction:
        """What raw value 0 is, in ``unit``."""
        return exact(self.offset)

    @cached_property
    def to_metric(self) -> Fraction:
        """By what a value in ``unit`` is multiplied to be one of its metric."""
        return Fraction(1) if self.metric is None else factor(self.unit, self.metric)


class Bit(Section):
    """One flag, or a few bits that are a number."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    bit: int = Field(ge=0, le=31)
    """Which, from 0 for the lowest."""
    width: int = Field(1, ge=1, le=31)
    """How many; more than one are a number."""
    words: Mapping[str, str] = {}
    warn: bool = False
    """Whether it is a complaint where it is set."""
    metric: Metric | None = None
    fact: Fact | None = None
    says: str = ""
    """What the fact is where the flag is set; nothing is said where it is not."""
    hidden: bool = False
    """Says only which fields follow."""

    @field_validator("words")
    @classmethod
    def _are_codes(cls, words: Mapping[str, str]) -> Mapping[str, str]:
        codes(words)
        return words

    @cached_property
    def word_by_raw(self) -> Mapping[int, str]:
        """Every word by its raw value."""
        return codes(self.words)


class Flags(_Part):
    """Bits of their own meanings."""

    type: Literal["flags8", "flags16", "flags32"]
    order: Order | None = None
    bits: tuple[Bit, ...]
    no_data: tuple[int, ...] = ()
    """Raw values that mean that none of them is known."""

    @property
    def octets(self) -> int:
        """How long it is."""
        return int(self.type[5:]) // 8


class Bytes(_Part):
    """Bytes that are no number: a text (UTF-8), hexadecimal digits, or a version (``1.2.3``)."""

    type: Literal["text", "hex", "version"]
    octets: int | str
    """How many; or the field before it that says it; or ``rest``."""
    order: Order = "big"
    """``little``: the last byte is written first."""
    fact: Fact | None = None


class Records(_Part):
    """Fields that repeat: as often as a field before says, or to the end."""

    type: Literal["list"]
    count: int | str = ""
    fields: tuple["Part", ...]


class Case(Section):
    """The fields that follow one tag."""

    tag: int = Field(ge=0, le=255)
    fields: tuple["Part", ...]


class Tagged(_Part):
    """Fields in any order, each after a byte that says what follows; ``octets`` of them, or all to the end."""

    type: Literal["tagged"]
    octets: str = ""
    """The field before it that says how long all of them are."""
    cases: tuple[Case, ...]


Part = Annotated[Number | Flags | Bytes | Records | Tagged, Field(discriminator="type")]
