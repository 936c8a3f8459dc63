"""What an SNMP profile says: how to recognise a device, and which objects hold what."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Metric
from city.settings import Section
from drivers.profile import Profile
from drivers.units import exact, factor

Oid = Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$")]
"""Numbers joined by dots, without a leading dot."""

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
LONGEST_DESCR = 1000
"""Characters of sysDescr that are looked at."""


class Column(Section):
    """One object: a scalar with its instance, or a column of a table without."""

    oid: Oid
    metric: Metric | None = None
    """What it is stored as; a column without one is shown by a probe only."""
    field: Literal["band", "name"] | None = None
    """What a probe shows it as, where it is no metric."""
    unit: str = ""
    scale: float = 1.0
    """What one step of the raw value is, in ``unit``."""
    codes: Mapping[str, float | str] = {}
    """What each raw value means, where it is a code; any other is refused."""
    no_data: tuple[int, ...] = ()
    """Raw values that mean "not known"."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.metric is None) == (self.field is None):
            raise ValueError("a metric or a field")
        if self.metric is not None:
            factor(self.unit, self.metric)
            if any(isinstance(meaning, str) for meaning in self.codes.values()):
                raise ValueError("codes that mean numbers, for a metric")
        return self

    @property
    def label(self) -> str:
        """What it is called in a probe."""
        return self.metric.value if self.metric is not None else str(self.field)

    @cached_property
    def factor(self) -> Fraction:
        """By what a raw value is multiplied to be one of its metric."""
        scale = exact(self.scale)
        return scale if self.metric is None else scale * factor(self.unit, self.metric)


class Radios(Section):
    """The table of radios (or of whatever carries the clients)."""

    instances: Oid
    """The column that is walked once to find which rows there are."""
    only: str = ""
    """Rows whose value in that column matches this regular expression; all of them without one."""
    most: int = Field(16, ge=1, le=64)
    """Rows past this many are left out."""
    column: tuple[Column, ...] = Field(min_length=1)

    @field_validator("only")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return _expression(value)


class DeviceTexts(Section):
    """Where a device says what it is."""

    model: Oid | None = None
    serial: Oid | None = None
    firmware: Oid | None = None


class Recognition(Section):
    """How a device of this kind is known. Without prefix and expression, it is the fall-back for any device."""

    sys_object_id: tuple[Oid, ...] = ()
    """Prefixes of sysObjectID; the longest that fits wins over those of other profiles."""
    sys_descr: str = ""
    """Regular expression that sysDescr must match as well."""

    @field_validator("sys_descr")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return _expression(value)


class Vector(Section):
    """Objects and what they mean; run by the test suite."""

    note: str
    varbinds: Mapping[Oid, int | str]
    """Numbers, or texts as octet strings."""
    values: Mapping[str, float] = {}
    """By metric; a radio's starts with its index and a slash: ``1/clients``."""


class SnmpProfile(Profile):
    """An access point that answers SNMP."""

    vendor: str
    recognise: Recognition = Recognition()
    device: DeviceTexts = DeviceTexts()
    scalar: tuple[Column, ...] = ()
    radios: Radios | None = None
    vector: tuple[Vector, ...] = ()


def recognise(profiles: Iterable[SnmpProfile], sys_object_id: str, sys_descr: str) -> SnmpProfile | None:
    """The profile of a device: by the longest prefix of its sysObjectID, then by sysDescr, else the fall-back."""
    fitting = [
        (rank, p) for p in profiles if (rank := _rank(p.recognise, sys_object_id, sys_descr)) is not None
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _rank(rules: Recognition, sys_object_id: str, sys_descr: str) -> tuple[int, bool] | None:
    """How well a device fits: arcs of the prefix, and whether its description fits too; None: not at all."""
    if rules.sys_descr and not re.search(rules.sys_descr, sys_descr[:LONGEST_DESCR]):
        return None
    fitting = [prefix for prefix in rules.sys_object_id if f"{sys_object_id}.".startswith(f"{prefix}.")]
    if rules.sys_object_id and not fitting:
        return None
    return max((len(prefix.split(".")) for prefix in fitting), default=0), bool(rules.sys_descr)


def _expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression: {error}") from error
    return value
