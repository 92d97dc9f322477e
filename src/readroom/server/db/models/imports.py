from __future__ import annotations

import uuid

from django.db import models


class ImportStatus(models.TextChoices):
    """Values are the words of the wire."""

    QUEUED = "Queued"
    REQUEUED = "Re-Queued"
    STARTED = "Started"
    FAILED = "Failed"
    SUCCEEDED = "Succeeded"
    CANCELLED = "Cancelled"


class ImportTarget(models.TextChoices):
    """What the images are wanted for."""

    NOTHING = ""
    DISPLAY_SET = "display_set"
    ARCHIVE_ITEM = "archive_item"
    ARCHIVE = "archive"
    ANSWER = "answer"


class Import(models.Model):
    """The job that turns uploads into images; this row, not the queue, says how far it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="imports")
    status = models.CharField(max_length=12, choices=ImportStatus, default=ImportStatus.QUEUED)
    error_message = models.TextField(blank=True, default="")
    target_kind = models.CharField(max_length=16, choices=ImportTarget, blank=True, default=ImportTarget.NOTHING)
    target_id = models.UUIDField(null=True, blank=True)
    socket = models.ForeignKey("readroom.Socket", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    image_name = models.CharField(max_length=255, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, blank=True, default="")
    progress = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attached_at = models.DateTimeField(null=True, help_text="When its images reached their target.")

    class Meta:
        indexes = [
            models.Index(fields=["status", "leased_until"], name="import_by_status"),
            models.Index(fields=["creator", "created_at"], name="import_of_creator"),
            models.Index(fields=["target_kind", "target_id"], name="import_by_target"),
        ]

    def __str__(self) -> str:
        return f"import {self.id}"


class ImportFile(models.Model):
    """One uploaded file of an import and what became of it."""

    import_job = models.ForeignKey("readroom.Import", on_delete=models.CASCADE, related_name="files")
    upload = models.ForeignKey("readroom.Upload", null=True, on_delete=models.SET_NULL, related_name="+")
    upload_pk = models.UUIDField(help_text="Kept when the upload itself is gone.")
    position = models.PositiveIntegerField()
    filename = models.CharField(max_length=128)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"file {self.position} of import {self.import_job_id}"


class ImportOutcome(models.Model):
    """What became of one file, those inside an archive included: used, ignored or refused, with one sentence."""

    import_job = models.ForeignKey("readroom.Import", on_delete=models.CASCADE, related_name="outcomes")
    name = models.CharField(max_length=512)
    outcome = models.CharField(max_length=8)
    reason = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.outcome} file of import {self.import_job_id}"
