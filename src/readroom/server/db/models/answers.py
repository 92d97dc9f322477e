from __future__ import annotations

import uuid

from django.db import models


class Answer(models.Model):
    """What one reader answered to one question of one display set in one round, or the ground truth of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="answers", db_index=False)
    round = models.ForeignKey("readroom.Round", on_delete=models.CASCADE, related_name="answers", db_index=False)
    creator = models.ForeignKey("readroom.User", on_delete=models.PROTECT, related_name="answers", db_index=False)
    question = models.ForeignKey("readroom.Question", on_delete=models.CASCADE, related_name="answers")
    display_set = models.ForeignKey("readroom.DisplaySet", on_delete=models.CASCADE, related_name="answers")
    is_ground_truth = models.BooleanField(default=False)
    value = models.JSONField(null=True)
    image = models.ForeignKey("readroom.Image", null=True, on_delete=models.PROTECT, related_name="answers")
    explanation = models.TextField(blank=True, default="")
    score = models.FloatField(null=True)
    last_edit_duration = models.DurationField(null=True)
    total_edit_duration = models.DurationField(null=True)
    session_times = models.JSONField(null=True, help_text="What each of the last reading sessions has counted.")
    sequence = models.BigIntegerField(null=True, help_text="Number of the edit, counted by the reader's program.")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["display_set", "question", "round", "creator", "is_ground_truth"], name="one_answer_per_reader"
            ),
            models.UniqueConstraint(
                fields=["display_set", "question", "round"],
                condition=models.Q(is_ground_truth=True),
                name="one_ground_truth",
            ),
        ]
        indexes = [
            models.Index(fields=["study", "created_at", "id"], name="answer_of_study"),
            models.Index(fields=["creator", "study", "is_ground_truth", "created_at", "id"], name="answer_of_creator"),
        ]

    def __str__(self) -> str:
        return f"answer {self.id}"
