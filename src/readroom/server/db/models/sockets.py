from __future__ import annotations

from django.db import models


class LookUpTable(models.Model):
    """How values become colours: knots of colour and of opacity, as text."""

    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    description = models.TextField(blank=True, default="")
    color = models.TextField()
    alpha = models.TextField()
    color_invert = models.TextField(blank=True, default="")
    alpha_invert = models.TextField(blank=True, default="")
    range_min = models.IntegerField(null=True)
    range_max = models.IntegerField(null=True)
    relative = models.BooleanField(default=False)
    color_interpolation = models.CharField(max_length=8, blank=True, default="RGB")
    color_interpolation_invert = models.CharField(max_length=8, blank=True, default="RGB")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class Socket(models.Model):
    """A named, typed slot that display sets and archive items fill."""

    title = models.CharField(max_length=255, unique=True)
    slug = models.SlugField(max_length=255, unique=True)
    description = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=40)
    is_stored_as_file = models.BooleanField(default=False)
    relative_path = models.CharField(max_length=255, unique=True)
    value_schema = models.JSONField(null=True, help_text="JSON Schema that values must fit, beside their kind.")
    default_value = models.JSONField(null=True)
    overlay_segments = models.JSONField(null=True)
    look_up_table = models.ForeignKey("readroom.LookUpTable", null=True, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class SocketValue(models.Model):
    """What stands in a socket of one display set or one archive item: a value, a file or an image."""

    id = models.BigAutoField(primary_key=True)
    display_set = models.ForeignKey(
        "readroom.DisplaySet", null=True, on_delete=models.CASCADE, related_name="values", db_index=False
    )
    archive_item = models.ForeignKey(
        "readroom.ArchiveItem", null=True, on_delete=models.CASCADE, related_name="values", db_index=False
    )
    socket = models.ForeignKey("readroom.Socket", on_delete=models.PROTECT, related_name="values")
    value = models.JSONField(null=True)
    file = models.ForeignKey("readroom.Blob", null=True, on_delete=models.PROTECT, related_name="socket_values")
    file_name = models.CharField(max_length=128, blank=True, default="")
    image = models.ForeignKey("readroom.Image", null=True, on_delete=models.PROTECT, related_name="socket_values")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(display_set__isnull=False) ^ models.Q(archive_item__isnull=False),
                name="socket_value_stands_in_one_place",
            ),
            models.UniqueConstraint(fields=["display_set", "socket"], name="one_value_per_socket_of_display_set"),
            models.UniqueConstraint(fields=["archive_item", "socket"], name="one_value_per_socket_of_archive_item"),
        ]

    def __str__(self) -> str:
        return f"value {self.pk}"


class RefusedValue(models.Model):
    """Why an upload for a socket did not become its value; gone when a later one does."""

    display_set = models.ForeignKey(
        "readroom.DisplaySet", null=True, on_delete=models.CASCADE, related_name="refused_values"
    )
    archive_item = models.ForeignKey(
        "readroom.ArchiveItem", null=True, on_delete=models.CASCADE, related_name="refused_values"
    )
    socket = models.ForeignKey("readroom.Socket", on_delete=models.CASCADE, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["display_set", "socket"], name="one_refusal_per_socket_of_display_set"),
            models.UniqueConstraint(fields=["archive_item", "socket"], name="one_refusal_per_socket_of_archive_item"),
        ]

    def __str__(self) -> str:
        return f"refused value {self.pk}"
