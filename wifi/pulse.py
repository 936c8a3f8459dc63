"""One access point, poll by poll: whether it answers, and what it or its controller says instead."""

from datetime import datetime, timedelta

from city.confirmation import Confirmation
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom
from wifi.restarts import Steadiness
from wifi.rules import OUTAGE_SAMPLES, SETTLING, TRAP_PERIODS, silence_rule

UNANSWERED = "unanswered"
"""The rule of a poll to which nobody answered, neither it nor its controller."""
ANSWERED = "answered"
TRAP = "trap"


class Pulse:
    """What is known of the life of one access point. Nothing is said of it here: its group may be the cause."""

    __slots__ = ("_period", "_rule", "alone", "answered_at", "answers", "down", "fell_at", "id", "mute", "pending",
                 "place_settles_at", "raised", "replies", "run", "seen_at", "settles_at", "steady",
                 "told_at")  # fmt: skip

    def __init__(self, access_point: str, period: timedelta) -> None:
        self.id = access_point
        self._period = period
        self._rule = silence_rule(period)
        self.down = self._fresh()
        self.mute = Confirmation(self._rule)
        """Its polls stay unanswered; behind a controller that is the controller's silence."""
        self.steady = Steadiness(access_point, period)
        self.seen_at: datetime | None = None
        self.answered_at: datetime | None = None
        """When it was last up."""
        self.fell_at: datetime | None = None
        """First poll of the present run without a sign of life, or the trap before it."""
        self.run = 0
        """Polls in a row without a sign of life."""
        self.answers = 0
        """Polls in a row in which it was up."""
        self.replies = 0
        """Polls in a row to which anybody answered."""
        self.alone = False
        """Whether another one of its group has answered during the present run."""
        self.pending: Finding | None = None
        """It is believed to be down, and nothing has been said of that yet."""
        self.raised = False
        """It has been said."""
        self.settles_at: datetime | None = None
        """Until then it may still be on its way back after an outage that was larger than itself."""
        self.place_settles_at: datetime | None = None
        """Until then all of its place may."""
        self.told_at: datetime | None = None
        """When a trap said that it is down; None once a poll has told better."""

    def _fresh(self) -> Symptom:
        return Symptom(Cause.AP_DOWN, self.id, DeviceKind.ACCESS_POINT, self._rule)

    def take(self, at: datetime, rule: str) -> Finding | None:
        """Take one poll; ``rule`` is what it showed: answered, unanswered, or what was said instead."""
        self.seen_at = at
        unanswered, up = rule == UNANSWERED, rule == ANSWERED
        self.mute.observe(at, symptom=unanswered)
        self.replies = 0 if unanswered else self.replies + 1
        if up:
            return self._up(at)
        self.answers = 0
        figures = {"silent_s": (at - self.answered_at).total_seconds()} if self.answered_at else {}
        proven = self._trap_before(at)
        if proven and not self.down.present:
            self.fell_at = self.told_at
            self.down.observe(Evidence(TRAP, self.told_at or at), shows=True)
        self.run += 1
        self.fell_at = self.fell_at or at
        return self.down.observe(Evidence(TRAP if proven else rule, at, figures), shows=True)

    def _up(self, at: datetime) -> Finding | None:
        self.answers += 1
        self.answered_at = at
        self.told_at = None
        finding = self.down.observe(Evidence(ANSWERED, at), shows=False)
        self.run = 0
        self.alone = False
        if not self.down.present:
            self.fell_at = None
        return finding

    def _trap_before(self, at: datetime) -> bool:
        return self.told_at is not None and self.told_at <= at <= self.told_at + TRAP_PERIODS * self._period

    @property
    def was_out(self) -> bool:
        """Whether the present run is long enough for an outage, and its own."""
        return self.run >= OUTAGE_SAMPLES and self.alone

    def begin_anew(self) -> None:
        """Forget the present run: what explained it is over, and now it is judged on its own."""
        self.down = self._fresh()
        self.mute = Confirmation(self._rule)
        self.pending, self.raised = None, False
        self.fell_at, self.run, self.alone = None, 0, False

    def settle(self, at: datetime, *, with_place: bool) -> None:
        """What it was a part of is over: it boots, and joins its controller again."""
        self.settles_at = at + SETTLING
        if with_place:
            self.place_settles_at = self.settles_at

    def restore(self, since: datetime, *, clearing: bool, raised: bool) -> None:
        """Go on from what was believed before a restart; ``raised`` if it had an incident of its own."""
        self.down.restore(since, clearing=clearing)
        self.fell_at, self.raised = since, raised
