"""Programmes: what runs tonight, who holds it, and another light plan."""

from fastapi import APIRouter

from city.deployments import DeploymentView, PlanAnswer, PlanRequest
from city.messages import ProgrammeView
from headend.routes.gate import Observer, Supervisor, TheCore

router = APIRouter()


@router.get("/programmes")
async def programmes(core: TheCore, _: Observer) -> tuple[ProgrammeView, ...]:
    """The programmes that run tonight, one for each calendar, and how many controllers hold them."""
    return core.views.programmes()


@router.post("/programmes")
async def deploy(core: TheCore, token: Supervisor, request: PlanRequest) -> PlanAnswer:
    """Have another light plan followed, or only say what it would mean."""
    return await core.deployment.ask(request, token)


@router.get("/deployment")
async def deployment(core: TheCore, _: Observer) -> DeploymentView:
    """How far the plan in force has come, and who does not hold it yet."""
    return core.deployment.view()
