"""The head-end's API, as the console and the command line use it."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, Literal, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import ValidationError

from city.access_points import ActRequest, ActView, SwitchedOffView
from city.approvals import ApprovalView, RejectRequest
from city.calendar_views import CalendarView, CalendarYear
from city.citizens import CitizenReportView, Purged
from city.deployments import DeploymentView, PlanAnswer, PlanRequest
from city.errors import FalotierError, Refused, Unreachable
from city.locks import LiftRequest, LockRequest, LockView
from city.messages import (
    CurvePoint,
    Health,
    JournalEntry,
    LightPointDetail,
    LightPointView,
    Live,
    OrderRequest,
    OrderView,
    ProgrammeView,
    SampleView,
    Summary,
    TimelineRow,
)
from city.presence_views import PresenceView
from city.proposals import AdoptedView, AdoptRequest
from city.replacements import ReplacementRequest, ReplacementView
from city.replay_views import ReplayView
from city.reports import EnergyReport, FailuresReport, NightReport
from city.storage import StorageView
from city.wifi_report_views import WifiReport
from city.wifi_views import AccessPointView, HotspotView, OutlookView, ProposalView
from console.asking import message
from console.calls import CALL_TIMEOUT_S, REPORT_TIMEOUT_S, Progress
from console.failures import nonsense, refusal, why
from console.history_calls import HistoryCalls
from console.incident_calls import IncidentCalls
from console.plan_calls import PlanCalls

ORDER_TIMEOUT_S = 30.0
"""The head-end waits a few seconds for the controllers' own confirmations before it answers."""
PROPOSALS = "/api/access-points/proposals"
HEARTBEAT_S = 5.0
"""A live link that does not answer a ping for half of this is taken for dead."""
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 15.0
LARGEST_PUSH_BYTES = 64 * 1024 * 1024
"""The first push holds every light point: about 400 bytes each, far below this for any city."""

P = TypeVar("P")


class LinkState(StrEnum):
    """Where the live connection stands."""

    UP = "up"
    AWAY = "away"
    """No answer: it is tried again by itself."""
    REFUSED = "refused"
    """The head-end answers, but not to this token; tried again too, as tokens may be granted."""


@dataclass(frozen=True, slots=True)
class Link:
    """A change of the live connection. After UP, the next push is complete."""

    state: LinkState
    why: str = ""
    retry_s: float = 0.0
    away_s: float = 0.0
    """For how long the head-end had been away when this was said, real seconds."""


