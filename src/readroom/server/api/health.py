"""For whoever watches the server: is it alive, is it ready, and its numbers for Prometheus."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import path

from readroom.server.api import auth, problems
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotFound, Refusal
from readroom.server.services import health


def show_live(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is looked at."""
    return reply({"status": "ok"})


def show_ready(_request: HttpRequest) -> HttpResponse:
    """Requests can be served: 503 says which part is missing, without details that are nobody's business."""
    checks = [check for check in health.run_checks() if check.name != "worker"]
    status = HTTPStatus.OK if all(check.is_ok for check in checks) else HTTPStatus.SERVICE_UNAVAILABLE
    return reply({check.name: "ok" if check.is_ok else "failed" for check in checks}, status=status)


def show_metrics(request: HttpRequest) -> HttpResponse:
    """Numbers in the format of Prometheus, for a superuser's token."""
    try:
        if not auth.caller(request).is_superuser:
            raise NotFound
    except Refusal as error:
        return problems.refused(request, error)
    from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for name, values in health.read_gauges().items():
        labels = [] if list(values) == [""] else ["status"]
        gauge = Gauge(f"readroom_{name}", health.GAUGES[name], labels, registry=registry)
        for label, value in values.items():
            (gauge.labels(label) if labels else gauge).set(value)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")


urlpatterns = [path("health/live", show_live), path("health/ready", show_ready), path("metrics", show_metrics)]
