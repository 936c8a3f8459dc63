"""The Wi-Fi tree as it may be told in a file: without small counts of clients, and without what they follow from.

The reasons: docs/wifi-privacy.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from city.errors import BadInput, FalotierError
from city.measurements import Metric
from city.small_counts import is_small, masked
from city.wifi_settings import WifiSection
from city.wifi_views import AccessPointView
from console.client import ApiClient
from console.widgets.wifi_tree import DEPTH_OF_ACCESS_POINT, DEPTH_OF_RADIO, Branch

ASKED_AT_MOST = 3
"""Radios whose history is asked for until one tells the threshold."""


async def small_count(client: ApiClient, access_points: Iterable[AccessPointView]) -> int:
    """Counts under this are small: as the head-end says with every history of clients, else as by default."""
    radios = [radio.id for view in access_points for radio in view.radios[:1]]
    for radio in radios[:ASKED_AT_MOST]:
        try:
            query = {"hours": "1", "points": "1"}
            return (await client.device_history(radio, Metric.CLIENTS, query)).small_count
        except BadInput:
            continue  # never heard of yet
        except FalotierError:
            break  # it is away: another question would only wait as long
    return int(WifiSection.model_fields["small_count"].default)


def as_told(rows: Sequence[Branch], access_points: Iterable[AccessPointView], under: int) -> list[Branch]:
    """The rows with small counts masked.

    A sum beside parts of which one is masked would tell it by a subtraction, and so does a load that follows from
    a count: neither is told then.
    """
    deepest: dict[str, int] = {}
    for row in rows:
        for above in row.path:
            deepest[above] = max(deepest.get(above, 0), row.depth)
    small_below = _small_below(access_points, under, deepest)
    return [_told(row, under, has_small_below=row.id in small_below) for row in rows]


def _small_below(
    access_points: Iterable[AccessPointView], under: int, deepest: dict[str, int]
) -> frozenset[str]:
    """Places and access points of which parts are in the file, and one part is small, be it in the file or not."""
    found: set[str] = set()
    for view in access_points:
        shows_radios = deepest.get(view.hotspot, 0) >= DEPTH_OF_RADIO
        small_radio = shows_radios and any(is_small(radio.clients, under) for radio in view.radios)
        if small_radio and deepest.get(view.id, 0) >= DEPTH_OF_RADIO:
            found.add(view.id)
        shows_parts = deepest.get(view.hotspot, 0) >= DEPTH_OF_ACCESS_POINT
        if shows_parts and (small_radio or is_small(view.clients, under)):
            found.add(view.hotspot)
    return frozenset(found)


def _told(row: Branch, under: int, *, has_small_below: bool) -> Branch:
    if is_small(row.clients, under):
        return replace(row, told=masked(under), load_pct=None)
    if has_small_below:
        return replace(row, told="", load_pct=None)
    return row
