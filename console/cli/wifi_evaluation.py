"""What polls of the simulated access points bring, as the drivers would hand it on, and what is made of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from city.incidents import Incident
from city.measurements import DeviceKind, Fact, Metric, Reading

if TYPE_CHECKING:
    from fake_devices.access_points import AccessPointState
    from fake_devices.radios import RadioState
    from fake_devices.scenario import Scenario
    from fake_devices.world import World


class WifiEars:
    """Access points as they answer polls, themselves or through their controller, and what is made of it."""

    def __init__(self, world: "World", inventory: Any, scenario: "Scenario") -> None:
        """``inventory`` is that of the city's Wi-Fi, as the head-end reads it."""
        from wifi.diagnosis import WifiDiagnosis

        self._world = world
        self._names = list(inventory.access_points)
        self._diagnosis = WifiDiagnosis(inventory, period=timedelta(seconds=scenario.poll_s))
        self._listed: set[str] = set()
        """Those behind a controller that it has listed since the start."""

    def judged(self, now: datetime) -> Iterator[Incident]:
        """Poll all of them once, and judge what comes of it."""
        access_points = self._world.access_points
        for name in self._names:
            heard = access_points.heard(name, now)
            if heard == "answers":
                self._listed.add(name)
                behind = bool(access_points.planned(name).controller)
                for reading in readings(name, access_points.state(name, now), now, behind=behind):
                    yield from self._diagnosis.observe(reading)
            elif heard == "silent" or (heard == "missing_row" and name not in self._listed):
                yield from self._diagnosis.missed(name, now)
            else:
                down = Reading(name, DeviceKind.ACCESS_POINT, now, {Metric.UP: 0.0}, {Fact.WHY: heard})
                yield from self._diagnosis.observe(down)

    def tick(self, now: datetime) -> Iterator[Incident]:
        """What the passing of time brings to light."""
        yield from self._diagnosis.tick(now)


def readings(name: str, state: "AccessPointState", at: datetime, *, behind: bool) -> Iterator[Reading]:
    """What one answer tells of an access point and its radios.

    A controller counts clients and says who is up; one that stands alone tells its uptime, and its radios the rest.
    """
    own = {Metric.UPTIME: state.uptime_s}
    if behind:
        own |= {Metric.UP: 1.0, Metric.CLIENTS: float(state.clients)}
    yield Reading(name, DeviceKind.ACCESS_POINT, at, own)
    for radio in state.radios:
        yield Reading(f"{name}/{radio.number}", DeviceKind.RADIO, at, _radio_values(radio))


def _radio_values(radio: "RadioState") -> dict[Metric, float]:
    return {
        Metric.UP: float(radio.up),
        Metric.CHANNEL: float(radio.channel),
        Metric.CLIENTS: float(radio.clients),
        Metric.AIRTIME: float(radio.airtime_pct),
        Metric.NOISE: float(radio.noise_dbm),
        Metric.TX_POWER: float(radio.tx_power_dbm),
        Metric.IN_OCTETS: float(radio.in_octets),
        Metric.OUT_OCTETS: float(radio.out_octets),
    }