class ApiClient(HistoryCalls, IncidentCalls, PlanCalls):
    """Speaks to one head-end with one token; an async context manager.

    Every call raises ``Unreachable`` (no answer in time), ``Refused`` (token, role, nonsense) or ``BadInput``
    (what was asked cannot be done), each with one line to show.
    """

    async def health(self) -> Health:
        """Whether the head-end is well; needs no token."""
        return await self._one(Health, "GET", "/api/health")

    async def summary(self) -> Summary:
        """What is true now, in one look."""
        return await self._one(Summary, "GET", "/api/summary")

    async def storage(self) -> StorageView:
        """How what was measured fares on its way to the store."""
        return await self._one(StorageView, "GET", "/api/storage")

    async def curve(self) -> tuple[CurvePoint, ...]:
        """Tonight's curve, planned and measured."""
        return await self._many(CurvePoint, "/api/curve", self._then())

    async def timeline(self) -> tuple[TimelineRow, ...]:
        """The city every five minutes of the last two days, oldest first, as far as the head-end remembers."""
        return await self._many(TimelineRow, "/api/timeline", self._then())

    async def light_points(self) -> tuple[LightPointView, ...]:
        """Every light point."""
        return await self._many(LightPointView, "/api/light-points")

    async def light_point(self, point: str) -> LightPointDetail:
        """All that is known of one light point."""
        path = f"/api/light-points/{_part(point)}"
        return await self._one(LightPointDetail, "GET", path, query=self._then())

    async def series(self, point: str, metric: str, hours: float, step_s: float) -> tuple[SampleView, ...]:
        """One metric of a light point over the last hours, oldest first; a step without a value is absent."""
        query = self._then({"metric": metric, "hours": f"{hours:g}", "step_s": f"{step_s:g}"})
        return await self._many(SampleView, f"/api/light-points/{_part(point)}/series", query)

    async def hotspots(self) -> tuple[HotspotView, ...]:
        """Every hotspot with its load."""
        return await self._many(HotspotView, "/api/hotspots")

    async def access_points(self) -> tuple[AccessPointView, ...]:
        """Every access point with its radios."""
        return await self._many(AccessPointView, "/api/access-points")

    async def outlook(self, hotspot: str) -> OutlookView:
        """What is to be expected of a hotspot, and what would help it."""
        return await self._one(OutlookView, "GET", f"/api/hotspots/{_part(hotspot)}/outlook")

    async def outlooks(self) -> tuple[OutlookView, ...]:
        """The same of every hotspot."""
        return await self._many(OutlookView, "/api/outlooks")

    async def act(self, access_point: str, request: ActRequest) -> ActView:
        """Restart an access point, or switch it or a radio of it on or off; or say what that would do."""
        path = f"/api/access-points/{_part(access_point)}/acts"
        return await self._one(ActView, "POST", path, request, ORDER_TIMEOUT_S)

    async def proposals(self, *, ignored: bool = False) -> tuple[ProposalView, ...]:
        """The access points that controllers list and the inventory does not name; or those that are ignored."""
        query = {"ignored": "true"} if ignored else None
        return await self._many(ProposalView, PROPOSALS, query)

    async def adopt(self, proposal: str, request: AdoptRequest) -> AdoptedView:
        """Take a proposed access point up into the inventory."""
        return await self._one(AdoptedView, "POST", f"{PROPOSALS}/{_part(proposal)}/adopt", request)

    async def ignore(self, proposal: str) -> ProposalView:
        """Have an access point proposed no more."""
        return await self._one(ProposalView, "POST", f"{PROPOSALS}/{_part(proposal)}/ignore")

    async def propose_again(self, proposal: str) -> None:
        """Take back that an access point is ignored."""
        path = f"{PROPOSALS}/{_part(proposal)}/ignore"
        await self._call("DELETE", path, timeout_s=CALL_TIMEOUT_S)

    async def switched_off(self) -> tuple[SwitchedOffView, ...]:
        """What of the access points was switched off, until when."""
        return await self._many(SwitchedOffView, "/api/switched-off")

    async def presence(self) -> PresenceView:
        """Light that follows people: each dynamic rule as it stands."""
        return await self._one(PresenceView, "GET", "/api/presence")

    async def orders(self) -> tuple[OrderView, ...]:
        """The overrides, newest first as the head-end has them."""
        return await self._many(OrderView, "/api/orders")

    async def programmes(self) -> tuple[ProgrammeView, ...]:
        """The programmes as they run tonight."""
        return await self._many(ProgrammeView, "/api/programmes")

    async def calendars(self) -> tuple[CalendarView, ...]:
        """The calendars, and what each asks for tonight."""
        return await self._many(CalendarView, "/api/calendars", self._then())

    async def calendar_year(self, name: str) -> CalendarYear:
        """What a calendar will do in a year."""
        return await self._one(
            CalendarYear, "GET", f"/api/calendars/{_part(name)}/year", timeout_s=REPORT_TIMEOUT_S
        )

    async def deploy(self, request: PlanRequest) -> PlanAnswer:
        """Have another light plan followed, or only ask what it would mean (``dry_run``)."""
        return await self._one(PlanAnswer, "POST", "/api/programmes", request, REPORT_TIMEOUT_S)

    async def deployment(self) -> DeploymentView:
        """The plan in force, and how far it has come."""
        return await self._one(DeploymentView, "GET", "/api/deployment")

    async def journal(self) -> tuple[JournalEntry, ...]:
        """Who did what."""
        return await self._many(JournalEntry, "/api/journal", self._then())

    async def order(self, request: OrderRequest) -> OrderView:
        """Ask for an override, or only for what it would change (``dry_run``)."""
        return await self._one(OrderView, "POST", "/api/orders", request, ORDER_TIMEOUT_S)

    async def order_now(self, order: str) -> OrderView:
        """One order as it stands now, and who has not answered it yet."""
        return await self._one(OrderView, "GET", f"/api/orders/{_part(order)}")

    async def replace(self, point: str, request: ReplacementRequest) -> ReplacementView:
        """Say that a light point has a new lamp."""
        path = f"/api/light-points/{_part(point)}/replacement"
        return await self._one(ReplacementView, "POST", path, request, ORDER_TIMEOUT_S)

    async def undo(self, order: str) -> OrderView:
        """Take an order back while it is in force."""
        path = f"/api/orders/{_part(order)}"
        return await self._one(OrderView, "DELETE", path, timeout_s=ORDER_TIMEOUT_S)

    async def approvals(self) -> tuple[ApprovalView, ...]:
        """What waits for a second person."""
        return await self._many(ApprovalView, "/api/approvals")

    async def approval(self, name: str) -> ApprovalView:
        """One request for a second person, and what became of it."""
        return await self._one(ApprovalView, "GET", f"/api/approvals/{_part(name)}")

    async def approve(self, name: str) -> ApprovalView:
        """Agree to what another person asked for: it is done at once."""
        path = f"/api/approvals/{_part(name)}/approve"
        return await self._one(ApprovalView, "POST", path, timeout_s=ORDER_TIMEOUT_S)

    async def reject(self, name: str, reason: str) -> ApprovalView:
        """Say no to what another person asked for, and why."""
        path = f"/api/approvals/{_part(name)}/reject"
        return await self._one(ApprovalView, "POST", path, message(RejectRequest, reason=reason))

    async def locks(self) -> tuple[LockView, ...]:
        """Where people are at work."""
        return await self._many(LockView, "/api/locks")

    async def lock(self, request: LockRequest) -> LockView:
        """Keep light away from where people work."""
        return await self._one(LockView, "POST", "/api/locks", request, ORDER_TIMEOUT_S)

    async def lift(self, name: str, reason: str) -> LockView:
        """Lift a lock before its time."""
        path = f"/api/locks/{_part(name)}/lift"
        return await self._one(LockView, "POST", path, message(LiftRequest, reason=reason), ORDER_TIMEOUT_S)

    async def citizen_reports(
        self, state: Literal["live", "over", "all"] = "live"
    ) -> tuple[CitizenReportView, ...]:
        """What citizens reported: what is not over yet, what is, or both."""
        return await self._many(CitizenReportView, "/api/citizen-reports", {"state": state})

    async def purge_citizen_reports(self) -> Purged:
        """Delete what citizens reported and is over."""
        return await self._one(Purged, "POST", "/api/citizen-reports/purge")

    async def night_report(self, night: date | None, progress: Progress) -> NightReport:
        """Who burned correctly in a night, the last that is over by default; the city's takes a head-end seconds."""
        query = {"night": night.isoformat()} if night else {}
        document = await self._watched("/api/reports/night", query, progress)
        try:
            return NightReport.model_validate(document)
        except ValidationError as error:
            raise Refused(nonsense(error)) from error

    async def energy_report(self, first: date | None, last: date | None, progress: Progress) -> EnergyReport:
        """What was drawn and saved from one day to another, both included; ``progress`` counts months."""
        document = await self._watched("/api/reports/energy", _days(first, last), progress)
        try:
            return EnergyReport.model_validate(document.get("report"))
        except ValidationError as error:
            raise Refused(nonsense(error)) from error

    async def wifi_report(
        self, first: date | None, last: date | None, hotspot: str | None, progress: Progress
    ) -> WifiReport:
        """How the public places, or one, were used from one day to another; ``progress`` counts days."""
        query = {**_days(first, last), **({"hotspot": hotspot} if hotspot else {})}
        document = await self._watched("/api/reports/wifi", query, progress)
        try:
            return WifiReport.model_validate(document.get("report"))
        except ValidationError as error:
            raise Refused(nonsense(error)) from error

    async def failures_report(self, first: date | None, last: date | None) -> FailuresReport:
        """What failed from one day to another, both included, and who nears the end of rated life."""
        path, days = "/api/reports/failures", _days(first, last)
        return await self._one(FailuresReport, "GET", path, timeout_s=REPORT_TIMEOUT_S, query=days)

    async def backup(self, to: BinaryIO, progress: Progress) -> None:
        """Write a backup of all that the head-end holds; a supervisor's. ``progress`` counts bytes."""
        await self._download("/api/backup", to, progress)

    async def replay(self, at: datetime) -> ReplayView:
        """The whole city at an instant of the last two days."""
        query = {"at": at.isoformat()}
        return await self._one(ReplayView, "GET", "/api/replay", timeout_s=REPORT_TIMEOUT_S, query=query)

    async def live(self) -> AsyncGenerator[Link | Live, None]:
        """What changes, for ever: connects again by itself, and says each time where it stands."""
        async with aclosing(self.heard(Live.model_validate_json)) as items:
            async for item in items:
                yield item

    async def heard(self, read: Callable[[str | bytes], P]) -> AsyncGenerator[Link | P, None]:
        """The same, with each push as ``read`` makes it; what it raises as Refused is no push of a head-end."""
        retry_s = FIRST_RETRY_S
        while True:
            try:
                async with aclosing(self._pushes(read)) as pushes:
                    async for item in pushes:
                        retry_s = FIRST_RETRY_S
                        yield item
                link = Link(LinkState.AWAY, "connection closed", retry_s)
            except Unreachable as error:
                link = Link(LinkState.AWAY, str(error), retry_s)
            except FalotierError as error:
                retry_s = LONGEST_RETRY_S
                link = Link(LinkState.REFUSED, str(error), retry_s)
            yield link
            await asyncio.sleep(retry_s * random.uniform(0.8, 1.2))  # noqa: S311 - spreads consoles, no secret
            retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def _pushes(self, read: Callable[[str | bytes], P]) -> AsyncGenerator[Link | P, None]:
        async with self._live_socket() as socket:
            yield Link(LinkState.UP)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    yield read(message.data)

    @asynccontextmanager
    async def _live_socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                socket = await self._opened.ws_connect(
                    f"{self._root}/api/live", heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_PUSH_BYTES
                )
            try:
                yield socket
            finally:
                await socket.close()
        except aiohttp.WSServerHandshakeError as error:
            raise refusal(error.status, "") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(why(error)) from error
        except ValidationError as error:
            raise Refused(nonsense(error)) from error


def _days(first: date | None, last: date | None) -> dict[str, str]:
    """A span of days as a query; what is not said is the head-end's choice."""
    return {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day}


def _part(text: str) -> str:
    """One segment of a path: ids hold slashes (``A-017/2``)."""
    return quote(text, safe="")
