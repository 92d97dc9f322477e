"""The tables: fields, constraints, `__str__`. One file per noun; files name each other by string."""

from __future__ import annotations

from readroom.server.db.models.answers import Answer
from readroom.server.db.models.archives import Archive, ArchiveItem, ArchiveMember
from readroom.server.db.models.audit import AuditEntry, AuditStream
from readroom.server.db.models.blobs import Blob
from readroom.server.db.models.display_sets import DisplaySet, ShuffledPlace
from readroom.server.db.models.hanging_protocols import HangingProtocol
from readroom.server.db.models.idempotency import RememberedReply
from readroom.server.db.models.images import Image, ImageFile, ImageFileKind
from readroom.server.db.models.imports import Import, ImportFile, ImportOutcome, ImportStatus, ImportTarget
from readroom.server.db.models.questions import Question, QuestionOption
from readroom.server.db.models.rounds import Round
from readroom.server.db.models.sockets import LookUpTable, RefusedValue, Socket, SocketValue
from readroom.server.db.models.studies import AccessRequest, ReaderStudy, StudyMember
from readroom.server.db.models.tokens import ApiToken
from readroom.server.db.models.uploads import Upload, UploadStatus
from readroom.server.db.models.users import AccountSettings, Invitation, SignInFailure, User
from readroom.server.db.models.workstation_configs import WindowPreset, WorkstationConfig

__all__ = [
    "AccessRequest",
    "AccountSettings",
    "Answer",
    "ApiToken",
    "Archive",
    "ArchiveItem",
    "ArchiveMember",
    "AuditEntry",
    "AuditStream",
    "Blob",
    "DisplaySet",
    "HangingProtocol",
    "Image",
    "ImageFile",
    "ImageFileKind",
    "Import",
    "ImportFile",
    "ImportOutcome",
    "ImportStatus",
    "ImportTarget",
    "Invitation",
    "LookUpTable",
    "Question",
    "QuestionOption",
    "ReaderStudy",
    "RefusedValue",
    "RememberedReply",
    "Round",
    "ShuffledPlace",
    "SignInFailure",
    "Socket",
    "SocketValue",
    "StudyMember",
    "Upload",
    "UploadStatus",
    "User",
    "WindowPreset",
    "WorkstationConfig",
]
