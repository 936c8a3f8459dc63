"""City Wi-Fi: hotspots and access points, and what is to be expected of them."""

from fastapi import APIRouter

from city.access_points import ActKind, ActRequest, ActView, SwitchedOffView
from city.proposals import AdoptedView, AdoptRequest
from city.wifi_views import AccessPointView, HotspotView, OutlookView, ProposalView
from headend.routes.gate import Observer, Supervisor, TheCore

router = APIRouter()


@router.get("/hotspots")
async def hotspots(core: TheCore, _: Observer) -> tuple[HotspotView, ...]:
    """Every public place with its load."""
    return core.hotspots.hotspots()


@router.get("/hotspots/{name:path}/outlook")
async def outlook(core: TheCore, _: Observer, name: str) -> OutlookView:
    """What is to be expected of a place in the next hours, and what would help it."""
    return await core.outlooks.view(name)


@router.get("/outlooks")
async def outlooks(core: TheCore, _: Observer) -> tuple[OutlookView, ...]:
    """The same of every place."""
    return await core.outlooks.all()


@router.get("/access-points")
async def access_points(core: TheCore, _: Observer) -> tuple[AccessPointView, ...]:
    """Every access point with its radios."""
    return core.hotspots.access_points()


@router.get("/switched-off")
async def switched_off(core: TheCore, _: Observer) -> tuple[SwitchedOffView, ...]:
    """What of the access points was switched off from here, until when."""
    return await core.access_point_acts.back_on.views()


@router.post("/access-points/{name}/acts")
async def act(core: TheCore, token: Supervisor, name: str, request: ActRequest) -> ActView:
    """Restart an access point, or switch it or a radio of it on or off; or say what that would do."""
    if request.does is ActKind.DISABLE and not request.dry_run:
        core.clock_trust.check()  # what is off comes back on by the clock
    return await core.access_point_acts.do(name, request, token)


@router.get("/access-points/proposals")
async def proposals(core: TheCore, _: Observer, ignored: bool = False) -> tuple[ProposalView, ...]:  # noqa: FBT001, FBT002
    """What controllers list and the inventory does not name; what is not to be proposed only if asked for."""
    return await core.proposals.views(ignored=ignored)


@router.post("/access-points/proposals/{name:path}/adopt")
async def adopt(core: TheCore, token: Supervisor, name: str, request: AdoptRequest) -> AdoptedView:
    """Write an access point that a controller lists into the inventory file."""
    return await core.proposals.adopt(name, request, token)


@router.post("/access-points/proposals/{name:path}/ignore")
async def ignore(core: TheCore, token: Supervisor, name: str) -> ProposalView:
    """Propose an access point no more."""
    return await core.proposals.ignore(name, token)


@router.delete("/access-points/proposals/{name:path}/ignore", status_code=204)
async def propose_again(core: TheCore, token: Supervisor, name: str) -> None:
    """Take back that an access point is ignored."""
    await core.proposals.propose_again(name, token)
