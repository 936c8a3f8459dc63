"""Access points by hotspot, and by what speaks for them."""

from hypothesis import given
from hypothesis import strategies as st

from city.places import Position
from wifi.inventory import AccessPoint, Controller, Hotspot, Inventory

HERE = Position(47.7352, 7.3168)


def access_point(name: str, host: str = "10.0.0.9", controller: str = "", listed_as: str = "") -> AccessPoint:
    return AccessPoint(name, "patinoire", HERE, host, 161, "cisco-wlc", 40, controller, listed_as)


def inventory(*access_points: AccessPoint, controllers: tuple[Controller, ...] = ()) -> Inventory:
    return Inventory(
        {"patinoire": Hotspot("patinoire", "Patinoire", HERE, "West", watched=True)},
        {each.id: each for each in access_points},
        {each.id: each for each in controllers},
    )


def names(city: Inventory) -> dict[str, list[str]]:
    return {controller: [each.id for each in group] for controller, group in city.by_controller.items()}


def test_access_points_are_lost_together_with_their_controller() -> None:
    wlc = Controller("WLC-1", "10.0.0.9", 161, "cisco-wlc")
    idle = Controller("WLC-2", "10.0.0.10", 161, "cisco-wlc")
    city = inventory(
        access_point("A", controller="WLC-1"),
        access_point("B", controller="WLC-1"),
        access_point("alone", host="10.0.1.1"),
        controllers=(wlc, idle),
    )
    assert names(city) == {"WLC-1": ["A", "B"], "WLC-2": []}


def test_a_controller_without_a_name_is_known_by_its_address_where_several_are_asked_there() -> None:
    city = inventory(access_point("A"), access_point("B"), access_point("alone", host="10.0.1.1"))
    assert names(city) == {"10.0.0.9:161": ["A", "B"]}
    six = inventory(access_point("A", host="2001:db8::9"), access_point("B", host="2001:db8::9"))
    assert list(names(six)) == ["[2001:db8::9]:161"]


def test_an_access_point_that_names_no_controller_joins_the_one_at_its_address() -> None:
    wlc = Controller("WLC-1", "10.0.0.9", 161, "cisco-wlc")
    city = inventory(access_point("A", controller="WLC-1"), access_point("old"), controllers=(wlc,))
    assert names(city) == {"WLC-1": ["A", "old"]}
    assert city.access_points["old"].controller == ""


def test_a_controller_knows_an_access_point_by_its_id_unless_told_otherwise() -> None:
    assert access_point("A").own_name == "A"
    assert access_point("A", listed_as="00:00:5e:00:53:01").own_name == "00:00:5e:00:53:01"


hosts = st.sampled_from(["10.0.0.9", "10.0.0.10", "10.0.0.11"])
WLCS = (Controller("WLC-1", "10.0.0.9", 161, "cisco-wlc"), Controller("WLC-2", "10.0.0.10", 161, "cisco-wlc"))


@given(st.lists(st.tuples(hosts, st.booleans()), max_size=12))
def test_an_access_point_is_in_one_group_at_most_and_all_of_a_group_are_asked_at_one_address(
    asked: list[tuple[str, bool]],
) -> None:
    known = {each.host: each.id for each in WLCS}
    city = inventory(
        *(
            access_point(f"AP-{number}", host, known.get(host, "") if named else "")
            for number, (host, named) in enumerate(asked)
        ),
        controllers=WLCS,
    )
    grouped = [each.id for group in city.by_controller.values() for each in group]
    assert len(grouped) == len(set(grouped))
    for group in city.by_controller.values():
        assert len({each.host for each in group}) <= 1
    for each in city.access_points.values():
        shared = [other for other in city.access_points.values() if other.host == each.host]
        assert (each.id in grouped) == (each.host in known or len(shared) > 1)
