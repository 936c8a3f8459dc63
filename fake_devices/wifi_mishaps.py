"""What each kind of trouble with Wi-Fi, and what only looks like it, does to the simulated access points."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from fake_devices.access_points import How
from fake_devices.disturbances import Act, Acts, Make, draw_of
from fake_devices.gatherings import PARIS
from fake_devices.radios import Crowd
from fake_devices.scenario import Truth

if TYPE_CHECKING:
    from fake_devices.world import World

FLAP_DOWN_S, FLAP_UP_S = (112.0, 120.0), (180.0, 420.0)
"""A bad plug: between these nothing of it arrives, and between these all does. Two polls a minute apart miss it."""
BOOT_S, REBOOT_EVERY_S = (60.0, 110.0), (1_500.0, 3_600.0)
"""A bad power supply: between these it boots, and between these it runs."""
MAINTENANCE_S = 110.0
"""A site is without power for so long: less than three polls a minute apart."""
REBOOT_S = 90.0
BUSY_HOURS = (time(16), time(21, 30))
"""When a place is crowded that is full day after day, local time."""
FULL_LEVEL = 0.97
"""Clients of each radio then, as a share of those that it is meant for."""
LONGEST_D = 366
"""Days of a crowd that nobody ends: no scenario is longer."""
CROWD_LASTS = timedelta(hours=4)
MISSED_SHARE = 0.005


def _of(world: "World", truth: Truth) -> list[str]:
    return world.access_points.of_hotspot(truth.asset)


def _down(world: "World", truth: Truth) -> Acts:
    told = truth.how if truth.how in {"status", "missing_row"} else None

    def put(*, down: bool) -> Act:
        return lambda at: world.access_points.set_down(
            truth.asset, down=down, at=world.instant(at), how=cast("How | None", told)
        )

    return put(down=True), put(down=False)


def _by_turns(
    world: "World", truth: Truth, away_s: tuple[float, float], there_s: tuple[float, float], turn: "_Turn"
) -> Acts:
    """Again and again away and back, each for a while that is drawn."""
    draw = draw_of(world, truth)
    ended = [False]

    def go(at: float) -> None:
        if not ended[0]:
            turn(world.instant(at), away=True)
            world.agenda.at(at + draw.uniform(*away_s), come)

    def come(at: float) -> None:
        turn(world.instant(at), away=False)
        if not ended[0]:
            world.agenda.at(at + draw.uniform(*there_s), go)

    def end(at: float) -> None:
        ended[0] = True
        turn(world.instant(at), away=False)

    return go, end


class _Turn:
    """Takes an access point away or brings it back: its line, or its power."""

    def __init__(self, world: "World", name: str, *, power: bool) -> None:
        self._world = world
        self._name = name
        self._power = power

    def __call__(self, at: datetime, *, away: bool) -> None:
        access_points = self._world.access_points
        if self._power:
            access_points.set_down(self._name, down=away, at=at, why="power supply")
        else:
            access_points.cut_off([self._name], cut=away, at=at, why="plug")


def _flapping(world: "World", truth: Truth) -> Acts:
    return _by_turns(world, truth, FLAP_DOWN_S, FLAP_UP_S, _Turn(world, truth.asset, power=False))


def _rebooting(world: "World", truth: Truth) -> Acts:
    return _by_turns(world, truth, BOOT_S, REBOOT_EVERY_S, _Turn(world, truth.asset, power=True))


def _stuck(world: "World", truth: Truth) -> Acts:
    def put(*, stuck: bool) -> Act:
        return lambda at: world.access_points.stick_counters(truth.asset, stuck=stuck, at=world.instant(at))

    return put(stuck=True), put(stuck=False)


def _radio_off(world: "World", truth: Truth) -> Acts:
    def put(*, broken: bool) -> Act:
        return lambda at: world.access_points.break_radio(truth.asset, broken=broken, at=world.instant(at))

    return put(broken=True), put(broken=False)


def _interference(world: "World", truth: Truth) -> Acts:
    def put(*, interfered: bool) -> Act:
        return lambda at: world.access_points.interfere(
            truth.asset, interfered=interfered, at=world.instant(at)
        )

    return put(interfered=True), put(interfered=False)


def _backhaul(world: "World", truth: Truth) -> Acts:
    def put(*, cut: bool) -> Act:
        return lambda at: world.access_points.cut_off(
            _of(world, truth), cut=cut, at=world.instant(at), why="backhaul"
        )

    return put(cut=True), put(cut=False)


def _controller_lost(world: "World", truth: Truth) -> Acts:
    return (
        lambda _: world.access_points.lose_controller(truth.asset, lost=True),
        lambda _: world.access_points.lose_controller(truth.asset, lost=False),
    )


def _saturated(world: "World", truth: Truth) -> Acts:
    """A crowd at the busy hours of every day that it lasts; it has to be known before it comes."""
    for begins, ends in _evenings(truth):
        world.access_points.crowd(truth.asset, Crowd(begins, ends, FULL_LEVEL))
    return _nothing, _nothing


def _evenings(truth: Truth) -> Iterator[tuple[datetime, datetime]]:
    day = truth.at.astimezone(PARIS).date()
    last = day + timedelta(days=LONGEST_D) if truth.until is None else truth.until.astimezone(PARIS).date()
    while day <= last:
        begins, ends = (datetime.combine(day, hour, PARIS) for hour in BUSY_HOURS)
        if begins >= truth.at and (truth.until is None or ends <= truth.until):
            yield begins.astimezone(UTC), ends.astimezone(UTC)
        day += timedelta(days=1)


def _crowd(world: "World", truth: Truth) -> Acts:
    until = truth.until or truth.at + CROWD_LASTS
    world.access_points.crowd(truth.asset, Crowd(truth.at, until, FULL_LEVEL))
    return _nothing, _nothing


def _reboot(world: "World", truth: Truth) -> Acts:
    return _off_and_on(world, [truth.asset], REBOOT_S), _nothing


def _maintenance(world: "World", truth: Truth) -> Acts:
    return _off_and_on(world, _of(world, truth), MAINTENANCE_S), _nothing


def _off_and_on(world: "World", names: list[str], seconds: float) -> Act:
    def put(at: float, *, down: bool) -> None:
        for name in names:
            world.access_points.set_down(name, down=down, at=world.instant(at), why="work")

    def begin(at: float) -> None:
        put(at, down=True)
        world.agenda.at(at + seconds, lambda at: put(at, down=False))

    return begin


def _missed_polls(world: "World", truth: Truth) -> Acts:
    def put(share: float) -> Act:
        def act(_: float) -> None:
            world.access_points.lost_share = share

        return act

    return put(MISSED_SHARE if truth.share is None else truth.share), put(0.0)


def _nothing(_: float) -> None:
    pass


WIFI_ACTS: Mapping[str, Make] = {
    "ap_down": _down,
    "ap_flapping": _flapping,
    "ap_rebooting": _rebooting,
    "counters_stuck": _stuck,
    "radio_off": _radio_off,
    "interference": _interference,
    "backhaul_down": _backhaul,
    "radio_saturated": _saturated,
    "wifi_controller_lost": _controller_lost,
    "single_reboot": _reboot,
    "site_maintenance": _maintenance,
    "crowd": _crowd,
    "missed_polls": _missed_polls,
}
