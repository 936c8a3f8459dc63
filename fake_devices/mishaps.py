"""What each kind of fault does to the physics of the simulated city, when it begins and when it ends."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fake_devices.city_plan import LAMP_TYPES, PHASES
from fake_devices.disturbances import NOISE_ACTS, Act, Acts, Make, draw_of
from fake_devices.scenario import Truth
from fake_devices.wifi_mishaps import WIFI_ACTS

if TYPE_CHECKING:
    from fake_devices.lamp_controller import LampController
    from fake_devices.world import World

STRING_SHARES = (0.4, 0.5, 0.6, 2 / 3, 0.75)
"""What is left of a luminaire's power when one of its LED strings is open."""
OVERDRIVEN = 1.3
CAPACITOR_GONE = 0.6
HEAT_C = 90.0
CYCLE_LIT_S, CYCLE_DARK_S = (240.0, 900.0), (60.0, 240.0)
"""A driver whose thermal cut-out works: between these it burns, and between these it is dark."""
SWAP_S = 120.0
"""Without power while a luminaire or its controller is exchanged."""
SAG_V, DROP_V = 42.0, 45.0
CLOCK_S = (900.0, 3_600.0)
"""Between these a clock is wrong, ahead or behind, when its battery has failed."""
METER_SHARES = (0.7, 1.3)


def arrange(world: "World", truth: Truth) -> None:
    """Put a fault or a piece of noise into a world's agenda; what is not built in this world is left aside."""
    make = _ACTS[truth.kind]
    if truth.asset and not _stands(world, truth.asset):
        return
    begin, end = make(world, truth)
    world.agenda.at(truth.at.timestamp(), begin)
    if truth.until is not None:
        world.agenda.at(truth.until.timestamp(), end)


def _stands(world: "World", asset: str) -> bool:
    if asset in world.lamps or asset.partition("/")[0] in world.cabinets:
        return True
    plan, access_point = world.plan, asset.rpartition("/")[0] or asset
    if access_point in world.access_points.plan or asset in plan.wifi_controllers:
        return True
    gateways = {lamp.plan.gateway for lamp in world.lamps.values()}
    return asset in gateways or any(asset == hotspot.id for hotspot in plan.hotspots)


def _broken(wrong: Mapping[str, float], right: Mapping[str, float]) -> Make:
    def make(world: "World", truth: Truth) -> Acts:
        lamp = world.lamps[truth.asset].lamp
        return lambda at: lamp.suffer(at, **wrong), lambda at: lamp.suffer(at, **right)

    return make


def _string_out(world: "World", truth: Truth) -> Acts:
    lamp = world.lamps[truth.asset].lamp
    share = draw_of(world, truth).choice(STRING_SHARES)
    return lambda at: lamp.suffer(at, share=share), lambda at: lamp.suffer(at, share=1.0)


def _cycling(world: "World", truth: Truth) -> Acts:
    lamp, draw = world.lamps[truth.asset].lamp, draw_of(world, truth)
    ended = [False]

    def go_out(at: float) -> None:
        if not ended[0]:
            lamp.suffer(at, dead=True)
            world.agenda.at(at + draw.uniform(*CYCLE_DARK_S), come_back)

    def come_back(at: float) -> None:
        if not ended[0]:
            lamp.suffer(at, dead=False)
            world.agenda.at(at + draw.uniform(*CYCLE_LIT_S), go_out)

    def end(at: float) -> None:
        ended[0] = True
        lamp.suffer(at, dead=False)

    return go_out, end


def _wrong_type(world: "World", truth: Truth) -> Acts:
    controller = world.lamps[truth.asset]
    right = controller.lamp.lamp_type
    wrong = draw_of(world, truth).choice([each for each in LAMP_TYPES.values() if each.id != right.id])
    return (
        _exchange(world, controller, lambda at: controller.lamp.replace(at, wrong)),
        _exchange(world, controller, lambda at: controller.lamp.replace(at, right)),
    )


def _swapped(world: "World", truth: Truth) -> Acts:
    controller, draw = world.lamps[truth.asset], draw_of(world, truth)
    serial = f"FC{draw.randrange(10**6, 10**7)}"

    def swap(at: float) -> None:
        controller.replace(at, serial)
        controller.lamp.reset_counters(at, draw.randrange(3_000), draw.uniform(0, 30_000))

    def back(at: float) -> None:
        controller.replace(at, controller.plan.serial)

    return _exchange(world, controller, swap), _exchange(world, controller, back)


def _exchange(world: "World", controller: "LampController", act: Act) -> Act:
    """Do something to a luminaire for which it loses its power for a while."""
    circuit = world.circuits[controller.plan.circuit]

    def begin(at: float) -> None:
        if controller.powered:
            controller.power_goes(at)
        act(at)
        world.agenda.at(at + SWAP_S, circuit.feed)

    return begin


def _silent(world: "World", truth: Truth) -> Acts:
    return _muted(world, world.air.mute_lamps, truth.asset)


