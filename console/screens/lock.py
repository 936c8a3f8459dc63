"""Locking a light point for people at work, and lifting its lock, with a reason for both."""

from datetime import timedelta

from textual.app import App

from city.errors import FalotierError
from city.locks import LockRequest
from city.messages import LightPointView
from console.hostile import clean
from console.screens.ask import AskReason
from console.session import Session

USUAL = timedelta(hours=4)
"""Half a working day; for another time there is ``falotier lock --for``."""


async def lock_or_lift(app: App[None], session: Session, point: LightPointView) -> None:
    """Ask why, then lock a light point for the usual time, or lift the lock that holds it dark."""
    try:
        await (_lift if point.locked else _lock)(app, session, point)
    except FalotierError as error:
        app.notify(clean(str(error)), severity="error", markup=False)


async def _lock(app: App[None], session: Session, point: LightPointView) -> None:
    words = session.words
    what = words.t(
        "{id} stays dark for {span}, whoever asks for light. This replaces no isolation at the cabinet.",
        id=clean(point.id),
        span=words.span(USUAL),
    )
    question = AskReason(session, words.t("Lock for people at work"), what, words.t("Lock"))
    reason = await app.push_screen_wait(question)
    if reason is None:
        return
    request = LockRequest(selector=f"lamp:{point.id}", for_s=USUAL.total_seconds(), reason=reason)
    lock = await session.client.lock(request)
    app.notify(
        words.t("Locked until {time}", time=words.moment(lock.until, session.city.now or lock.locked_at)),
        markup=False,
    )


async def _lift(app: App[None], session: Session, point: LightPointView) -> None:
    words = session.words
    reason = (await session.client.light_point(point.id)).reason
    if reason.order is None:
        return
    what = f"{clean(point.id)} · {clean(reason.by or '')} · {clean(reason.text)}"
    why = await app.push_screen_wait(AskReason(session, words.t("Lift this lock?"), what, words.t("Lift")))
    if why is not None:
        await session.client.lift(reason.order, why)
        app.notify(words.t("Lifted: the programme rules again."), markup=False)
