"""Asking the head-end for histories."""

from collections.abc import Mapping
from urllib.parse import quote

from city.history_views import HistoryView
from console.calls import REPORT_TIMEOUT_S, Calls


class HistoryCalls(Calls):
    """What was measured, in steps for a chart.

    ``query`` holds what is said of the time and the values, as docs/history.md has it: from, to, hours, points, as,
    compare.
    """

    async def device_history(self, device: str, metric: str, query: Mapping[str, str]) -> HistoryView:
        """One metric of one device of any kind."""
        path = f"/api/history/devices/{quote(device, safe='')}"
        return await self._history(path, {**query, "metric": metric})

    async def group_history(self, by: str, kind: str, metric: str, query: Mapping[str, str]) -> HistoryView:
        """One metric of all devices of a kind, by sector, cabinet or hotspot, or each by itself (device)."""
        return await self._history("/api/history/groups", {**query, "metric": metric, "kind": kind, "by": by})

    async def _history(self, path: str, query: Mapping[str, str]) -> HistoryView:
        if "to" not in query:
            query = self._then(query, "to")
        return await self._one(HistoryView, "GET", path, timeout_s=REPORT_TIMEOUT_S, query=query)
