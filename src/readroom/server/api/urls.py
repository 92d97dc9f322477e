from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from readroom.server.api import health
from readroom.server.api.app import ROUTERS, api, show_supported_clients
from readroom.server.api.pages import show_page
from readroom.server.api.problems import no_such_path


def gathered(patterns: Iterable[URLPattern | URLResolver], prefixes: Iterable[str]) -> list[URLPattern | URLResolver]:
    """Put patterns below the longest of these prefixes that they have: Django tries one after another."""
    below: dict[str, list[URLPattern]] = {prefix: [] for prefix in sorted(prefixes, key=len, reverse=True)}
    alone: list[URLPattern | URLResolver] = []
    for one in patterns:
        route = str(one.pattern)
        prefix = next((prefix for prefix in below if route.startswith(prefix)), None)
        if prefix is None or not isinstance(one, URLPattern):
            alone.append(one)
        else:
            below[prefix].append(path(route.removeprefix(prefix), one.callback, name=one.name))
    return [*(path(prefix, include(found)) for prefix, found in below.items()), *alone]


patterns, app_name, namespace = api.urls
urlpatterns = [
    path("api/v1gcapi/", show_supported_clients),
    path("api/v1/", (gathered(patterns, ROUTERS), app_name, namespace)),
    re_path(r"^api/", csrf_exempt(no_such_path)),
    *health.urlpatterns,
    path("admin/", admin.site.urls),
    re_path(r"^(?P<path>.*)$", show_page),
]
handler400 = "readroom.server.api.problems.bad_request"
handler403 = "readroom.server.api.problems.forbidden"
handler404 = "readroom.server.api.problems.no_such_path"
handler500 = "readroom.server.api.problems.server_error"
