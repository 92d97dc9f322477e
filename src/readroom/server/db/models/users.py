from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a program with an account; names of a person are kept only here."""

    email = models.EmailField(blank=True, default="", db_index=True)
    pseudonym = models.CharField(max_length=64, blank=True, default="", help_text="Name that exports may show instead.")
    may_create_studies = models.BooleanField(default=False)
    may_create_archives = models.BooleanField(default=False)
    oidc_subject = models.CharField(max_length=255, null=True, blank=True, unique=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="The account is gone; its answers stay.")

    def __str__(self) -> str:
        return self.username


class AccountSettings(models.Model):
    """How a person likes the viewer: its settings and its keys, on every computer of theirs."""

    user = models.OneToOneField("readroom.User", primary_key=True, on_delete=models.CASCADE, related_name="settings")
    settings = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0, help_text="How often they were changed.")
    modified_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"settings of account {self.user_id}"


class Invitation(models.Model):
    """A link by which a person gets an account and a role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the link.")
    target_kind = models.CharField(max_length=32, blank=True, default="")
    target_id = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=16, blank=True, default="")
    pseudonym = models.CharField(max_length=64, blank=True, default="")
    invited_by = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("readroom.User", null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.id}"


class SignInFailure(models.Model):
    """A wrong password for a name, remembered for some minutes."""

    name_digest = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the name that was typed.")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"failure at {self.at:%H:%M:%S}"
