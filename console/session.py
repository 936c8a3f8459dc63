"""What every screen is given: the client, the words, and what is known of the city."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from city.messages import Live, OrderView
from city.replay_views import ReplayView
from console.arming import Arming
from console.city_now import Changes, CityNow
from console.client import ApiClient, Link
from console.drafts import Drafts
from console.i18n import N_, Words
from console.kept import Kept
from console.way import Way


@dataclass(slots=True)
class Session:
    """One person's console."""

    client: ApiClient
    words: Words
    city: CityNow = field(default_factory=CityNow)
    kept: Kept = field(default_factory=Kept)
    drafts: Drafts = field(default_factory=Drafts)
    way: Way = field(default_factory=Way)
    """How one came to where one is."""
    last_order: OrderView | None = None
    """The override that was asked for last in this console: what one key undoes."""
    arming: Arming = field(default_factory=Arming)
    sought: datetime | None = None
    """The past instant that the head-end is being asked for."""
    is_playing: bool = False
    """Whether the past runs on by itself."""
    openings: tuple[datetime, ...] = ()
    """When the incidents opened that can be seen in the past."""
    plan_known: bool = True
    """Whether the light plan that held in the past on screen is kept."""

    @property
    def replayed_at(self) -> datetime | None:
        """The past instant that is on screen, and that questions are about; None while it is the present."""
        return self.client.at

    @replayed_at.setter
    def replayed_at(self, at: datetime | None) -> None:
        self.client.at = at

    @property
    def now(self) -> datetime | None:
        """The head-end's present, also while the past is on screen; None before its first word."""
        return self.city.ahead.now

    def show_past(self, view: ReplayView) -> None:
        """Have the screens show a past instant; what is pushed of the present is followed aside."""
        self.city.freeze()
        self.city.replace(view.city)
        self.replayed_at, self.openings, self.plan_known = view.at, view.openings, view.plan_known

    def show_present(self) -> None:
        """Have the screens show the present, as it was followed meanwhile."""
        self.city.thaw()
        self.replayed_at = None

    @property
    def barred(self) -> str | None:
        """Why nothing can be done from here now, as a message id; None when acts may go on."""
        if self.replayed_at is not None:
            return N_("This is the past: nothing can be done there.")
        return None

    @property
    def read_only(self) -> bool:
        """Whether nothing can be done from here before it is armed, or at all."""
        return self.barred is not None or not self.arming.armed

    def heard(self, item: Link | Live) -> Changes:
        """Take in what the client gave; the first summary says in which time zone the city lives."""
        changes = self.city.heard(item)
        summary = self.city.summary
        if summary and summary.time_zone != self.words.zone.key:
            # A name that is not known must not stop the console: times are then in UTC.
            with suppress(ZoneInfoNotFoundError, ValueError):
                self.words.zone = ZoneInfo(summary.time_zone)
        return changes
