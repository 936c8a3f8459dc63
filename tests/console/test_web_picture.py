"""The web server's own copy of the city: taken apart once, never more than the city itself."""

import json

import pytest

from city.errors import Refused
from city.incidents import State
from city.messages import Live
from console.client import Link, LinkState
from console.web.picture import Mailbox, Picture, Push, read_link, read_push, written_link
from tests.console.small_city import SmallCity


def complete(city: SmallCity) -> Live:
    return Live(
        summary=city.summary(),
        light_points=tuple(city.light_points.values()),
        incidents=tuple(city.incidents.values()),
        access_points=tuple(city.access_points.values()),
    )


def pushed(live: Live) -> Push:
    return read_push(live.model_dump_json())


def dimmed(city: SmallCity, name: str, level: float) -> Live:
    point = city.light_points[name].model_copy(update={"effect_pct": level})
    city.light_points[name] = point
    return Live(light_points=(point,))


def heard(*data: Link | bytes) -> list[Link | Live]:
    return [item if isinstance(item, Link) else Live.model_validate_json(item) for item in data]


def test_what_is_put_together_again_is_what_the_head_end_said() -> None:
    city, picture = SmallCity(), Picture()
    picture.take(pushed(complete(city)))
    assert Live.model_validate_json(picture.data()) == complete(city)


def test_a_change_takes_the_place_of_what_was_and_an_incident_that_is_over_leaves() -> None:
    city, picture = SmallCity(), Picture()
    picture.take(pushed(complete(city)))
    name, gone = next(iter(city.light_points)), next(iter(city.incidents))
    over = city.incidents[gone].model_copy(update={"state": State.CLOSED})
    picture.take(pushed(dimmed(city, name, 12.0)))
    picture.take(pushed(Live(incidents=(over,))))
    told = Live.model_validate_json(picture.data())
    assert {point.id: point.effect_pct for point in told.light_points}[name] == 12.0
    assert len(told.light_points) == len(city.light_points)
    assert {incident.id for incident in told.incidents} == city.incidents.keys() - {gone}


def test_another_complete_picture_differs_in_what_changed_or_is_wholly_new_where_something_is_gone() -> None:
    city, picture = SmallCity(), Picture()
    picture.take(pushed(complete(city)))
    name = next(iter(city.light_points))
    dimmed(city, name, 12.0)
    differing = picture.replace(pushed(complete(city)))
    assert differing is not None
    assert list(differing.rows["light_points"]) == [name]
    assert not differing.rows["incidents"]
    del city.light_points[name]
    assert picture.replace(pushed(complete(city))) is None
    assert Live.model_validate_json(picture.data()) == complete(city)


def test_who_reads_slowly_is_told_the_last_of_each_lamp_at_once() -> None:
    city, picture, mailbox = SmallCity(), Picture(), Mailbox("a-token")
    one, other = list(city.light_points)[:2]
    for name, level in ((one, 10.0), (other, 20.0), (one, 30.0)):
        mailbox.add(pushed(dimmed(city, name, level)))
    (told,) = heard(*mailbox.take(picture))
    assert isinstance(told, Live)
    assert {point.id: point.effect_pct for point in told.light_points} == {one: 30.0, other: 20.0}
    assert mailbox.take(picture) == []


def test_those_who_keep_pace_are_sent_the_very_same_bytes() -> None:
    push = pushed(dimmed(SmallCity(), next(iter(SmallCity().light_points)), 10.0))
    boxes = [Mailbox("a-token"), Mailbox("another")]
    for mailbox in boxes:
        mailbox.add(push)
    (one,), (other,) = (mailbox.take(Picture()) for mailbox in boxes)
    assert one is other


def test_while_all_is_due_a_change_is_not_told_twice_and_when_the_head_end_goes_nothing_is_due() -> None:
    city, picture, mailbox = SmallCity(), Picture(), Mailbox("a-token")
    mailbox.tell(Link(LinkState.UP))
    picture.take(pushed(complete(city)))
    change = pushed(dimmed(city, next(iter(city.light_points)), 10.0))
    picture.take(change)
    mailbox.add(change)
    assert heard(*mailbox.take(picture)) == [Link(LinkState.UP), complete(city)]
    mailbox.tell(Link(LinkState.UP))
    away = Link(LinkState.AWAY, "no answer in time", 2.0, 61.0)
    mailbox.tell(away)
    assert mailbox.take(picture) == [away]


def test_a_link_is_told_with_since_when() -> None:
    link = Link(LinkState.AWAY, "no answer in time", 2.0, 61.0)
    assert read_link(written_link(link)) == link


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"light_points": [{}]}', '{"light_points": [7]}', "7", '{"incidents": 7}']
)
def test_what_is_no_push_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_push(text)


def test_names_from_outside_stay_as_they_are() -> None:
    text = json.dumps({"light_points": [{"id": 'é\ud800"\\\u2028', "street": "rue d’Été\x1b[31m"}]})
    assert json.loads(read_push(text).data) == json.loads(text)
