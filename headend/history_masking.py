"""Histories of clients without their small counts."""

from city.history_views import HistoryPeriod, HistorySeries, HistoryView
from city.measurements import Metric
from city.small_counts import is_small


def without_small_counts(view: HistoryView, under: int) -> HistoryView:
    """The same, but for steps with a small count of clients: they have no sample, and are named as masked."""
    if view.metric is not Metric.CLIENTS or under <= 0:
        return view
    before = None if view.before is None else _period(view.before, under)
    return view.model_copy(update={"small_count": under, "now": _period(view.now, under), "before": before})


def _period(period: HistoryPeriod, under: int) -> HistoryPeriod:
    return period.model_copy(update={"series": tuple(_series(each, under) for each in period.series)})


def _series(series: HistorySeries, under: int) -> HistorySeries:
    small = tuple(sample.at for sample in series.samples if is_small(sample.value, under))
    told = tuple(sample for sample in series.samples if not is_small(sample.value, under))
    return series.model_copy(update={"samples": told, "masked": small})
