"""Acts on access points: with a reason, kept in the journal, and what the device says back is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from city.access_points import ActKind, ActRequest
from city.errors import BadInput, Refused
from headend.access_point_acts import AccessPointActs
from headend.records import Records
from headend.unknown import Unknown
from tests.drivers.snmp_peers import inventoried
from tests.headend.order_scene import SUPERVISOR, town
from wifi.inventory import Inventory


class Air:
    """An access point that does as it is told, or says no."""

    def __init__(self, records: Records, acts: AccessPointActs) -> None:
        self.records = records
        self.acts = acts
        self.asked: list[tuple[str, ActKind, str]] = []
        self.refuses = ""

    async def act(self, name: str, does: ActKind, radio: str) -> bool:
        self.asked.append((name, does, radio))
        if self.refuses:
            raise Refused(self.refuses)
        return does is not ActKind.RESTART

    async def journal(self) -> list[tuple[str, str, str, str]]:
        return [(each.act, each.by, each.subject, each.text) for each in await self.records.journal()]


@asynccontextmanager
async def air(folder: Path) -> AsyncIterator[Air]:
    async with town(folder) as place:
        inventory = Inventory(access_points={"AP-1": inventoried("AP-1", 161)})
        told: Air

        async def act(name: str, does: ActKind, radio: str, _: datetime) -> bool:
            return await told.act(name, does, radio)

        acts = AccessPointActs(inventory, act, place.records, place.parts.clock, place.safeguards)
        told = Air(place.records, acts)
        yield told


def wanted(does: ActKind, radio: str = "", reason: str = "canal bloqué") -> ActRequest:
    return ActRequest(does=does, radio=radio, reason=reason)


async def test_a_restart_is_asked_of_the_device_and_kept_in_the_journal(tmp_path: Path) -> None:
    async with air(tmp_path) as place:
        done = await place.acts.do("AP-1", wanted(ActKind.RESTART), SUPERVISOR)
        assert (done.access_point, done.does, done.by, done.confirmed) == ("AP-1", "restart", "chef", False)
        assert place.asked == [("AP-1", ActKind.RESTART, "")]
        assert await place.journal() == [("access_point_restart", "chef", "AP-1", "canal bloqué")]


async def test_a_radio_is_named_in_the_journal(tmp_path: Path) -> None:
    async with air(tmp_path) as place:
        done = await place.acts.do("AP-1", wanted(ActKind.DISABLE, "2"), SUPERVISOR)
        assert (done.radio, done.confirmed) == ("2", True)
        assert await place.journal() == [("access_point_disable", "chef", "AP-1/2", "canal bloqué")]


async def test_what_the_device_says_no_to_is_told_and_kept(tmp_path: Path) -> None:
    async with air(tmp_path) as place:
        place.refuses = "127.0.0.1:161: not writable"
        with pytest.raises(Refused, match="not writable"):
            await place.acts.do("AP-1", wanted(ActKind.ENABLE), SUPERVISOR)
        assert [each[0] for each in await place.journal()] == ["access_point_refused", "access_point_enable"]


async def test_nothing_is_asked_of_an_unknown_access_point_nor_without_a_reason(tmp_path: Path) -> None:
    async with air(tmp_path) as place:
        with pytest.raises(Unknown, match="AP-9"):
            await place.acts.do("AP-9", wanted(ActKind.RESTART), SUPERVISOR)
        with pytest.raises(BadInput, match="reason"):
            await place.acts.do("AP-1", wanted(ActKind.RESTART, reason=" "), SUPERVISOR)
        assert place.asked == []
        assert await place.journal() == []
