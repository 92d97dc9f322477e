from __future__ import annotations

import uuid

from django.db import models


class Question(models.Model):
    """What a reader is asked of every display set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="questions")
    created_at = models.DateTimeField(auto_now_add=True)
    question_text = models.TextField()
    help_text = models.TextField(blank=True, default="")
    answer_type = models.CharField(max_length=32)
    widget = models.CharField(max_length=32, blank=True, default="")
    required = models.BooleanField(default=True)
    image_port = models.CharField(max_length=24, blank=True, default="")
    direction = models.CharField(max_length=10, default="Horizontal")
    order = models.PositiveSmallIntegerField(default=100)
    default_annotation_color = models.CharField(max_length=7, blank=True, default="")
    interface = models.ForeignKey("readroom.Socket", null=True, on_delete=models.PROTECT, related_name="+")
    overlay_segments = models.JSONField(null=True)
    look_up_table = models.ForeignKey("readroom.LookUpTable", null=True, on_delete=models.PROTECT, related_name="+")
    answer_min_value = models.FloatField(null=True)
    answer_max_value = models.FloatField(null=True)
    answer_step_size = models.DecimalField(null=True, max_digits=12, decimal_places=6)
    answer_min_length = models.PositiveIntegerField(null=True)
    answer_max_length = models.PositiveIntegerField(null=True)
    answer_match_pattern = models.CharField(max_length=512, blank=True, default="")
    empty_answer_confirmation = models.BooleanField(default=False)
    empty_answer_confirmation_label = models.TextField(blank=True, default="")
    score_tolerance = models.FloatField(default=0)

    class Meta:
        ordering = ["order", "created_at", "id"]
        indexes = [models.Index(fields=["study", "order", "created_at", "id"], name="question_by_order")]

    def __str__(self) -> str:
        return self.question_text


class QuestionOption(models.Model):
    """One of the possible answers to a choice question; answers hold its id."""

    question = models.ForeignKey("readroom.Question", on_delete=models.CASCADE, related_name="options")
    title = models.CharField(max_length=1024)
    default = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title
