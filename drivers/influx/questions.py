"""What is asked of an InfluxDB in InfluxQL: of the values, and of the hourly summaries that outlast them.

A summary stands at the start of its hour and holds, of each metric, ``mean_…``, ``min_…``, ``max_…``, ``last_…`` and
``count_…``: what 1.x itself calls them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Tag, Window
from drivers.influxql import each, quoted_name, quoted_text, within
from drivers.instants import EPOCH

SUMMARIES = "hours"
"""The retention policy of the summaries; in 2.x it is mapped to a bucket of its own."""
HOUR = timedelta(hours=1)

_OF_SUMMARIES = {Aggregate.MIN: "min", Aggregate.MAX: "max", Aggregate.LAST: "last"}


@dataclass(frozen=True, slots=True)
class Aggregated:
    """A metric over a window, one value a step for each value of some tags."""

    kinds: Sequence[DeviceKind]
    metric: Metric
    step: timedelta
    aggregate: Aggregate
    tags: Sequence[str] = ()
    condition: str = ""
    """On tags; all that comes from outside is quoted in it."""

    def of_values(self, window: Window) -> str:
        """Asked of the values themselves."""
        return (
            f'SELECT {self.aggregate.value}({quoted_name(self.metric)}) AS "value" FROM {_sources(self.kinds)}'  # noqa: S608 (all quoted)
            f" {self._where(window)} {self._grouped()}"
        )

    def of_summaries(self, window: Window) -> str:
        """Asked of the hours that begin in the window; a step that is shorter than an hour gets one sample an hour."""
        kinds = _sources(self.kinds, SUMMARIES)
        name = _OF_SUMMARIES.get(self.aggregate)
        if name is not None:
            return (
                f'SELECT {name}({quoted_name(f"{name}_{self.metric}")}) AS "value" FROM {kinds}'  # noqa: S608 (all quoted)
                f" {self._where(window)} {self._grouped()}"
            )
        mean, count = quoted_name(f"mean_{self.metric}"), quoted_name(f"count_{self.metric}")
        by_tags = f" GROUP BY {', '.join(map(quoted_name, self.tags))}" if self.tags else ""
        hours = f'SELECT {mean} * {count} AS "sum", {count} AS "count" FROM {kinds} {self._where(window)}{by_tags}'  # noqa: S608 (all quoted)
        asked = 'sum("sum")' if self.aggregate is Aggregate.SUM else 'sum("sum") / sum("count")'
        return f'SELECT {asked} AS "value" FROM ({hours}) WHERE {within(window)} {self._grouped()}'  # noqa: S608 (all quoted)

    def _where(self, window: Window) -> str:
        return f"WHERE {f'{self.condition} AND ' if self.condition else ''}{within(window)}"

    def _grouped(self) -> str:
        return f"GROUP BY {', '.join([*map(quoted_name, self.tags), each(self.step)])} fill(none)"


def of_one(device: str, metric: Metric, step: timedelta, aggregate: Aggregate) -> Aggregated:
    """One device's metric, of whatever kind it is."""
    return Aggregated(
        list(DeviceKind), metric, step, aggregate, condition=f'"device" = {quoted_text(device)}'
    )


def of_each(kind: DeviceKind, metric: Metric, step: timedelta, aggregate: Aggregate) -> Aggregated:
    """The same of every device of a kind."""
    return Aggregated([kind], metric, step, aggregate, ["device"])


def of_each_with(tag: Tag, kind: DeviceKind, metric: Metric, step: timedelta) -> Aggregated:
    """The mean of every device of a kind that has a tag."""
    return Aggregated(
        [kind], metric, step, Aggregate.MEAN, ["device", tag], condition=f"{quoted_name(tag)} != ''"
    )


def combined(means: str, tag: Tag, window: Window, step: timedelta, across: Aggregate) -> str:
    """The means of devices, combined by a tag."""
    # A mean stands at the start of its step, which may lie before the window.
    steps = Window(window.start - (window.start - EPOCH) % step, window.end)
    return (
        f'SELECT {across.value}("value") AS "value" FROM ({means})'  # noqa: S608 (all quoted)
        f" WHERE {within(steps)} GROUP BY {quoted_name(tag)}, {each(step)} fill(none)"
    )


def last(kind: DeviceKind, metric: Metric, condition: str = "") -> str:
    """The newest value of every device of a kind, where it meets a condition on its instant."""
    where = f" WHERE {condition}" if condition else ""
    return f'SELECT last({quoted_name(metric)}) AS "value" FROM {quoted_name(kind)}{where} GROUP BY "device"'  # noqa: S608 (all quoted)


def last_of_summaries(kind: DeviceKind, metric: Metric, window: Window) -> str:
    """The last value of every device of a kind in the hours that begin in a window."""
    return (
        f'SELECT last({quoted_name(f"last_{metric}")}) AS "value" FROM {_sources([kind], SUMMARIES)}'  # noqa: S608 (all quoted)
        f' WHERE {within(window)} GROUP BY "device"'
    )


def values_of(kind: DeviceKind, metrics: Sequence[Metric], window: Window) -> str:
    """Some metrics of every device of a kind, as they were sampled."""
    fields = ", ".join(map(quoted_name, metrics))
    return f'SELECT {fields} FROM {quoted_name(kind)} WHERE {within(window)} GROUP BY "device"'  # noqa: S608 (all quoted)


def count_of_all() -> str:
    """How many values there are, by metric and kind."""
    return f"SELECT count(*) FROM {_sources(list(DeviceKind))}"  # noqa: S608 (all quoted)


def _sources(kinds: Sequence[DeviceKind], policy: str = "") -> str:
    before = f"{quoted_name(policy)}." if policy else ""
    return ", ".join(before + quoted_name(kind) for kind in kinds)
