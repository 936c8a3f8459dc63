"""Whether something is full, with hysteresis: it takes two thresholds and some time to be so, and to be so no more."""

from datetime import datetime, timedelta

from wifi.rules import DEFAULT_PERIOD, RULES, UNKNOWN_PERIODS, Rules


class Saturation:
    """Follows the load of one radio, access point or place."""

    __slots__ = ("_known_at", "_rules", "_seen_at", "_turning_since", "_unknown_for", "since")

    def __init__(self, rules: Rules = RULES, period: timedelta = DEFAULT_PERIOD) -> None:
        """``period`` is how often the load is told."""
        self._rules = rules
        self._unknown_for = UNKNOWN_PERIODS * period
        self._seen_at: datetime | None = None
        self._known_at: datetime | None = None
        self._turning_since: datetime | None = None
        """Since when the load lies beyond the threshold that would change the verdict."""
        self.since: datetime | None = None
        """Since when it is full; None while it is not."""

    def observe(self, load_pct: float | None, at: datetime) -> datetime | None:
        """Take the load at an instant, and say since when it is full.

        An unknown load changes nothing for a while, then ends it; what is not newer than the last is ignored.
        """
        if self._seen_at is not None and at <= self._seen_at:
            return self.since
        self._seen_at = at
        if self._known_at is not None and at - self._known_at > self._unknown_for:
            self.since = self._turning_since = None
        if load_pct is None:
            return self.since
        self._known_at = at
        rules = self._rules
        full = self.since is not None
        turns = load_pct < rules.released_pct if full else load_pct >= rules.saturated_pct
        if not turns:
            self._turning_since = None
            return self.since
        self._turning_since = self._turning_since or at
        if at - self._turning_since >= rules.saturated_for:
            self.since = None if full else self._turning_since
            self._turning_since = None
        return self.since
