from __future__ import annotations

import uuid

from django.db import models


class ApiToken(models.Model):
    """A secret for scripts; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="First letters, to tell tokens apart.")
    name = models.CharField(max_length=120, blank=True, default="")
    scopes = models.JSONField(default=list, help_text="Empty: everything that the person may do.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hint}…"
