"""Circuits that orders close by day and locks open, at cabinets that only write down what they are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city.clock import ManualClock
from city.errors import Refused, Unreachable
from headend.order_book import OrderBook
from headend.relays import Force, Relays
from headend.snapshot import Snapshot
from lighting.orders import Kind, Override
from tests.headend.recording import circuit_reading, running
from tests.headend.small_city import small_inventory

NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
GAP = timedelta(seconds=2)
HOUR = timedelta(hours=1)
NIGHT, ALWAYS = "A-001/2", "A-001/1"


def override(*points: str, kind: Kind = "order", level: float = 60.0, for_: timedelta = HOUR) -> Override:
    level = 0.0 if kind == "lock" else level
    name = f"{kind} {' '.join(points)} {for_}"
    return Override(name, "x", frozenset(points), level, "essai", "me", NOON, NOON + for_, kind=kind)


class Cabinet:
    """The cabinet of the small city; its relays do as it is told."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.book = OrderBook(timedelta(hours=12))
        self.inventory = small_inventory()
        self.snapshot = Snapshot()
        self.told: list[tuple[int, bool | None, datetime | None]] = []
        self.polls = 0
        self.why_not: Exception | None = None
        self.may_send = True
        self.trouble = ""
        self.relays = Relays(
            self.inventory,
            self.book,
            self.snapshot,
            self.order,
            self.clock,
            gap=GAP,
            trouble_at=lambda cabinet: self.trouble,
            soon=self.soon,
            may_send=lambda: self.may_send,
            patience_real_s=0.0,
            round_real_s=0.0,
        )

    async def order(
        self, cabinet: str, circuit: int, *, on: bool | None, until: datetime | None = None
    ) -> None:
        self.told.append((circuit, on, until))
        if self.why_not:
            raise self.why_not

    def soon(self, cabinet: str) -> None:
        self.polls += 1

    def hears(self, circuit: str, *, closed: bool) -> None:
        self.snapshot.take(circuit_reading(circuit, self.clock.now(), closed=closed))

    async def rounds(self, number: int = 1) -> list[tuple[int, bool | None, datetime | None]]:
        """What is told in some rounds."""
        before = len(self.told)
        for done in range(number):
            await self.clock.advance(GAP.total_seconds())
            earlier = len(self.told)
            await self.relays.round()
            assert len(self.told) - earlier <= 1, done
        return self.told[before:]


async def started() -> Cabinet:
    """A cabinet whose head-end has run since before anything was asked."""
    cabinet = Cabinet()
    await cabinet.relays.round()
    return cabinet


