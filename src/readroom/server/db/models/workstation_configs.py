from __future__ import annotations

import uuid

from django.db import models


class WindowPreset(models.Model):
    """A named window: centre and width, or two percentiles."""

    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    description = models.TextField(blank=True, default="")
    center = models.IntegerField(null=True)
    width = models.PositiveIntegerField(null=True)
    lower_percentile = models.PositiveSmallIntegerField(null=True)
    upper_percentile = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    center__isnull=False, width__isnull=False, lower_percentile=None, upper_percentile=None
                )
                | models.Q(center=None, width=None, lower_percentile__isnull=False, upper_percentile__isnull=False),
                name="window_or_percentiles",
            )
        ]

    def __str__(self) -> str:
        return self.title


class WorkstationConfig(models.Model):
    """Settings of the viewer, shared by studies; the whole of it is one document, checked by its service."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    description = models.TextField(blank=True, default="")
    creator = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    settings = models.JSONField(default=dict)
    window_presets = models.ManyToManyField("readroom.WindowPreset", related_name="+")
    default_window_preset = models.ForeignKey("readroom.WindowPreset", on_delete=models.PROTECT, related_name="+")
    overlay_luts = models.ManyToManyField("readroom.LookUpTable", related_name="+")
    default_overlay_lut = models.ForeignKey("readroom.LookUpTable", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.title
