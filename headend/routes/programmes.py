"""Programmes: what runs tonight, who holds it, and another light plan."""

from fastapi import APIRouter

from city.calendar_views import CalendarYear
from city.deployments import DeploymentView, PlanAnswer, PlanRequest
from city.messages import ProgrammeView
from city.plan_drafts import ComparedRequest, DraftNight, DraftRequest, DraftView, DraftYearRequest, PlanText
from headend.routes.gate import Observer, Supervisor, Technician, TheCore

router = APIRouter()


@router.get("/programmes")
async def programmes(core: TheCore, _: Observer) -> tuple[ProgrammeView, ...]:
    """The programmes that run tonight, one for each calendar, and how many controllers hold them."""
    return core.views.programmes()


@router.post("/programmes")
async def deploy(core: TheCore, token: Supervisor, request: PlanRequest) -> PlanAnswer:
    """Have another light plan followed, or only say what it would mean."""
    return await core.deployment.ask(request, token)


@router.get("/programmes/text")
async def text(core: TheCore, _: Observer) -> PlanText:
    """The file of the plan in force."""
    return core.plan_drafts.text()


@router.post("/programmes/preview")
async def preview(core: TheCore, token: Technician, request: DraftRequest) -> DraftView:
    """What a draft says: what is wrong with it, else one night of what its writer is at."""
    return await core.plan_drafts.look(request, token)


@router.post("/programmes/compared")
async def compared(core: TheCore, token: Technician, request: ComparedRequest) -> DraftNight:
    """A night of the plan in force, to be seen beside that of a draft."""
    return await core.plan_drafts.compared(request, token)


@router.post("/programmes/preview/year")
async def preview_year(core: TheCore, token: Technician, request: DraftYearRequest) -> CalendarYear:
    """A year of one calendar of a draft."""
    return await core.plan_drafts.year(request, token)


@router.get("/deployment")
async def deployment(core: TheCore, _: Observer) -> DeploymentView:
    """How far the plan in force has come, and who does not hold it yet."""
    return core.deployment.view()
