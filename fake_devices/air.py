"""The radio between the lamps and their gateways: loses, doubles and delays messages, as radio does."""

from collections import deque
from collections.abc import Callable
from random import Random

from fake_devices.agenda import Agenda
from fake_devices.lamp_controller import LampMessage

MOST_UNTAKEN = 500_000
"""Messages kept for whoever takes them; beyond, the oldest go (a gateway's memory is not endless)."""
TWIN_AFTER_S = (0.1, 8.0)
"""Between these a doubled message comes again."""


class Air:
    """All messages pass here. While nothing is wrong with it they arrive at once and as they were sent."""

    def __init__(self, agenda: Agenda, draw: Random) -> None:
        self._agenda = agenda
        self._draw = draw
        self._arrived: deque[LampMessage] = deque(maxlen=MOST_UNTAKEN)
        self.lost_share = 0.0
        self.doubled_share = 0.0
        self.late_share = 0.0
        self.late_by_s = 0.0
        """A late message comes within this time."""
        self.mute_lamps: set[str] = set()
        """Controllers whose radio is dead."""
        self.mute_gateways: set[str] = set()
        self.carry: Callable[[LampMessage], None] = self._arrived.append
        """Takes a message that a controller has sent."""

    def change(self) -> None:
        """To be called after any of the above has changed."""
        troubled = self.lost_share or self.doubled_share or self.late_share
        calm = not (troubled or self.mute_lamps or self.mute_gateways)
        self.carry = self._arrived.append if calm else self._carry_badly

    def take(self) -> list[LampMessage]:
        """What has arrived since this was last asked."""
        taken = list(self._arrived)
        self._arrived.clear()
        return taken

    def _carry_badly(self, message: LampMessage) -> None:
        if message.gateway in self.mute_gateways or message.lamp in self.mute_lamps:
            return
        chance = self._draw.random()
        if chance < self.lost_share:
            return
        chance -= self.lost_share
        if chance < self.late_share:
            self._later(message, self._draw.uniform(0, self.late_by_s))
            return
        self._arrived.append(message)
        if chance - self.late_share < self.doubled_share:
            self._later(message, self._draw.uniform(*TWIN_AFTER_S))

    def _later(self, message: LampMessage, seconds: float) -> None:
        self._agenda.at(message.ts + seconds, lambda _: self._arrived.append(message))
