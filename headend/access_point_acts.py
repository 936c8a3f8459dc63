"""What a supervisor does with access points: restarts, radios on and off. Each is asked for with a reason, and kept."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from city.access_points import ActKind, ActRequest, ActView
from city.clock import Clock
from city.errors import BadInput, Outside
from city.messages import JournalEntry
from headend.records import Records, Token
from headend.safeguards import Safeguards
from headend.unknown import Unknown
from wifi.inventory import Inventory

Act = Callable[[str, ActKind, str, datetime], Awaitable[bool]]
"""Does something with an access point (id) or a radio of it (index, or nothing), now: whether it read back what was
written; where it restarts there is nothing to read back. Raises BadInput where its profile has no such act, Outside
from the device."""


class AccessPointActs:
    """Asks access points to do things, one at a time."""

    def __init__(
        self, inventory: Inventory, act: Act, records: Records, clock: Clock, safeguards: Safeguards
    ) -> None:
        self._inventory = inventory
        self._act = act
        self._records = records
        self._clock = clock
        self._safeguards = safeguards

    async def do(self, name: str, request: ActRequest, token: Token) -> ActView:
        """Have an access point do something. The journal has it before the device does, and how it went after.

        Raises:
            Unknown: there is no such access point.
            BadInput: no reason is given, or its profile has no such act.
            TooSoon: commands come too fast.
            Unreachable, Refused: the device does not answer or says no; or the records are away, and nothing was done.
        """
        if name not in self._inventory.access_points:
            raise Unknown(f"access point {name}: there is none of that name")
        reason = request.reason.strip()
        if not reason:
            raise BadInput("reason: say why; it is kept in the journal")
        self._safeguards.spend(token)
        asset = f"{name}/{request.radio}" if request.radio else name
        await self._journal(f"access_point_{request.does}", token, asset, reason)
        try:
            confirmed = await self._act(name, request.does, request.radio, self._clock.now())
        except (BadInput, Outside) as error:
            await self._journal("access_point_refused", token, asset, str(error))
            raise
        return ActView(
            access_point=name,
            radio=request.radio,
            does=request.does,
            by=token.name,
            at=self._clock.now(),
            confirmed=confirmed,
        )

    async def _journal(self, act: str, token: Token, subject: str, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=token.name, act=act, subject=subject, text=text)
        await self._records.add_journal(entry)