def _gateway_lost(world: "World", truth: Truth) -> Acts:
    mute, speak = _muted(world, world.air.mute_gateways, truth.asset)

    def lose(at: float) -> None:
        mute(at)
        world.gateway_news.append((truth.asset, False))

    def come_back(at: float) -> None:
        speak(at)
        world.gateway_news.append((truth.asset, True))

    return lose, come_back


def _muted(world: "World", muted: set[str], name: str) -> Acts:
    def mute(_: float) -> None:
        muted.add(name)
        world.air.change()

    def speak(_: float) -> None:
        muted.discard(name)
        world.air.change()

    return mute, speak


def _breaker(world: "World", truth: Truth) -> Acts:
    circuit = world.circuits[truth.asset]
    return (
        lambda at: circuit.switch(at, breaker_tripped=True),
        lambda at: circuit.switch(at, breaker_tripped=False),
    )


def _relay_stuck(*, closed: bool) -> Make:
    def make(world: "World", truth: Truth) -> Acts:
        circuit = world.circuits[truth.asset]

        def set_to(at: float, stuck: bool | None) -> None:  # noqa: FBT001
            circuit.relay_stuck = stuck
            circuit.switch(at)

        return lambda at: set_to(at, closed), lambda at: set_to(at, None)

    return make


def _phases_lost(world: "World", truth: Truth) -> Acts:
    name, _, phase = truth.asset.partition("/")
    cabinet = world.cabinets[name]
    absent = [PHASES.index(phase)] if phase else range(len(PHASES))
    return lambda at: cabinet.supply(at, absent), lambda at: cabinet.supply(at, absent, back=True)


def _sag(world: "World", truth: Truth) -> Acts:
    if truth.asset in world.circuits:
        circuit = world.circuits[truth.asset]
        return _sets(circuit, "drop_v", DROP_V, 0.0)
    return _sets(world.cabinets[truth.asset].mains, "sag_v", SAG_V, 0.0)


def _clock(world: "World", truth: Truth) -> Acts:
    draw = draw_of(world, truth)
    error = int(draw.choice((-1, 1)) * draw.uniform(*CLOCK_S))
    if truth.asset in world.lamps:
        controller = world.lamps[truth.asset]
        return lambda at: controller.set_clock(at, error), lambda at: controller.set_clock(at, 0.0)
    cabinet = world.cabinets[truth.asset]
    return lambda at: cabinet.set_clock(at, int(at) + error), lambda at: cabinet.set_clock(at, int(at))


def _meter(world: "World", truth: Truth) -> Acts:
    cabinet, share = world.cabinets[truth.asset], draw_of(world, truth).choice(METER_SHARES)
    return lambda at: cabinet.meter_drifts(at, share), lambda at: cabinet.meter_drifts(at, 1.0)


def _cabinet_silent(world: "World", truth: Truth) -> Acts:
    return _sets(world.cabinets[truth.asset], "answers", False, True)  # noqa: FBT003


def _local(world: "World", truth: Truth) -> Acts:
    """Somebody has gone home and left the key in local."""
    cabinet = world.cabinets[truth.asset]

    def begin(_: float) -> None:
        cabinet.local_mode = True

    return begin, cabinet.close_after_work


def _door(world: "World", truth: Truth) -> Acts:
    return _sets(world.cabinets[truth.asset], "door_open", True, False)  # noqa: FBT003


def _sets(thing: object, name: str, wrong: float, right: float) -> Acts:
    return lambda _: setattr(thing, name, wrong), lambda _: setattr(thing, name, right)


_ACTS: Mapping[str, Make] = {
    "lamp_dead": _broken({"dead": True}, {"dead": False}),
    "driver_fault": _broken({"gear": True}, {"gear": False}),
    "day_burner": _broken({"burns": True}, {"burns": False}),
    "cycling": _cycling,
    "dimming_stuck": _broken({"stuck": True}, {"stuck": False}),
    "led_string_out": _string_out,
    "high_power": _broken({"share": OVERDRIVEN}, {"share": 1.0}),
    "low_power_factor": _broken({"pf_share": CAPACITOR_GONE}, {"pf_share": 1.0}),
    "over_temperature": _broken({"heat_c": HEAT_C}, {"heat_c": 0.0}),
    "wrong_lamp_type": _wrong_type,
    "controller_swapped": _swapped,
    "controller_silent": _silent,
    "gateway_lost": _gateway_lost,
    "breaker_trip": _breaker,
    "relay_stuck_on": _relay_stuck(closed=True),
    "relay_stuck_off": _relay_stuck(closed=False),
    "phase_lost": _phases_lost,
    "cabinet_supply_loss": _phases_lost,
    "voltage_sag": _sag,
    "clock_drift": _clock,
    "meter_drift": _meter,
    "cabinet_silent": _cabinet_silent,
    "local_override": _local,
    "door_open": _door,
    **NOISE_ACTS,
    **WIFI_ACTS,
}
