"""The polled devices of the inventory behind their drivers: cabinets over Modbus, access points over SNMP."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from city.access_points import ActKind
from city.errors import BadInput, Unreachable
from city.measurements import Batch
from drivers.modbus.cabinet import ModbusCabinet, place_of
from drivers.modbus.line import Gateway, ModbusLine
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.security import ModbusSecurity
from drivers.snmp.acts import act_of
from drivers.snmp.agents import Community, Credentials
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.unlisted import Unlisted
from headend.acquisition import Polled
from headend.inventory import LeftOut
from lighting.cabinet_programmes import CabinetProgramme
from lighting.inventory import Inventory
from wifi.inventory import AccessPoint, Controller
from wifi.inventory import Inventory as WifiInventory

_P = TypeVar("_P")

DEPLOY_TIMEOUTS = 30
"""A deployment writes and reads back the whole table: so many single time-outs are the most it may take."""


class Cabinets:
    """Every cabinet, opened through its profile; those behind one gateway share its connection."""

    def __init__(
        self,
        inventory: Inventory,
        profiles: Mapping[str, ModbusProfile],
        timeout_s: float,
        security: ModbusSecurity | None = None,
    ) -> None:
        """Connects at the first poll.

        Args:
            inventory: the cabinets, and where each answers.
            profiles: what their registers mean, by name.
            timeout_s: real seconds that one request may take.
            security: as whom to speak to secured gateways.
        """
        self._timeout_s = timeout_s
        self._security = security
        self.left_out: list[LeftOut] = []
        self._devices: dict[str, ModbusCabinet] = {}
        self._lines: dict[Gateway, ModbusLine] = {}
        for cabinet in inventory.cabinets.values():
            try:
                profile = _profile(profiles, cabinet.profile, "modbus")
                line = self._line(place_of(cabinet).gateway)
                self._devices[cabinet.id] = ModbusCabinet(cabinet, profile, timeout_s=timeout_s, line=line)
            except BadInput as error:
                self.left_out.append(LeftOut(f"cabinet {cabinet.id}", str(error)))

    def _line(self, gateway: Gateway) -> ModbusLine:
        if gateway not in self._lines:
            self._lines[gateway] = ModbusLine(gateway, timeout_s=self._timeout_s, security=self._security)
        return self._lines[gateway]

    @property
    def refused(self) -> Counter[str]:
        """What was refused or nonsense since the start, and what came in that was not asked for, by reason."""
        refused: Counter[str] = Counter()
        for device in self._devices.values():
            refused.update(device.refused)
        for line in self._lines.values():
            refused.update({reason.value: times for reason, times in line.dropped.items()})
        return refused

    @property
    def meter_spans_wh(self) -> dict[str, float | None]:
        """By cabinet, where its counter of energy wraps, as its profile says; None: nowhere."""
        return {name: span for name, device in self._devices.items() for span in device.meters_wh[:1]}

    def polled(self) -> list[Polled]:
        """The cabinets to poll."""
        return [Polled(name, device.read) for name, device in self._devices.items()]

    async def order_circuit(
        self, cabinet: str, circuit: int, *, on: bool | None, until: datetime | None = None
    ) -> None:
        """Have a circuit closed or open until an instant (None: by its programme again). Raises as ``deploy``."""
        await self._device(cabinet).order_circuit(circuit, on=on, until=until)

    def _device(self, cabinet: str) -> ModbusCabinet:
        if cabinet not in self._devices:
            raise BadInput(f"cabinet {cabinet}: was left out")
        return self._devices[cabinet]

    async def deploy(self, cabinet: str, programme: CabinetProgramme) -> None:
        """Write a programme into a cabinet and read it back. Raises Outside, or BadInput from its profile."""
        device = self._device(cabinet)
        try:
            async with asyncio.timeout(DEPLOY_TIMEOUTS * self._timeout_s):
                await device.deploy(programme)
        except TimeoutError as error:
            raise Unreachable(f"cabinet {cabinet}: a programme takes too long to write") from error

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines.values():
            line.close()


class AccessPoints:
    """Every access point behind the one SNMP poller."""

    def __init__(
        self,
        inventory: WifiInventory,
        profiles: Mapping[str, SnmpProfile],
        poller: SnmpPoller,
        credentials: Credentials,
        writing: Credentials,
    ) -> None:
        """``credentials`` are those to read with, ``writing`` those to act with."""
        self._poller = poller
        poller.expect(inventory)
        self._credentials = credentials
        self._writing = writing
        self.left_out: list[LeftOut] = []
        self._known: dict[str, tuple[AccessPoint, SnmpProfile]] = {}
        for access_point in inventory.access_points.values():
            try:
                profile = _profile(profiles, access_point.profile, "snmp")
                self._known[access_point.id] = access_point, profile
            except BadInput as error:
                self.left_out.append(LeftOut(f"access-point {access_point.id}", str(error)))
        self._strangers: dict[str, tuple[Controller, SnmpProfile]] = {}
        for controller in inventory.controllers.values():
            if not inventory.by_controller[controller.id]:
                self._discover(controller, profiles)

    def _discover(self, controller: Controller, profiles: Mapping[str, SnmpProfile]) -> None:
        """Ask a controller of which no access point is polled yet, for what it lists."""
        try:
            self._strangers[controller.id] = controller, _of_controllers(profiles, controller.profile)
        except BadInput as error:
            self.left_out.append(LeftOut(f"controllers {controller.id}", str(error)))

    @property
    def refused(self) -> Counter[str]:
        """What was refused or nonsense since the start, by reason."""
        return self._poller.refused

    def unlisted(self) -> list[Unlisted]:
        """What controllers list and the inventory does not name."""
        return self._poller.unlisted()

    def polled(self) -> list[Polled]:
        """The access points to poll, and the controllers of which none is polled yet."""
        return [self._one(access_point, profile) for access_point, profile in self._known.values()] + [
            self._controller(controller, profile) for controller, profile in self._strangers.values()
        ]

    def check(self, access_point: str, does: ActKind, radio: str) -> None:
        """Whether it can be asked to do something; nothing is asked. Raises BadInput as ``act``."""
        if access_point not in self._known:
            raise BadInput(f"access point {access_point}: was left out")
        if isinstance(self._writing, Community):
            raise BadInput(
                f"access point {access_point}: writing needs SNMPv3: a user, not a community ([snmp.write])"
            )
        act_of(self._known[access_point][1], does.value, radio)

    async def act(self, access_point: str, does: ActKind, radio: str, at: datetime) -> bool:
        """Have an access point, or a radio of it, do something; whether that was read back.

        Raises:
            BadInput: it was left out, its profile knows no such act, or we ask as a community: writing needs SNMPv3.
            Unreachable, Refused: as the device says.
        """
        if access_point not in self._known:
            raise BadInput(f"access point {access_point}: was left out")
        known, profile = self._known[access_point]
        return await self._poller.act(known, profile, self._writing, does.value, radio, at)

    def _one(self, access_point: AccessPoint, profile: SnmpProfile) -> Polled:
        async def poll(at: datetime) -> Batch:
            return await self._poller.read(access_point, profile, self._credentials, at)

        return Polled(access_point.id, poll)

    def _controller(self, controller: Controller, profile: SnmpProfile) -> Polled:
        async def poll(at: datetime) -> Batch:
            return await self._poller.discover(controller, profile, self._credentials, at)

        return Polled(f"controller {controller.id}", poll)


def _profile(profiles: Mapping[str, _P], name: str, kind: str) -> _P:
    if name not in profiles:
        raise BadInput(f"profile: there is no {kind} profile {name!r}; known: {', '.join(sorted(profiles))}")
    return profiles[name]


def _of_controllers(profiles: Mapping[str, SnmpProfile], name: str) -> SnmpProfile:
    profile = _profile(profiles, name, "snmp")
    if profile.stands != "controller":
        raise BadInput(f"profile: {name} is of access points that stand alone, not of controllers")
    return profile
