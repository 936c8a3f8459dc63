"""The public holidays of France and of Alsace."""

from datetime import date
from enum import StrEnum
from functools import lru_cache

import holidays


class Region(StrEnum):
    """Whose public holidays are meant."""

    FRANCE = "france"
    ALSACE = "alsace"
    """With Good Friday and Saint Stephen's Day (code du travail, article L3134-13)."""


SUBDIVISIONS = {Region.FRANCE: None, Region.ALSACE: "6AE"}
"""The region's code in the library of public holidays."""


@lru_cache(maxsize=256)
def public_holidays(year: int, region: Region) -> frozenset[date]:
    """The public holidays of a year."""
    return frozenset(holidays.country_holidays("FR", subdiv=SUBDIVISIONS[region], years=year))
