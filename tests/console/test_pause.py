"""The screen stands still while it is read, the data goes on coming in, and nobody takes the one for the other."""

import pytest

from city.messages import LampState, Live
from console.city_now import CityNow, Topic
from console.client import Link, LinkState
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import SmallCity


def _push(seen: Console, power_w: float) -> Live:
    lamp = seen.head.city.light_points["0205"]
    return Live(light_points=(lamp.model_copy(update={"power_w": power_w, "state": LampState.LIT}),))


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_what_is_shown_stands_still_and_says_so_until_it_catches_up(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await seen.press("2", "slash", *"0205", "enter", "p")
        await seen.shows("‖ figé depuis 21:42")
        await seen.push(_push(seen, 31.7))
        await seen.press("1")
        await seen.shows("‖ figé depuis 21:42")
        await seen.press("2")
        assert seen.app.session.city.light_points["0205"].state is LampState.FAILED
        await seen.press("p")
        await seen.hides("figé")
        await seen.shows("allumé")
        assert seen.app.session.city.light_points["0205"].power_w == 31.7


def test_what_is_missed_is_told_when_it_catches_up_and_the_link_at_once() -> None:
    small, city = SmallCity(), CityNow()
    city.heard(Link(LinkState.UP))
    city.heard(Live(summary=small.summary(), light_points=tuple(small.light_points.values())))
    points = city.light_points
    city.freeze()
    lamp = small.light_points["0101"].model_copy(update={"power_w": 1.0})
    assert city.heard(Live(light_points=(lamp,))).lamps == set()
    assert city.heard(Link(LinkState.AWAY, "connection closed")).topics == {Topic.LINK}
    assert not city.up
    assert city.light_points["0101"].power_w != 1.0
    missed = city.thaw()
    assert (missed.lamps, missed.topics) == ({"0101"}, {Topic.LAMPS, Topic.LINK})
    assert city.light_points is points
    assert points["0101"].power_w == 1.0
    assert not city.up


def test_a_connection_that_came_back_meanwhile_replaces_all_when_it_catches_up() -> None:
    small, city = SmallCity(), CityNow()
    city.heard(Link(LinkState.UP))
    city.heard(Live(summary=small.summary(), light_points=tuple(small.light_points.values())))
    city.freeze()
    city.heard(Link(LinkState.AWAY))
    city.heard(Link(LinkState.UP))
    city.heard(Live(summary=small.summary(), light_points=(small.light_points["0101"],)))
    assert len(city.light_points) == 196
    city.thaw()
    assert list(city.light_points) == ["0101"]


async def test_everything_is_asked_for_again_at_once() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        del seen.head.city.light_points["0205"]
        seen.app.session.city.freeze()
        await seen.press("ctrl+r")
        await seen.shows("195")
        assert not seen.app.session.city.frozen
        await until(lambda: "0205" not in seen.app.screen.query_one(Table).order)
