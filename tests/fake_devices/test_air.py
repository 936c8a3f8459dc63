from collections import Counter

from fake_devices.agenda import Agenda
from fake_devices.air import Air
from fake_devices.draws import draws
from fake_devices.lamp_controller import LampEvent

MANY = 5_000


def air() -> tuple[Agenda, Air]:
    agenda = Agenda(0.0)
    return agenda, Air(agenda, draws(1, "air"))


def speak(an_air: Air, count: int = MANY) -> None:
    for number in range(count):
        an_air.carry(LampEvent("01-0001", "GW-1", float(number), number, "boot"))


def test_calm_air_carries_everything_at_once_and_in_order() -> None:
    _, calm = air()
    speak(calm)
    assert [message.seq for message in calm.take()] == list(range(MANY))
    assert calm.take() == []


def test_bad_air_loses_doubles_and_delays_about_as_much_as_it_is_told() -> None:
    agenda, bad = air()
    bad.lost_share, bad.doubled_share, bad.late_share, bad.late_by_s = 0.02, 0.05, 0.1, 600.0
    bad.change()
    speak(bad)
    agenda.run(MANY + 1_000.0)
    arrived = [message.seq for message in bad.take()]
    times = Counter(arrived)
    assert 0.97 < len(times) / MANY < 0.99
    assert 0.04 < sum(count == 2 for count in times.values()) / MANY < 0.06
    assert arrived != sorted(arrived)


def test_who_is_mute_is_not_heard_and_the_others_are() -> None:
    _, an_air = air()
    an_air.mute_gateways.add("GW-1")
    an_air.change()
    speak(an_air, 3)
    an_air.carry(LampEvent("02-0001", "GW-2", 1.0, 1, "boot"))
    assert [message.lamp for message in an_air.take()] == ["02-0001"]
    an_air.mute_gateways.clear()
    an_air.change()
    speak(an_air, 1)
    assert len(an_air.take()) == 1
