"""What each kind of noise does to the simulated city: all that looks like a fault, and is none."""

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

from fake_devices.city_plan import PHASES
from fake_devices.draws import draws
from fake_devices.scenario import Truth

if TYPE_CHECKING:
    from fake_devices.lamp import Lamp
    from fake_devices.world import World

Act = Callable[[float], None]
Acts = tuple[Act, Act]
"""What happens when something begins, and when it ends; both are told the instant, seconds since 1970 UTC."""
Make = Callable[["World", Truth], Acts]

FESTIVE_W, FESTIVE_HOURS = (150.0, 600.0), (17, 24)
LATE_SHARE, LATE_S = 0.05, 1_500.0
DOUBLED_SHARE = 0.05
LOST_SHARE = 0.02
SLOW_WARM_S = 240.0
DIP_S = 3.0
DIPS = 2
HOUR_S = 3_600.0
DAY_S = 86_400.0


def _maintenance(world: "World", truth: Truth) -> Acts:
    cabinet = world.cabinets[truth.asset]
    dark = draws(world.plan.seed, f"work {truth.asset}").randrange(len(cabinet.circuits))
    return lambda at: cabinet.open_for_work(at, dark), cabinet.close_after_work


def _night_fed(world: "World", truth: Truth) -> Acts:
    cabinet = world.cabinets[truth.asset]
    return (
        lambda at: cabinet.hold_factory(at, night_fed=True),
        lambda at: cabinet.hold_factory(at, night_fed=False),
    )


def _on_the_air(name: str, share: float) -> Callable[["World", Truth], Acts]:
    def make(world: "World", truth: Truth) -> Acts:
        def put(value: float) -> Act:
            def act(_: float) -> None:
                setattr(world.air, name, value)
                if name == "late_share":
                    world.air.late_by_s = LATE_S
                world.air.change()

            return act

        return put(truth.share if truth.share is not None else share), put(0.0)

    return make


def _storm(world: "World", truth: Truth) -> Acts:
    """Black clouds: photocells light the lamps up by day, and lightning takes the power for seconds."""
    cabinet, draw = world.cabinets[truth.asset], draw_of(world, truth)
    lamps = [lamp for circuit in cabinet.circuits for lamp in circuit.lamps]

    def begin(at: float) -> None:
        for lamp in lamps:
            lamp.photocell(at, dark=True)
        for _ in range(DIPS):
            dip_at = at + draw.uniform(60, 3_000)
            world.agenda.at(dip_at, lambda at: cabinet.supply(at, range(len(PHASES))))
            world.agenda.at(dip_at + DIP_S, lambda at: cabinet.supply(at, range(len(PHASES)), back=True))

    def end(at: float) -> None:
        for lamp in lamps:
            lamp.photocell(at, dark=False)

    return begin, end


def _slow_to_warm(world: "World", truth: Truth) -> Acts:
    lamps = _lamps_of(world, truth.asset)
    quick = {lamp: lamp.slow_to_warm for lamp in lamps}

    def begin(_: float) -> None:
        for lamp in lamps:
            lamp.slow_to_warm = SLOW_WARM_S

    def end(_: float) -> None:
        for lamp, seconds in quick.items():
            lamp.slow_to_warm = seconds

    return begin, end


def _counter_reset(world: "World", truth: Truth) -> Acts:
    lamp = world.lamps[truth.asset].lamp
    return lamp.reset_counters, _nothing


def _ordered(level: float, reason: str) -> Callable[["World", Truth], Acts]:
    """Every lamp of the cabinet is given an order, as the head-end would send it."""

    def make(world: "World", truth: Truth) -> Acts:
        until = truth.until.timestamp() if truth.until else truth.at.timestamp() + DAY_S / 2
        order = {"id": f"o-{truth.where}", "level": level, "until": until, "reason": reason}
        payload = json.dumps(order).encode()
        lamps = [lamp for circuit in world.cabinets[truth.asset].circuits for lamp in circuit.lamps]

        def begin(at: float) -> None:
            for lamp in lamps:
                lamp.receive_order(at, payload)

        return begin, _nothing

    return make


def _festive(world: "World", truth: Truth) -> Acts:
    """Garlands on a circuit, from 17 h to midnight of each evening while it lasts."""
    circuit = next(iter(world.cabinets[truth.asset].circuits))
    watts = draw_of(world, truth).uniform(*FESTIVE_W)
    first, last = FESTIVE_HOURS
    ended = [False]

    def turn(at: float) -> None:
        if ended[0]:
            return
        hour = int(at // HOUR_S) % 24 + 1  # winter time: garlands hang in winter
        circuit.other_load(at, watts if first <= hour < last else 0.0)
        world.agenda.at((at // HOUR_S + 1) * HOUR_S, turn)

    def end(at: float) -> None:
        ended[0] = True
        circuit.other_load(at, 0.0)

    return turn, end


def _nothing(_: float) -> None:
    pass


def _lamps_of(world: "World", asset: str) -> Sequence["Lamp"]:
    return [lamp.lamp for circuit in world.cabinets[asset].circuits for lamp in circuit.lamps]


def draw_of(world: "World", truth: Truth) -> Random:
    """Chance of its own for one happening."""
    return draws(world.plan.seed, f"{truth.kind} {truth.asset} {truth.at.timestamp():.0f}")


NOISE_ACTS: Mapping[str, Make] = {
    "maintenance_window": _maintenance,
    "daytime_unpowered": _night_fed,
    "lost_messages": _on_the_air("lost_share", LOST_SHARE),
    "duplicated_uplinks": _on_the_air("doubled_share", DOUBLED_SHARE),
    "late_uplinks": _on_the_air("late_share", LATE_SHARE),
    "storm_photocell": _storm,
    "warm_up": _slow_to_warm,
    "counter_reset": _counter_reset,
    "planned_extinction": _ordered(0.0, "extinction programmée"),
    "override_by_technician": _ordered(100.0, "essai"),
    "festive_load": _festive,
}
