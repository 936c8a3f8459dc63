"""What a supervisor does with access points: restarts, radios on and off. Each is asked for with a reason, and kept."""

from datetime import datetime, timedelta
from typing import NamedTuple

from city.access_points import USUALLY_OFF_S, ActKind, ActRequest, ActView
from city.clock import Clock
from city.errors import BadInput, Outside, Unreachable
from city.messages import JournalEntry
from headend.back_on import Actor, BackOn
from headend.hotspots import Hotspots
from headend.records import Records, SwitchedOff, Token
from headend.safeguards import Safeguards
from headend.unknown import Unknown
from wifi.inventory import Inventory


class _Cost(NamedTuple):
    """Who loses the network by an act."""

    clients: int | None
    last_up: bool


class AccessPointActs:
    """Asks access points to do things, one at a time. What is switched off comes back on by itself."""

    def __init__(
        self,
        inventory: Inventory,
        actor: Actor,
        hotspots: Hotspots,
        records: Records,
        clock: Clock,
        safeguards: Safeguards,
    ) -> None:
        self._inventory = inventory
        self._actor = actor
        self._hotspots = hotspots
        self._records = records
        self._clock = clock
        self._safeguards = safeguards
        self.back_on = BackOn(actor, records, clock)

    async def do(self, name: str, request: ActRequest, token: Token) -> ActView:
        """Have an access point do something, or say what that would do.

        The journal has it before the device does, and how it went after. What is switched off is known to the
        records before it is off: whatever happens then, it comes back on.

        Raises:
            Unknown: there is no such access point.
            BadInput: no reason is given, an end where nothing ends, or its profile has no such act.
            TooSoon: commands come too fast.
            Unreachable, Refused: the device does not answer or says no; or the records are away, and nothing was done.
        """
        if name not in self._inventory.access_points:
            raise Unknown(f"access point {name}: there is none of that name")
        if not request.reason.strip():
            raise BadInput("reason: say why; it is kept in the journal")
        if request.for_s is not None and request.does is not ActKind.DISABLE:
            raise BadInput(f"for_s: {request.does} has no end; only what is switched off comes back on")
        self._actor.check(name, request.does, request.radio)
        if request.does is ActKind.DISABLE:  # what could not be switched on again is not switched off
            self._actor.check(name, ActKind.ENABLE, request.radio)
        view = self._planned(name, request, token)
        if request.dry_run:
            return view
        self._safeguards.spend(token)
        async with self.back_on.turn:
            confirmed = await self._carry_out(view, request.reason.strip(), token)
        return view.model_copy(update={"confirmed": confirmed, "at": self._clock.now()})

    def _planned(self, name: str, request: ActRequest, token: Token) -> ActView:
        now, cost = self._clock.now(), self._cost(name, request)
        until = None
        if request.does is ActKind.DISABLE:
            until = now + timedelta(seconds=USUALLY_OFF_S if request.for_s is None else request.for_s)
        return ActView(
            access_point=name,
            radio=request.radio,
            does=request.does,
            by=token.name,
            at=now,
            confirmed=False,
            dry_run=request.dry_run,
            clients=cost.clients,
            until=until,
            place=self._inventory.access_points[name].hotspot,
            last_up=cost.last_up,
        )

    def _cost(self, name: str, request: ActRequest) -> _Cost:
        if request.does is ActKind.ENABLE:
            return _Cost(0, last_up=False)
        place = self._inventory.access_points[name].hotspot
        members = {member.id for member in self._inventory.by_hotspot[place]}
        views = {view.id: view for view in self._hotspots.access_points(members)}
        own = views.pop(name)
        if request.radio:
            radios = {radio.id: radio.clients for radio in own.radios}
            return _Cost(radios.get(f"{name}/{request.radio}"), last_up=False)
        return _Cost(own.clients, last_up=bool(own.up) and not any(view.up for view in views.values()))

    async def _carry_out(self, act: ActView, reason: str, token: Token) -> bool:
        """Do it, and keep how it went. Raises as ``do``."""
        asset = f"{act.access_point}/{act.radio}" if act.radio else act.access_point
        before = await self._keep(asset, act, reason)
        text = reason if act.until is None else f"{act.until:%Y-%m-%dT%H:%MZ} · {reason}"
        await self._journal(f"access_point_{act.does}", token, asset, text)
        try:
            self.back_on.note(asset)
            confirmed = await self._actor.act(act.access_point, act.does, act.radio, self._clock.now())
        except (BadInput, Outside) as error:
            # Without an answer it is not known whether it was done: then it is switched on again all the same.
            if act.until is not None and not isinstance(error, Unreachable):
                await self._take_back(asset, before)
            await self._journal("access_point_refused", token, asset, str(error))
            raise
        if act.does is ActKind.ENABLE:
            await self.back_on.forget(asset)
        return confirmed

    async def _keep(self, asset: str, act: ActView, reason: str) -> SwitchedOff | None:
        """Have what is about to be switched off come back on; returns what was known of it before."""
        if act.until is None:
            return None
        off = SwitchedOff(asset, act.access_point, act.radio, act.by, reason, self._clock.now(), act.until)
        return await self.back_on.keep(off)

    async def _take_back(self, asset: str, before: SwitchedOff | None) -> None:
        """Nothing was switched off: what was known before stands."""
        if before is None:
            await self.back_on.forget(asset)
        else:
            await self.back_on.keep(before)

    async def _journal(self, act: str, token: Token, subject: str, text: str) -> None:
        at: datetime = self._clock.now()
        await self._records.add_journal(
            JournalEntry(at=at, by=token.name, act=act, subject=subject, text=text)
        )
