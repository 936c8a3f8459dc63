"""Positions: degrees (EPSG:4326), or the metres of Lambert-93 (EPSG:2154) in which French files come."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from city.errors import BadInput
from headend.exchange.names import number
from headend.exchange.rows import Unreadable

if TYPE_CHECKING:
    from pyproj import Transformer

Crs = Literal[4326, 2154]
DECIMALS = 7
"""Decimals of a degree that are kept of a converted position: about a centimetre."""
_WEST_M, _EAST_M, _SOUTH_M, _NORTH_M = -400_000.0, 1_400_000.0, 5_900_000.0, 7_300_000.0
"""Metropolitan France and its seas lie within these Lambert-93 coordinates."""
_CODE = re.compile(r"(?:EPSG:+(?:[\d.]*:)?|CRS)(\d+)$", re.IGNORECASE)
_WGS_84 = {"84": 4326, "4326": 4326, "4979": 4326}
_LAMBERT_93 = {"2154": 2154, "9794": 2154}


def crs_of(code: str, where: str) -> Crs:
    """The reference system that a name such as ``urn:ogc:def:crs:EPSG::2154`` or ``4326`` means.

    Raises:
        BadInput: it is another one.
    """
    found = _CODE.search(code.strip())
    known = (_WGS_84 | _LAMBERT_93).get(found[1] if found else code.strip())
    if known is None:
        raise BadInput(f"{where}: got {code!r:.80}, expected EPSG:4326 (degrees) or EPSG:2154 (Lambert-93)")
    return 2154 if known == 2154 else 4326


def position(x: Any, y: Any, crs: Crs | None) -> tuple[float, float]:
    """Longitude and latitude, degrees. Without a reference system, what cannot be degrees is taken for Lambert-93.

    Raises:
        Unreadable: they are no position, or lie outside.
    """
    if x is None or y is None:
        raise Unreadable("position", None, "longitude and latitude, or Lambert-93 x and y")
    east, north = number("position", x), number("position", y)
    in_degrees = -180 <= east <= 180 and -90 <= north <= 90
    if in_degrees and crs != 2154:
        return east, north
    if crs != 4326 and _WEST_M <= east <= _EAST_M and _SOUTH_M <= north <= _NORTH_M:
        longitude, latitude = _to_degrees().transform(east, north)
        return round(longitude, DECIMALS), round(latitude, DECIMALS)
    expected = {4326: "degrees", 2154: "Lambert-93 metres", None: "degrees or Lambert-93 metres"}[crs]
    raise Unreadable("position", [east, north], f"longitude and latitude in {expected}")


@cache
def _to_degrees() -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(2154, 4326, always_xy=True)
