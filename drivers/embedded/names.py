"""The devices that the embedded store knows, each a number, with the groups they belong to."""

from collections.abc import Callable, Mapping

import duckdb

from city.measurements import DeviceKind
from city.telemetry import Tag, Tags

_READ = "select id, device, kind, sector, cabinet, hotspot from series order by id"
_SAVE = """
insert into series select unnest($1::integer[]), unnest($2::varchar[]), unnest($3::varchar[]), unnest($4::varchar[]),
    unnest($5::varchar[]), unnest($6::varchar[])
"""
_MOVE = "update series set sector = $1, cabinet = $2, hotspot = $3 where id = $4"


class Names:
    """Numbers of devices, from 1 on; a device that shows itself as two kinds has two.

    Numbers are given at once and saved with the next rows that are committed: what is asked meanwhile, in another
    thread, never meets a number without a name.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, tags_of: Callable[[str], Tags]) -> None:
        """Learn the names that are saved. Raises ``duckdb.Error``."""
        self._tags_of = tags_of
        self._numbers: dict[DeviceKind, dict[str, int]] = {kind: {} for kind in DeviceKind}
        self._kinds = [""]
        self._tags: list[Tags] = [{}]
        self._moved: dict[int, Tags] = {}
        self.devices = [""]
        """The names, by number."""
        for number, device, kind, *tags in database.execute(_READ).fetchall():
            self._numbers[DeviceKind(kind)][device] = number
            self.devices.append(device)
            self._kinds.append(kind)
            self._tags.append({tag: value for tag, value in zip(Tag, tags, strict=True) if value is not None})
        self._saved = len(self.devices)

    def numbers(self, kind: DeviceKind) -> Mapping[str, int]:
        """The numbers of a kind by name, rising."""
        return self._numbers[kind]

    def of_device(self, device: str) -> list[int]:
        """Every number of a device."""
        return [numbers[device] for numbers in self._numbers.values() if device in numbers]

    def number(self, kind: DeviceKind, device: str) -> int:
        """The number of a device that has just shown itself, with its groups of now."""
        tags = self._tags_of(device)
        number = self._numbers[kind].get(device)
        if number is None:
            number = len(self.devices)
            self.devices.append(device)
            self._kinds.append(kind.value)
            self._tags.append(tags)
            self._numbers[kind][device] = number
        elif tags != self._tags[number]:
            self._tags[number] = self._moved[number] = tags
        return number

    def save(self, database: duckdb.DuckDBPyConnection) -> int:
        """Write down what is new, within the transaction under way; gives what ``saved`` is to be told after it."""
        for number, tags in self._moved.items():
            if number < self._saved:
                database.execute(_MOVE, [*_columns(tags), number])
        end = len(self.devices)
        if self._saved < end:
            new = range(self._saved, end)
            groups = [_columns(self._tags[number]) for number in new]
            names = self.devices[self._saved : end], self._kinds[self._saved : end]
            database.execute(
                _SAVE, [list(new), *names, *(list(column) for column in zip(*groups, strict=True))]
            )
        return end

    def saved(self, end: int) -> None:
        """The transaction is committed."""
        self._saved = end
        self._moved.clear()


def _columns(tags: Tags) -> tuple[str | None, ...]:
    """The tags in the order of the table's columns."""
    return tuple(tags.get(tag) for tag in Tag)
