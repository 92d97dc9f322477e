from __future__ import annotations

import uuid

from django.db import models


class DisplaySet(models.Model):
    """One case as a reader meets it: a title, an order and one value per socket."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="display_sets")
    title = models.CharField(max_length=255, blank=True, default="")
    order = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "title"], condition=~models.Q(title=""), name="one_display_set_per_title"
            )
        ]
        indexes = [
            models.Index(fields=["study", "order", "created_at", "id"], name="display_set_by_order"),
            models.Index(fields=["order", "created_at", "id"], name="display_set_over_studies"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)


class ShuffledPlace(models.Model):
    """Where a display set stands in the shuffled order of one reader; once given, it stays."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey("readroom.Round", on_delete=models.CASCADE, related_name="+", db_index=False)
    reader = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="+")
    display_set = models.ForeignKey("readroom.DisplaySet", on_delete=models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "reader", "display_set"], name="one_place_per_display_set"),
            models.UniqueConstraint(fields=["round", "reader", "position"], name="one_display_set_per_place"),
        ]

    def __str__(self) -> str:
        return f"place {self.position}"
