"""The API: its root, its version endpoint, and the routers of the nouns.

A noun has a module with ``router = Router(tags=[...])``; it is listed in `ROUTERS`. Handlers parse, call one service
and shape the reply::

    @router.get("display-sets/{uuid:pk}/", response=DisplaySetOut)
    def show_display_set(request: ActingRequest, pk: UUID) -> HttpResponse:
        return reply(shape(display_sets.find_display_set(request.actor, pk=pk)))

Write paths with Django's converters (``{uuid:pk}``, ``{int:pk}``, ``{slug:slug}``): what does not fit is a 404. Query
parameters are read from ``request.GET`` with `paging.text_filter` and its like, so that unknown ones are ignored.
"""

from __future__ import annotations

import importlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from readroom.server.api import auth, problems
from readroom.server.api.examples import add_examples
from readroom.server.api.replies import JsonParser, JsonRenderer, reply

ROUTERS: dict[str, str] = {
    "accounts/": "accounts",
    "algorithms/": "algorithms",
    "archives/": "archives",
    "archives/items/": "archive_items",
    "cases/images/": "images",
    "cases/slides/": "slides",
    "cases/upload-sessions/": "upload_sessions",
    "components/": "sockets",
    "hanging-protocols/": "hanging_protocols",
    "reader-studies/": "reader_studies",
    "reader-studies/answers/": "answers",
    "reader-studies/display-sets/": "display_sets",
    "reader-studies/questions/": "questions",
    "session/": "session",
    "tokens/": "tokens",
    "uploads/": "uploads",
    "workstations/": "workstations",
}
"""Path below ``/api/v1/`` -> module of this package."""

SUPPORTED_CLIENTS = {"latest_version": "0.16.1", "lowest_supported_version": "0.12.0"}


class Api(NinjaAPI):
    def get_content_type(self) -> str:
        """Clients compare the whole header: no charset."""
        return self.renderer.media_type or "application/json"

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`answers_list_answers`: the noun and the act, without the place in our tree."""
        function = operation.view_func
        return f"{function.__module__.rpartition('.')[2]}_{function.__name__}"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, with an example of every body."""
        description = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        add_examples(description)
        return description


api = Api(
    title="readroom",
    version="1",
    description="Reader studies: display sets, questions, answers, images, uploads.",
    urls_namespace="api",
    auth=auth.caller,
    renderer=JsonRenderer(),
    parser=JsonParser(),
    docs_url=None,
    openapi_url="openapi.json",
)
problems.install(api)
root = Router(tags=["root"])


@root.get("gcapi/", auth=None)
def show_supported_clients(request: HttpRequest) -> HttpResponse:
    """The versions of gcapi that this server understands."""
    return reply(SUPPORTED_CLIENTS)


@root.get("", auth=auth.signed_in)
def show_root(request: auth.ActingRequest) -> HttpResponse:
    """What there is, for anybody with an account."""
    return reply({"user": request.actor.username, "paths": sorted(f"/api/v1/{path}" for path in ROUTERS)})


api.add_router("", root)
for _path, _module in ROUTERS.items():
    api.add_router(_path, importlib.import_module(f"readroom.server.api.{_module}").router)
