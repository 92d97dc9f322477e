from __future__ import annotations

import uuid

from django.db import models

from readroom.server.domain.permissions import Role
from readroom.server.domain.scoring import ScoringRule
from readroom.server.domain.studies import AccessRequestHandling, State


class ReaderStudy(models.Model):
    """Settings of a reader study; its parts refer to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
    creator = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in State], default=State.DRAFT.value)
    description = models.TextField(blank=True, default="")
    logo = models.ForeignKey("readroom.Blob", null=True, on_delete=models.PROTECT, related_name="+")
    help_text = models.TextField(blank=True, default="")
    end_of_study_text = models.TextField(blank=True, default="")
    case_text = models.JSONField(default=dict, help_text="Markdown for each image name.")
    is_public = models.BooleanField(default=False)
    access_request_handling = models.CharField(max_length=32, default=AccessRequestHandling.MANUAL.value)
    workstation_config = models.ForeignKey(
        "readroom.WorkstationConfig", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    hanging_protocol = models.ForeignKey(
        "readroom.HangingProtocol", null=True, on_delete=models.PROTECT, related_name="+"
    )
    optional_hanging_protocols = models.ManyToManyField("readroom.HangingProtocol", related_name="+")
    view_content = models.JSONField(default=dict)
    shuffle_hanging_list = models.BooleanField(default=False)
    allow_case_navigation = models.BooleanField(default=False)
    allow_answer_modification = models.BooleanField(default=False)
    enable_autosaving = models.BooleanField(default=False)
    allow_show_all_annotations = models.BooleanField(default=False)
    roll_over_answers_for_n_cases = models.PositiveSmallIntegerField(default=0)
    is_educational = models.BooleanField(default=False)
    instant_verification = models.BooleanField(default=False)
    leaderboard_accessible_to_readers = models.BooleanField(default=False)
    max_credits = models.PositiveIntegerField(
        null=True, blank=True, help_text="Budget of reading time; none is no end."
    )
    scoring_rule = models.CharField(max_length=16, default=ScoringRule.SETWISE.value)
    publications = models.JSONField(default=list)
    modalities = models.JSONField(default=list)
    structures = models.JSONField(default=list)
    organizations = models.JSONField(default=list)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.title


class StudyMember(models.Model):
    """A person's role in a study; a person can have several."""

    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="study_roles")
    role = models.CharField(
        max_length=8, choices=[(role.value, role.value) for role in (Role.EDITOR, Role.READER, Role.UPLOADER)]
    )
    pseudonym = models.CharField(max_length=64, blank=True, default="", help_text="Name in exports of this study.")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "study", "role"], name="one_membership_per_role")]
        indexes = [models.Index(fields=["study", "role"], name="members_by_role")]

    def __str__(self) -> str:
        return f"{self.role} of {self.study_id}"


class AccessRequest(models.Model):
    """Somebody asks to become a reader."""

    study = models.ForeignKey("readroom.ReaderStudy", on_delete=models.CASCADE, related_name="access_requests")
    user = models.ForeignKey("readroom.User", on_delete=models.CASCADE, related_name="+")
    status = models.CharField(
        max_length=8, choices=[(word, word) for word in ("pending", "accepted", "rejected")], default="pending"
    )
    reason = models.TextField(blank=True, default="", help_text="Why it was rejected.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "user"], name="one_access_request_per_study")]

    def __str__(self) -> str:
        return f"request {self.pk}"
