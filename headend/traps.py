"""What access points tell unasked: whom it concerns is polled at once, and the poll proves it."""

import asyncio
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from city.field_settings import SnmpSection
from drivers.snmp.agents import Credentials
from drivers.snmp.names import plain_name
from drivers.snmp.notices import Notice, Says
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.traps import TrapListener
from wifi.inventory import AccessPoint, Inventory

log = logging.getLogger(__name__)

DOWN: frozenset[Says] = frozenset({"ap_down", "link_down"})
POLLS_AFTER_DOWN = 3
"""Polls that stay unanswered before an access point counts as down: so many are made at once after it was told."""
AGAIN_TIMEOUTS = 3
"""Time-outs of a request from one of them to the next: a poll that stays unanswered takes two."""
NAMES_AT_ONCE = 16
NAME_REAL_S = 5.0
"""Real seconds that the address of one host may take to be found."""


class Traps:
    """Hears traps while the context is entered, where the settings have a port for them."""

    def __init__(
        self, settings: SnmpSection, credentials: Credentials, profiles: Iterable[SnmpProfile]
    ) -> None:
        """Prepare.

        Args:
            settings: where to listen.
            credentials: those of access points: who has them is believed.
            profiles: what traps mean.
        """
        self._again_s = AGAIN_TIMEOUTS * settings.timeout_s
        self._again: dict[str, int] = {}
        """How often each access point that was told to be down is still to be polled out of its turn."""
        self._listener: TrapListener | None = None
        if settings.traps_port is not None:
            self._listener = TrapListener(settings.traps_host, settings.traps_port, [credentials], profiles)

    @property
    def port(self) -> int | None:
        """Where traps are heard; None: nowhere."""
        return self._listener.port if self._listener else None

    @property
    def refused(self) -> Counter[str]:
        """What was not taken, by reason."""
        return self._listener.refused if self._listener else Counter()

    async def __aenter__(self) -> Self:
        """Open the port.

        Raises:
            BadInput: it cannot be opened.
        """
        if self._listener:
            await self._listener.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it."""
        if self._listener:
            await self._listener.__aexit__(*exc_info)

    async def run(
        self,
        inventory: Inventory,
        poll_soon: Callable[[str], None],
        on_told: Callable[[str, Says], None],
    ) -> None:
        """Have those polled that traps concern, until cancelled; return at once where none are heard.

        Args:
            inventory: its access points are known by the address at which they, or their controllers, are polled.
            poll_soon: has an access point polled out of its turn, by its id.
            on_told: hears of which access point was told what, before it is polled.
        """
        if self._listener is None:
            return
        by_host = await _by_address(inventory.access_points.values())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll_again(poll_soon), name="poll after a trap")
            while True:
                notice = await self._listener.next()
                concerned = concerned_by(notice, by_host)
                if not concerned:
                    self._listener.refused["a trap from nobody in the inventory"] += 1
                    continue
                log.debug(
                    "snmp: %s told %s of %s", notice.source, notice.says, notice.access_point or "itself"
                )
                for access_point in concerned:
                    on_told(access_point.id, notice.says)
                    poll_soon(access_point.id)
                    if notice.says in DOWN:
                        self._again[access_point.id] = POLLS_AFTER_DOWN - 1

    async def _poll_again(self, poll_soon: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(self._again_s)
            for name in list(self._again):
                poll_soon(name)
                self._again[name] -= 1
                if not self._again[name]:
                    del self._again[name]


def concerned_by(notice: Notice, by_host: Mapping[str, Sequence[AccessPoint]]) -> Sequence[AccessPoint]:
    """The access point that a notice names, else all that are polled at its sender's address."""
    there = by_host.get(notice.source, ())
    name = plain_name(notice.access_point or "")
    return [each for each in there if name and plain_name(each.own_name) == name] or there


async def _by_address(access_points: Iterable[AccessPoint]) -> dict[str, list[AccessPoint]]:
    """Access points by address: traps come from there, also where the inventory has a name."""
    by_host: dict[str, list[AccessPoint]] = {}
    for access_point in access_points:
        by_host.setdefault(access_point.host, []).append(access_point)
    free = asyncio.Semaphore(NAMES_AT_ONCE)

    async def find(host: str) -> None:
        loop = asyncio.get_running_loop()
        with suppress(
            OSError, TimeoutError
        ):  # its traps are then nobody's; polls tell that it has no address
            async with free, asyncio.timeout(NAME_REAL_S):
                for *_, address in await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM):
                    by_host.setdefault(str(address[0]), []).extend(by_host[host])

    async with asyncio.TaskGroup() as tasks:
        for host in [host for host in by_host if not _is_address(host)]:
            tasks.create_task(find(host))
    return by_host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
