from __future__ import annotations

from django.db import models


class AuditStream(models.Model):
    """The end of one chain of audit entries: the lock that new entries take, and what cutting the chain would break."""

    name = models.CharField(primary_key=True, max_length=120)
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who changed what, when, from what, into what, and why; never altered, chained by digests."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=120)
    position = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True, help_text="No foreign key: the entry outlives the account.")
    actor_name = models.CharField(max_length=150, blank=True, default="")
    act = models.CharField(max_length=64)
    target_kind = models.CharField(max_length=32)
    target_id = models.CharField(max_length=64)
    before = models.TextField(blank=True, default="", help_text="JSON as it was digested, letter for letter.")
    after = models.TextField(blank=True, default="", help_text="JSON as it was digested, letter for letter.")
    why = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "position"], name="audit_position")]
        indexes = [models.Index(fields=["target_kind", "target_id"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.stream} {self.position}"
