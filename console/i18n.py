"""What the console says and how it writes it: translations, numbers, times, in French or English.

Message ids are English and stand in the code, marked with ``N_`` or passed to ``Words.t`` and ``Words.n``;
``locale/fr.po`` holds the French.
"""

import os
from datetime import date as calendar_date
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Literal, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from city.errors import BadInput

Code = Literal["fr", "en"]
"""The languages that the console speaks."""

LANGUAGES = {"fr": "fr_FR", "en": "en_GB"}
"""Each with what Babel calls it."""
_DIGITS = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
_KILO = 1000.0
_MEGA = 1_000_000.0
_KIBI = 1024
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400

UNKNOWN = "–"
"""Stands where a value is not known: never 0."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a text for translation where it stands; it is translated where it is shown."""
    return text


def choose_language(asked: str | None) -> Code:
    """The language asked for, else the one of the environment, else French.

    Raises:
        BadInput: the language asked for is neither ``fr`` nor ``en``.
    """
    if asked is not None:
        if asked not in LANGUAGES:
            raise BadInput(f"language: got {asked!r}, expected fr or en")
        return cast("Code", asked)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "en" if value.startswith("en") else "fr"
    return "fr"


def read_catalog(code: Code) -> Catalog | None:
    """The translations into a language; None for English, which stands in the code."""
    if code == "en":
        return None
    with (files("console") / "locale" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


class Words:
    """Everything that turns a value into text for a person."""

    def __init__(self, language: Code, zone: ZoneInfo | None = None) -> None:
        self.language = language
        self.zone = zone or ZoneInfo("UTC")
        """The city's time zone: known once the head-end has answered."""
        self._locale = Locale.parse(LANGUAGES[language])
        self._catalog = read_catalog(language)

    def t(self, msgid: str, **fields: object) -> str:
        """A text in the reader's language, with its named fields filled in."""
        found = self._catalog.get(msgid) if self._catalog else None
        text = str(found.string) if found and found.string else msgid
        return text.format(**fields) if fields else text

    def n(self, one: str, many: str, count: int, **fields: object) -> str:
        """A text that depends on a count; ``{count}`` in it is the count as people write it."""
        single = self._locale.plural_form(count) == "one"
        text = one if single else many
        found = self._catalog.get(one) if self._catalog else None
        if found and isinstance(found.string, (tuple, list)):
            text = found.string[0 if single else 1] or text
        return text.format(count=self.number(count), **fields)

    def number(self, value: float | None, digits: int = 0) -> str:
        """``14 371`` or ``14,371``; a dash when it is not known."""
        if value is None:
            return UNKNOWN
        text = format_decimal(value + 0.0, format=_DIGITS[digits], locale=self._locale)
        # The narrow no-break space is missing from many terminal fonts.
        return text.replace("\u202f", "\u00a0")

    def percent(self, value: float | None, digits: int = 0) -> str:
        """``70 %`` or ``70%``."""
        return f"{self.number(value, digits)}{self._unit_space}%" if value is not None else UNKNOWN

    def power(self, watts: float | None) -> str:
        """A power in W, kW or MW, with three significant figures or so."""
        if watts is None:
            return UNKNOWN
        if abs(watts) < _KILO:
            return f"{self.number(watts, 1 if abs(watts) < 100 else 0)} W"
        return self._thousands(watts, "W")

    def energy(self, watt_hours: float | None) -> str:
        """An energy in Wh, kWh or MWh, with three significant figures or so."""
        if watt_hours is None:
            return UNKNOWN
        if abs(watt_hours) < _KILO:
            return f"{self.number(watt_hours)} Wh"
        return self._thousands(watt_hours, "Wh")

    def rate(self, bits_per_second: float | None) -> str:
        """A throughput in kbit/s or Mbit/s."""
        if bits_per_second is None:
            return UNKNOWN
        return self._thousands(bits_per_second, "bit/s")

    def _thousands(self, value: float, unit: str) -> str:
        scale, prefix = (_MEGA, "M") if abs(value) >= _MEGA else (_KILO, "k")
        scaled = value / scale
        digits = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
        return f"{self.number(scaled, digits)} {prefix}{unit}"

    def size(self, octets: int) -> str:
        """What something takes up on a disk, in KiB, MiB or GiB."""
        size = octets / _KIBI
        units = [N_("{size} KiB"), N_("{size} MiB"), N_("{size} GiB")]
        while size >= _KIBI and len(units) > 1:
            size, units = size / _KIBI, units[1:]
        return self.t(units[0], size=self.number(size, 1 if 0 < size < 10 else 0))

    @property
    def _unit_space(self) -> str:
        return "\u00a0" if self.language == "fr" else ""

    def clock(self, instant: datetime | None, *, seconds: bool = False) -> str:
        """The time of day in the city."""
        if instant is None:
            return "--:--:--" if seconds else "--:--"
        return format_time(
            instant.astimezone(self.zone), "HH:mm:ss" if seconds else "HH:mm", locale=self._locale
        )

    def date(self, instant: datetime, *, short: bool = False) -> str:
        """``lun. 30 nov. 2026``, or without the year."""
        pattern = "EEE d MMM" if short else "EEE d MMM y"
        return format_date(instant.astimezone(self.zone), pattern, locale=self._locale)

    def day(self, day: calendar_date) -> str:
        """``24 nov. 2026``."""
        return format_date(day, "d MMM y", locale=self._locale)

    def weekday(self, day: calendar_date) -> str:
        """``lun.``."""
        return format_date(day, "EEE", locale=self._locale)

    def month(self, day: calendar_date) -> str:
        """``nov. 2026``."""
        return format_date(day, "MMM y", locale=self._locale)

    def moment(self, instant: datetime | None, now: datetime) -> str:
        """``17:41`` if it is less than half a day away, else ``30 nov. 17:41``."""
        if instant is None:
            return UNKNOWN
        if abs((instant - now).total_seconds()) < _DAY_S / 2:
            return self.clock(instant)
        day = format_date(instant.astimezone(self.zone), "d MMM", locale=self._locale)
        return f"{day} {self.clock(instant)}"

    def span(self, length: timedelta) -> str:
        """A duration in its two largest units: ``42 s``, ``12 min``, ``2 h 05``, ``3 d 4 h``."""
        seconds = max(0, round(length.total_seconds()))
        if seconds < _MINUTE_S:
            return f"{seconds} s"
        if seconds < _HOUR_S:
            return f"{seconds // _MINUTE_S} min"
        hours, minutes = seconds // _HOUR_S, seconds % _HOUR_S // _MINUTE_S
        if seconds < _DAY_S:
            return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
        return self.t("{days} d {hours} h", days=hours // 24, hours=hours % 24)
