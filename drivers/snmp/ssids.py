"""Networks by name, with the number of clients that one device counts in each: never who they are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from city.measurements import Batch, DeviceKind, Metric, Reading
from drivers.snmp.join import JoinedTable
from drivers.snmp.seen import Number, SeenSsid, total

LONGEST_OCTETS = 32
"""Of a network's name, IEEE 802.11."""
MOST = 512
"""Networks of one device that are told: no controller has more."""
_NO_PART_OF_A_NAME = str.maketrans({"/": "-", "\\": "-"})
"""The slash parts the network from who counts it; a backslash has no unambiguous form in InfluxDB."""


class Networks:
    """The networks that each device has told of: a device that makes names up must not fill the store with them."""

    def __init__(self, refused: Counter[str]) -> None:
        """``refused``: where networks that are too many are counted."""
        self._known: dict[str, set[str]] = {}
        self._refused = refused

    def bounded(self, batch: Batch) -> Batch:
        """A batch with no more networks of a device than ``MOST`` since the start; they come last in it."""
        if not batch.readings or batch.readings[-1].kind is not DeviceKind.SSID:
            return batch
        kept = tuple(each for each in batch.readings if each.kind is not DeviceKind.SSID or self._has(each))
        if dropped := len(batch.readings) - len(kept):
            self._refused[f"ssids: more than {MOST} of one device"] += dropped
        return replace(batch, readings=kept)

    def _has(self, reading: Reading) -> bool:
        source, _, name = reading.device.rpartition("/")
        known = self._known.setdefault(source, set())
        if name not in known and len(known) < MOST:
            known.add(name)
        return name in known


def is_cheap(joined: JoinedTable) -> bool:
    """Whether a table of networks has one row for each: not one for each client, or for each radio of a controller."""
    table = joined.table
    return not any(column.count for column in table.column) and "ap" not in table.parts


def ssid_name(name: str) -> str:
    """A network's name as devices are called: of printable characters, and no longer than a name can be.

    What is not UTF-8 was marked when it was decoded.
    """
    printable = "".join(each for each in name if each.isprintable()).translate(_NO_PART_OF_A_NAME)
    return printable.encode("utf-8", "ignore")[:LONGEST_OCTETS].decode("utf-8", "ignore").strip()


def ssid_device(source: str, name: str) -> str:
    """What a network is called, by who counts its clients: ``AP-PAT-01/Mulhouse-WiFi``; "" where it has no name."""
    plain = ssid_name(name)
    return f"{source}/{plain}" if plain else ""


def ssid_readings(source: str, ssids: Iterable[SeenSsid], at: datetime) -> tuple[Reading, ...]:
    """How many clients each network has; several of one name are one, and what is not known is not told."""
    counts: dict[str, list[Number | None]] = {}
    for ssid in ssids:
        device = ssid_device(source, ssid.name)
        if device and (device in counts or len(counts) < MOST):
            counts.setdefault(device, []).append(ssid.clients)
    return tuple(
        Reading(device, DeviceKind.SSID, at, {Metric.CLIENTS: float(clients)})
        for device, parts in counts.items()
        if (clients := total(parts)) is not None
    )
