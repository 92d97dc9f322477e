from __future__ import annotations

import uuid

from django.db import models

from readroom.server.domain.permissions import Role


class Archive(models.Model):
    """A collection of images outside any study."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    description = models.TextField(blank=True, default="")
    logo = models.ForeignKey("readroom.Blob", null=True, on_delete=models.PROTECT, related_name="+")
    is_public = models.BooleanField(default=False)
    hanging_protocol = models.ForeignKey(
        "readroom.HangingProtocol", null=True, on_delete=models.PROTECT, related_name="+"
    )
    view_content = models.JSONField(default=dict)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.title


class ArchiveMember(models.Model):
    """A person's role in an archive."""

    archive = models.ForeignKey("readroom.Archive", on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="archive_roles")
    role = models.CharField(
        max_length=8, choices=[(role.value, role.value) for role in (Role.EDITOR, Role.UPLOADER, Role.USER)]
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "archive", "role"], name="one_archive_role")]

    def __str__(self) -> str:
        return f"{self.role} of {self.archive_id}"


class ArchiveItem(models.Model):
    """One case of an archive: a title and one value per socket."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    archive = models.ForeignKey("readroom.Archive", on_delete=models.CASCADE, related_name="items", db_index=False)
    title = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "title"], condition=~models.Q(title=""), name="one_item_per_title"
            )
        ]
        indexes = [models.Index(fields=["archive", "created_at", "id"], name="item_of_archive")]

    def __str__(self) -> str:
        return self.title or str(self.id)
