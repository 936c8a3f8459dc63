"""What the head-end tells Prometheus of itself."""

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from headend.routes.gate import Observer, metrics_of

router = APIRouter()


@router.get("/metrics")
async def metrics(request: Request, _: Observer) -> Response:
    """All metrics, in the exposition format that is asked for: Prometheus' text, or OpenMetrics."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(metrics_of(request).registry), headers={"Content-Type": content_type})
