"""Tables for the operator to look at. Almost nothing is changed here: a change here would skip the audit trail."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

HIDDEN = frozenset({"password", "digest", "body"})
SEARCHED = ("name", "title", "slug", "username", "filename")


class ReadOnly(admin.ModelAdmin[Any]):
    """Every column of a table, for looking."""

    list_per_page = 50
    show_full_result_count = False

    def __init__(self, model: type[models.Model], site: admin.AdminSite) -> None:
        fields = [field for field in model._meta.fields if field.name not in HIDDEN]  # noqa: SLF001
        long = (models.JSONField, models.TextField)
        self.columns = [field.name for field in fields if not isinstance(field, long)][:8]
        self.names = [field.name for field in fields]
        self.related = [f.name for f in fields if isinstance(f, models.ForeignKey) and f.name in self.columns]
        self.searched = [field.name for field in fields if field.name in SEARCHED]
        super().__init__(model, site)

    def get_list_display(self, _request: HttpRequest) -> list[Any]:
        return list(self.columns)

    def get_fields(self, _request: HttpRequest, _obj: Any = None) -> list[Any]:  # noqa: ANN401 - Django's signature
        return list(self.names)

    def get_search_fields(self, _request: HttpRequest) -> list[str]:
        return self.searched

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:  # noqa: ANN401 - Django's signature
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:  # noqa: ANN401 - Django's signature
        return False


for _model in apps.get_app_config("readroom").get_models():
    admin.site.register(_model, ReadOnly)
