from __future__ import annotations

from django.db import models


class Round(models.Model):
    """One pass of readers through the display sets of a study; each study has one that is the default."""

    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=255, blank=True, default="")
    is_default = models.BooleanField(default=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_round_per_number"),
            models.UniqueConstraint(
                fields=["study"], condition=models.Q(is_default=True), name="one_default_round_per_study"
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"
