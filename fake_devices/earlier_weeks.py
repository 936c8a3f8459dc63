"""What the city's access points would have told in the weeks before the simulation begins: clients, hour by hour.

A simulated city is new each time, and of a new one nobody knows what is usual. So a demo begins with a past: the rhythm
of each place as it was, spread over its radios. It was never measured by anybody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from city.measurements import DeviceKind, Metric, Reading
from fake_devices.city_plan import AccessPointPlan, CityPlan
from fake_devices.footfall import HOUR, hourly_clients
from fake_devices.radios import band

HALF_AN_HOUR = timedelta(minutes=30)
WEEK = timedelta(weeks=1)
HOURS_A_WEEK = WEEK // HOUR


def earlier_weeks(plan: CityPlan, until: datetime, weeks: int) -> Iterator[list[Reading]]:
    """The readings of all radios in each hour of the past, one in the middle of it, oldest first.

    Args:
        plan: the city.
        until: when the simulation begins, UTC; the hour in which it lies is left to be measured.
        weeks: how far back.
    """
    end = until.replace(minute=0, second=0, microsecond=0)
    start, hours = end - weeks * WEEK, weeks * HOURS_A_WEEK
    by_place = groupby(sorted(plan.access_points, key=_place), key=_place)
    places = [_Place(hotspot, list(members), start, hours, plan.seed) for hotspot, members in by_place]
    for number in range(hours):
        at = start + number * HOUR + HALF_AN_HOUR
        yield [reading for place in places for reading in place.readings(number, at)]


def _place(access_point: AccessPointPlan) -> str:
    return access_point.hotspot


class _Place:
    """One place with its radios, and how many people of a full house each of them carries."""

    def __init__(
        self, hotspot: str, members: Sequence[AccessPointPlan], start: datetime, hours: int, seed: int
    ) -> None:
        self._carry = [
            (f"{member.id}/{number}", member.clients_per_radio * band(number).share)
            for member in members
            for number in range(1, member.radios + 1)
        ]
        self._full = sum(carries for _, carries in self._carry)
        self._clients = hourly_clients(hotspot, start, hours, seed, round(self._full))

    def readings(self, hour: int, at: datetime) -> Iterator[Reading]:
        share = self._clients[hour] / self._full
        for radio, carries in self._carry:
            yield Reading(radio, DeviceKind.RADIO, at, {Metric.CLIENTS: round(share * carries, 1)})
