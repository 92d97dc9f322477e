from __future__ import annotations

from django.db import models


class RememberedReply(models.Model):
    """The reply to a POST with an `Idempotency-Key`, given again when the POST is repeated."""

    user = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0, help_text="0 while the first request is at work.")
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_reply_per_key")]

    def __str__(self) -> str:
        return f"reply {self.pk}"
