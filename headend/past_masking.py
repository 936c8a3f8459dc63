"""The past without its small counts of clients: what is true of now is told, but nobody is to be followed back in time.

A count hidden beside others that are told would follow from their sum, so what is small takes others with it: the
access points of a place are told all or none, radios likewise, and of the places never is one alone hidden.
"""

from collections.abc import Iterable, Sequence

from city.messages import Live
from city.small_counts import is_small
from city.wifi_views import AccessPointView, HotspotView, RadioView

_HIDDEN = {"clients": None, "load_pct": None}
"""A load may follow from the count."""


def without_small_counts(live: Live, under: int) -> Live:
    """The same picture; a count that is not told is not known, and no load follows from it."""
    if under <= 0:
        return live
    places = {point.hotspot for point in live.access_points if is_small(point.clients, under)}
    told = tuple(_access_point(point, under, hides=point.hotspot in places) for point in live.access_points)
    summary = live.summary
    if summary is not None:
        hotspots = tuple(_hotspots(summary.hotspots, under))
        clients = None if is_small(summary.clients, under) else summary.clients
        summary = summary.model_copy(update={"hotspots": hotspots, "clients": clients})
    return live.model_copy(update={"summary": summary, "access_points": told})


def _hotspots(hotspots: Sequence[HotspotView], under: int) -> Iterable[HotspotView]:
    hidden = {each.id for each in hotspots if is_small(each.clients, under)}
    others = [each for each in hotspots if each.clients and each.id not in hidden]
    if len(hidden) == 1 and others:
        hidden.add(min(others, key=lambda each: (each.watched, each.clients)).id)
    return (each.model_copy(update=_HIDDEN) if each.id in hidden else each for each in hotspots)


def _access_point(point: AccessPointView, under: int, *, hides: bool) -> AccessPointView:
    parts = [*(radio.clients for radio in point.radios), *(each.clients for each in point.ssids)]
    if not hides and not any(is_small(clients, under) for clients in parts):
        return point
    changes = {
        "radios": tuple(_radio(radio) for radio in point.radios),
        "ssids": tuple(each.model_copy(update={"clients": None}) for each in point.ssids),
    }
    return point.model_copy(update=changes | (_HIDDEN if hides else {}))


def _radio(radio: RadioView) -> RadioView:
    return radio.model_copy(update=_HIDDEN)
