from __future__ import annotations

from django.db import models


class Blob(models.Model):
    """Bytes in the storage, named by their content where that is known; kept as long as something refers to them."""

    key = models.CharField(primary_key=True, max_length=255)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    unused_since = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.key
