from __future__ import annotations

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "readroom.server.db"
    label = "readroom"
    verbose_name = "readroom"
