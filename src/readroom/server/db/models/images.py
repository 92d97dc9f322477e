from __future__ import annotations

import uuid

from django.db import models


class Image(models.Model):
    """Pixels with geometry, made once by an import, shared by any number of socket values."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=4096)
    origin = models.ForeignKey("readroom.Import", null=True, on_delete=models.SET_NULL, related_name="images")
    creator = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    unused_since = models.DateTimeField(null=True, db_index=True)

    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    depth = models.PositiveIntegerField(null=True)
    shape = models.JSONField(default=list, help_text="In numpy order, colour included.")
    time_points = models.PositiveIntegerField(default=1)
    color_space = models.CharField(max_length=5)
    modality = models.CharField(max_length=16, blank=True, default="")
    voxel_width_mm = models.FloatField(null=True)
    voxel_height_mm = models.FloatField(null=True)
    voxel_depth_mm = models.FloatField(null=True)
    window_center = models.FloatField(null=True)
    window_width = models.FloatField(null=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    segments = models.JSONField(null=True, help_text="Values that occur, for integer images with few of them.")
    voxels_sha256 = models.CharField(max_length=64, db_index=True)
    is_slide = models.BooleanField(default=False)
    is_dicom_set = models.BooleanField(default=False, help_text="Its originals are offered as DICOM instances.")
    findings = models.JSONField(default=list)
    eye_choice = models.CharField(max_length=2, null=True)
    stereoscopic_choice = models.CharField(max_length=1, null=True)
    field_of_view = models.CharField(max_length=3, null=True)

    patient_id = models.CharField(max_length=64, blank=True, default="")
    patient_name = models.CharField(max_length=325, blank=True, default="")
    patient_birth_date = models.CharField(max_length=10, blank=True, default="")
    patient_age = models.CharField(max_length=4, blank=True, default="")
    patient_sex = models.CharField(max_length=1, blank=True, default="")
    study_date = models.CharField(max_length=10, blank=True, default="")
    study_instance_uid = models.CharField(max_length=64, blank=True, default="", db_index=True)
    series_instance_uid = models.CharField(max_length=64, blank=True, default="", db_index=True)
    study_description = models.CharField(max_length=255, blank=True, default="")
    series_description = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="image_by_name")]

    def __str__(self) -> str:
        return f"image {self.id}"


class ImageFileKind(models.TextChoices):
    """What the bytes of an image's file are."""

    PACK = "pack"
    SLIDE = "slide"
    ORIGINAL = "original"
    THUMBNAIL = "thumb"


class ImageFile(models.Model):
    """A blob that belongs to an image."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey("readroom.Image", on_delete=models.CASCADE, related_name="files")
    blob = models.ForeignKey("readroom.Blob", on_delete=models.PROTECT, related_name="image_files")
    kind = models.CharField(max_length=8, choices=ImageFileKind)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=512, blank=True, default="", help_text="As it was uploaded, for originals.")
    instance_uid = models.CharField(max_length=64, blank=True, default="", db_index=True)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["image", "kind", "position"], name="file_of_image")]

    def __str__(self) -> str:
        return f"{self.kind} of image {self.image_id}"
