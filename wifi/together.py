"""Access points that fall together: behind one controller, or in one place. One cause, however many it takes down."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom
from wifi.pulse import ANSWERED, UNANSWERED, Pulse
from wifi.rules import ANSWERS, AT_ONCE, FEWEST_TOGETHER, HOLD_PERIODS, TOGETHER_PERIODS

_KINDS = {Cause.BACKHAUL_DOWN: DeviceKind.HOTSPOT, Cause.WIFI_CONTROLLER_LOST: DeviceKind.WIFI_CONTROLLER}


class Group:
    """All access points of one place, or of one controller."""

    def __init__(self, cause: Cause, name: str, members: Sequence[Pulse], period: timedelta) -> None:
        """``cause`` is what it means that all of them are gone: it decides what counts as a sign of life.

        Of a place it is an answer "up"; of a controller any answer, whatever that says of the access point.
        """
        self.cause = cause
        self.name = name
        self.members = members
        self.symptom = Symptom(cause, name, _KINDS[cause], AT_ONCE)
        self.children: tuple[str, ...] = ()
        """Those that it took down."""
        self.waiting: dict[str, Pulse] = {}
        """Those that are believed to be down, and of which nothing has been said yet."""
        self._together = TOGETHER_PERIODS * period
        self._hold = HOLD_PERIODS * period
        self._sampled: set[str] = set()
        """Those that were ever polled: an access point that is left out of polling holds nothing up."""
        self._fallen: set[str] = set()
        self._lives_at: datetime | None = None
        self._complete_at: datetime | None = None
        """Since when all of them are gone."""
        self._deciding = False
        """All of them are gone, and a larger cause is still possible."""
        self._by_turns = False
        """All of them are gone, but not together: each is its own cause."""

    @property
    def _of_controller(self) -> bool:
        return self.cause is Cause.WIFI_CONTROLLER_LOST

    def hear(self, pulse: Pulse, at: datetime, rule: str) -> None:
        """Take note of a poll of a member, which has taken it already."""
        self._sampled.add(pulse.id)
        alive = rule != UNANSWERED if self._of_controller else rule == ANSWERED
        if alive:
            self._lives_at = at if self._lives_at is None else max(self._lives_at, at)
        self.note(pulse)

    def note(self, pulse: Pulse) -> None:
        """Take note of what is believed of a member now."""
        if pulse.mute.confirmed if self._of_controller else pulse.down.confirmed:
            self._fallen.add(pulse.id)
        else:
            self._fallen.discard(pulse.id)
        if len(self._fallen) < len(self._sampled):
            self._complete_at, self._deciding, self._by_turns = None, False, False

    def may_be_gone(self, pulse: Pulse) -> bool:
        """Whether all of it may be gone since a member is: nobody has shown a sign of life since."""
        if len(self._sampled) < FEWEST_TOGETHER or self._by_turns:
            return False
        return self._lives_at is None or pulse.fell_at is None or self._lives_at < pulse.fell_at

    def holds(self, pulse: Pulse, believed_at: datetime, at: datetime) -> bool:
        """Whether nothing is to be said yet of a member that is believed to be down: it may be all of them."""
        return self.may_be_gone(pulse) and (at - believed_at < self._hold or self._deciding)

    def judge(
        self, pulse: Pulse, at: datetime, explained: Callable[[Pulse], bool], held: Callable[[Pulse], bool]
    ) -> Finding | None:
        """What a poll of a member means for the whole.

        Args:
            pulse: the member.
            at: when it was polled.
            explained: whether a larger cause has taken a member down.
            held: whether one may have.
        """
        if self.symptom.confirmed:
            lives = (pulse.replies if self._of_controller else pulse.answers) >= ANSWERS
            return self.symptom.observe(Evidence(ANSWERED, at), shows=False) if lives else None
        if len(self._sampled) < FEWEST_TOGETHER or len(self._fallen) < len(self._sampled):
            return None
        self._complete_at = self._complete_at or at
        gone = [each for each in self._gone_together() if not explained(each)]
        self._by_turns = len(gone) < FEWEST_TOGETHER
        may_be_more = at - self._complete_at < self._hold and any(held(each) for each in gone)
        self._deciding = may_be_more or (not self._of_controller and any(_settles(each, at) for each in gone))
        if self._by_turns or self._deciding:
            return None
        self.children = tuple(each.id for each in gone if self._fell_with(each, gone))
        return self.symptom.observe(self._evidence(gone, at), shows=True)

    def _since(self, pulse: Pulse) -> datetime | None:
        return pulse.mute.since if self._of_controller else pulse.fell_at

    def _gone_together(self) -> list[Pulse]:
        """Those of its members that fell as the last of them did; those that were gone before are another matter."""
        since = {each.id: self._since(each) for each in self.members if each.id in self._fallen}
        known = [instant for instant in since.values() if instant is not None]
        latest = max(known, default=None)
        if latest is None:
            return []
        return [
            each
            for each in self.members
            if (fell := since.get(each.id)) is not None and latest - fell <= self._together
        ]

    def _fell_with(self, pulse: Pulse, gone: Sequence[Pulse]) -> bool:
        """Whether it was up until then; behind a controller it may have been down long before that fell silent."""
        latest = max(since for each in gone if (since := self._since(each)) is not None)
        return pulse.fell_at is not None and latest - pulse.fell_at <= self._together

    def _evidence(self, gone: Sequence[Pulse], at: datetime) -> Evidence:
        silent = all(each.mute.confirmed for each in gone)
        figures = {"access_points_down": float(len(gone))}
        answered = [each.answered_at for each in gone if each.answered_at is not None]
        if answered:
            figures["silent_s"] = (at - max(answered)).total_seconds()
        return Evidence("all_unanswered" if silent else "all_down", at, figures)

    def is_over(self) -> Iterator[Pulse]:
        """Those that it took down, to be judged on their own again."""
        children, self.children = set(self.children), ()
        for pulse in self.members:
            if pulse.id in children:
                yield pulse

    def absorbed(self, at: datetime) -> Finding | None:
        """It is itself a part of something larger: that is told instead."""
        self.children = ()
        return self.symptom.observe(Evidence("part_of_more", at), shows=False)

    def restore(self, since: datetime, children: Sequence[str], *, clearing: bool) -> None:
        """Go on from what was believed before a restart."""
        self.symptom.restore(since, clearing=clearing)
        self.children = tuple(children)
        for pulse in self.members:
            if pulse.id in children:
                pulse.restore(since, clearing=False, raised=False)
                self.take_up(pulse)

    def take_up(self, pulse: Pulse) -> None:
        """A member is known from before a restart."""
        self._sampled.add(pulse.id)
        self.note(pulse)


def _settles(pulse: Pulse, at: datetime) -> bool:
    """Whether a place may still be on its way back with its controller."""
    return pulse.place_settles_at is not None and at < pulse.place_settles_at
