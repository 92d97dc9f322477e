from __future__ import annotations

import uuid

from django.db import models


class UploadStatus(models.TextChoices):
    """Values are the words of the wire."""

    PENDING = "Pending"
    INITIALIZED = "Initialized"
    COMPLETED = "Completed"
    ABORTED = "Aborted"


class Upload(models.Model):
    """One file on its way to the server, and then its bytes until something uses them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="uploads")
    filename = models.CharField(max_length=128)
    status = models.CharField(max_length=12, choices=UploadStatus, default=UploadStatus.PENDING)
    multipart_id = models.CharField(max_length=1024, blank=True, default="")
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True, default="", help_text="ETag of the whole.")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, help_text="When an import or a value took it over.")

    class Meta:
        indexes = [models.Index(fields=["creator", "created_at"], name="upload_of_creator")]

    def __str__(self) -> str:
        return f"upload {self.id}"