async def test_an_order_closes_a_night_fed_circuit_by_day_until_it_ends() -> None:
    cabinet = await started()
    cabinet.hears(NIGHT, closed=False)
    cabinet.book.put(override("N1"), NOON)
    assert await cabinet.rounds(3) == [(2, True, NOON + HOUR)]
    assert cabinet.polls == 1
    cabinet.hears(NIGHT, closed=True)
    cabinet.book.put(longer := override("N2", for_=2 * HOUR), NOON)
    assert await cabinet.rounds(3) == [(2, True, NOON + 2 * HOUR)]
    cabinet.book.put(replace(longer, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    assert await cabinet.rounds(3) == [(2, True, NOON + HOUR)]
    await cabinet.clock.advance(HOUR.total_seconds())
    cabinet.book.tick(cabinet.clock.now())
    assert await cabinet.rounds(3) == [(2, None, None)]
    assert not cabinet.relays.forced


async def test_a_cancelled_order_gives_the_circuit_back() -> None:
    cabinet = await started()
    cabinet.hears(NIGHT, closed=False)
    cabinet.book.put(order := override("N1", kind="dynamic"), NOON)
    await cabinet.rounds()
    cabinet.book.put(replace(order, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    assert await cabinet.rounds(3) == [(2, None, None)]


async def test_nothing_is_told_where_a_relay_is_closed_unheard_of_or_not_asked_for() -> None:
    cabinet = await started()
    cabinet.book.put(override("N1"), NOON)
    assert await cabinet.rounds() == []
    cabinet.hears(NIGHT, closed=True)
    cabinet.hears(ALWAYS, closed=False)
    cabinet.book.put(override("L1"), NOON)
    assert await cabinet.rounds() == []
    cabinet.book.put(override("N1", level=0.0, for_=2 * HOUR), cabinet.clock.now())
    cabinet.hears(NIGHT, closed=False)
    cabinet.book.put(replace(override("N1"), cancelled_at=NOON), cabinet.clock.now())
    assert await cabinet.rounds() == []


async def test_a_lock_of_all_lamps_opens_their_circuit_until_the_first_of_them_is_free() -> None:
    cabinet = await started()
    cabinet.hears(ALWAYS, closed=True)
    cabinet.book.put(override("L1", "L2", kind="lock"), NOON)
    assert await cabinet.rounds() == []
    cabinet.book.put(rest := override("L2", "L3", kind="lock", for_=2 * HOUR), NOON)
    assert await cabinet.rounds(2) == [(1, False, NOON + HOUR)]
    cabinet.book.put(replace(rest, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    assert await cabinet.rounds(2) == [(1, None, None)]


async def test_circuits_of_a_cabinet_move_one_a_round_and_come_back_apart() -> None:
    cabinet = await started()
    everything = sorted(cabinet.inventory.light_points)
    for circuit in (ALWAYS, NIGHT):
        cabinet.hears(circuit, closed=True)
    cabinet.book.put(lock := override(*everything, kind="lock"), NOON)
    assert await cabinet.rounds() == [(1, False, NOON + HOUR)]
    assert await cabinet.rounds() == [(2, False, NOON + HOUR + GAP)]
    cabinet.book.put(replace(lock, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    assert await cabinet.rounds() == [(1, None, None)]
    assert await cabinet.rounds() == [(2, None, None)]


async def test_no_order_energises_a_circuit_where_somebody_is_at_work() -> None:
    cabinet = await started()
    cabinet.hears(NIGHT, closed=False)
    cabinet.book.put(lock := override("N3", kind="lock"), NOON)
    cabinet.book.put(override("N1"), NOON)
    assert await cabinet.rounds() == []
    cabinet.book.put(replace(lock, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    cabinet.trouble = "the door of A-001 is open"
    assert await cabinet.rounds() == []
    cabinet.trouble = ""
    assert await cabinet.rounds() == [(2, True, NOON + HOUR)]


async def test_a_cabinet_that_says_no_is_asked_again_ever_more_rarely_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cabinet = await started()
    cabinet.hears(NIGHT, closed=False)
    cabinet.why_not = Refused("exception 4")
    cabinet.book.put(override("N1"), NOON)
    assert (
        len(await cabinet.rounds(900)) == 4
    )  # after 2, 4 and 8 minutes, and half an hour is over before 16 are
    assert [record.message for record in caplog.records] == ["circuit A-001/2: exception 4"]


async def test_what_was_not_answered_is_taken_back_once_it_is_not_wanted() -> None:
    cabinet = await started()
    cabinet.hears(NIGHT, closed=False)
    cabinet.why_not = Unreachable("no answer")
    cabinet.book.put(order := override("N1"), NOON)
    await cabinet.rounds()
    assert cabinet.relays.forced == {NIGHT: None}
    cabinet.why_not = None
    cabinet.book.put(replace(order, cancelled_at=cabinet.clock.now()), cabinet.clock.now())
    assert await cabinet.rounds() == [(2, None, None)]
    assert not cabinet.relays.forced


async def test_after_a_restart_it_goes_on_with_what_an_earlier_run_may_have_told() -> None:
    cabinet = Cabinet()
    cabinet.book.put(override("N1"), NOON)
    cabinet.hears(NIGHT, closed=True)
    assert await cabinet.rounds(2) == [(2, True, NOON + HOUR)]
    assert cabinet.relays.forced == {NIGHT: Force(on=True, until=NOON + HOUR)}


async def test_after_a_restart_it_takes_back_what_was_cancelled_meanwhile_and_no_more() -> None:
    cabinet = Cabinet()
    gone = replace(override("N1"), cancelled_at=NOON)
    partial = override("L1", kind="lock")
    for each in (gone, partial):
        cabinet.book.put(each, NOON)
    cabinet.hears(NIGHT, closed=True)
    cabinet.hears(ALWAYS, closed=True)
    assert await cabinet.rounds(3) == [(2, None, None)]


async def test_nothing_is_told_while_the_clock_is_in_doubt() -> None:
    cabinet = Cabinet()
    cabinet.hears(NIGHT, closed=False)
    cabinet.book.put(override("N1"), NOON)
    cabinet.may_send = False
    async with running(cabinet.relays.run()):
        await cabinet.clock.advance(60)
        assert cabinet.told == []
        cabinet.may_send = True
        await cabinet.clock.advance(60)
        assert cabinet.told == [(2, True, NOON + HOUR)]


steps = st.lists(
    st.tuples(
        st.sampled_from(["order", "lock", "dark", "cancel", "dusk", "dawn", "wait"]),
        st.sets(st.sampled_from(["L1", "L2", "L3", "N1", "N2", "N3"]), min_size=1),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps)
async def test_whatever_is_asked_relays_move_apart_and_only_as_they_may_and_all_is_given_back(
    asked: list[tuple[str, set[str]]],
) -> None:
    cabinet = await started()
    orders: list[Override] = []
    for number, (what, points) in enumerate(asked):
        now = cabinet.clock.now()
        if what in {"order", "lock", "dark"}:
            kind: Kind = "lock" if what == "lock" else "order"
            new = override(*points, kind=kind, level=60.0 if what == "order" else 0.0)
            orders.append(replace(new, id=f"o{number}", asked_at=now, until=now + HOUR))
            cabinet.book.put(orders[-1], now)
        elif what == "cancel" and orders:
            cabinet.book.put(replace(orders.pop(), cancelled_at=now), now)
        elif what in {"dusk", "dawn"}:
            for circuit in (ALWAYS, NIGHT):
                cabinet.hears(circuit, closed=what == "dusk")
        for told in await cabinet.rounds(2):
            check_allowed(cabinet, told)
    await cabinet.clock.advance(2 * HOUR.total_seconds())
    cabinet.book.tick(cabinet.clock.now())
    await cabinet.rounds(3)
    assert not cabinet.relays.forced
    assert set({circuit: on for circuit, on, _ in cabinet.told}.values()) <= {None}


def check_allowed(cabinet: Cabinet, told: tuple[int, bool | None, datetime | None]) -> None:
    number, on, until = told
    now = cabinet.clock.now()
    points = {point.id for point in cabinet.inventory.by_circuit[f"A-001/{number}"]}
    decided = [cabinet.book.decide(point, 0.0, "", now) for point in points]
    if on is not None:
        assert until is not None
        assert now < until <= now + HOUR + GAP
    if on is False:
        assert all(each.is_lock for each in decided)
    elif on:
        assert number == 2
        assert any(each.level > 0 for each in decided)
