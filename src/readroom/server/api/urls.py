from __future__ import annotations

from django.contrib import admin
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from readroom.server.api import health
from readroom.server.api.app import api, show_supported_clients
from readroom.server.api.pages import show_page
from readroom.server.api.problems import no_such_path

BUSIEST = ("reader-studies/answers/", "reader-studies/display-sets/")
"""Django tries one pattern after another, so these come first."""
patterns, app_name, namespace = api.urls
in_order = sorted(patterns, key=lambda one: not str(one.pattern).startswith(BUSIEST))

urlpatterns = [
    path("api/v1gcapi/", show_supported_clients),
    path("api/v1/", (in_order, app_name, namespace)),
    re_path(r"^api/", csrf_exempt(no_such_path)),
    *health.urlpatterns,
    path("admin/", admin.site.urls),
    re_path(r"^(?P<path>.*)$", show_page),
]
handler400 = "readroom.server.api.problems.bad_request"
handler403 = "readroom.server.api.problems.forbidden"
handler404 = "readroom.server.api.problems.no_such_path"
handler500 = "readroom.server.api.problems.server_error"
