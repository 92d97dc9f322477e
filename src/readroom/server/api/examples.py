"""An example for every body that a request may have, for the description of the API.

Where a study, a question or another thing is named, a bare id or a slug stands for its address.
"""

from __future__ import annotations

from typing import Any, Final

PK: Final = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
UPLOAD: Final = f"/api/v1/uploads/{PK}/"
VALUES: Final = [{"interface": "age", "value": 57}]
LAYOUT: Final = {"title": "One viewport", "json": [{"viewport_name": "main"}]}
ARCHIVE: Final = {"title": "Chest CT 2026", "description": "All consecutive scans."}
SOCKET: Final = {"title": "Chest CT", "kind": "Image", "relative_path": "images/chest-ct"}
PASSWORD: Final = "a long enough passphrase"  # noqa: S105 - an example

BODIES: Final[dict[str, Any]] = {
    "AcceptanceIn": {"invitation": "the part of the link after =", "username": "kim", "password": PASSWORD},
    "AnswerChangesIn": {"answer": 3, "last_edit_duration": "00:00:12", "sequence": 2},
    "AnswerIn": {"question": PK, "display_set": PK, "answer": 2, "last_edit_duration": "00:00:41.5"},
    "ArchiveFieldsIn": {"description": "All consecutive scans of the year."},
    "ArchiveIn": ARCHIVE,
    "ArchiveMemberIn": {"username": "kim", "role": "uploader"},
    "BulkDeleteIn": {"reader_study": PK, "display_sets": [PK]},
    "ConfigIn": {"title": "For lungs", "default_zoom_scale": 1.5, "link_panning": False},
    "CopyIn": {"title": "Second reading", "parts": ["questions", "display_sets", "hanging", "case_text"]},
    "DecisionIn": {"is_accepted": True, "reason": "Welcome."},
    "DisplaySetChangesIn": {"title": "Case 1", "values": VALUES},
    "DisplaySetIn": {"reader_study": "lung-nodules", "title": "Case 1", "order": 10, "values": VALUES},
    "ForgottenIn": {"email": "kim@example.org"},
    "FromReaderIn": {"username": "kim"},
    "ImportIn": {"uploads": [UPLOAD], "display_set": PK, "interface": "chest-ct"},
    "InvitationIn": {"email": "kim@example.org", "study": PK, "role": "reader", "pseudonym": "R1"},
    "ItemChangesIn": {"title": "Scan 1", "values": VALUES},
    "ItemIn": {"archive": PK, "title": "Scan 1"},
    "LookUpTableIn": {"title": "Heat", "color": "[0 0 0 0, 255 0 0 1]", "alpha": "[0 0, 1 1]", "relative": True},
    "MemberIn": {"username": "kim", "role": "reader", "pseudonym": "R1"},
    "OptionIn": {"title": "Not sure", "default": True},
    "PartIn": {"ETag": '"9bb58f26192e4ba00f01e2e7b136bbd8"', "PartNumber": 1},
    "PartNumbersIn": {"part_numbers": [1, 2, 3, 4, 5]},
    "PartsIn": {"parts": [{"ETag": '"9bb58f26192e4ba00f01e2e7b136bbd8"', "PartNumber": 1}]},
    "PasswordIn": {"old_password": "the password until now", "password": PASSWORD},
    "PresetIn": {"title": "Lung", "center": -600, "width": 1500},
    "ProtocolChangesIn": {"title": "One large viewport"},
    "ProtocolIn": LAYOUT,
    "QuestionChangesIn": {"help_text": "Count those of 4 mm and more.", "order": 20},
    "QuestionIn": {
        "reader_study": "lung-nodules",
        "question_text": "Is it malignant?",
        "answer_type": "Choice",
        "widget": "Radio Select",
        "options": ["Yes", "No", {"title": "Not sure", "default": True}],
    },
    "ResetIn": {"uid": "Mg", "token": "the part of the link after token=", "password": PASSWORD},
    "SettingsIn": {"settings": {"scroll_speed": 2}},
    "SignInIn": {"username": "kim", "password": PASSWORD},
    "SocketFieldsIn": {"description": "Without contrast."},
    "SocketIn": SOCKET,
    "StateIn": {"state": "open", "why": "All cases are there."},
    "StudyChangesIn": {"allow_answer_modification": True, "why": "Readers asked for it."},
    "StudyIn": {"title": "Lung nodules", "view_content": {"main": ["chest-ct"]}, "shuffle_hanging_list": True},
    "TokenIn": {"name": "nightly script", "scopes": ["read", "upload"], "days": 90},
    "UploadIn": {"filename": "1.dcm"},
    "ValueIn": VALUES[0],
}
"""Name of a schema of the description -> one body of that form."""

STUDY_FILE: Final[dict[str, Any]] = {
    "readroom": 1,
    "study": {"title": "Lung nodules", "slug": "lung-nodules", "view_content": {"main": ["chest-ct"]}},
    "sockets": [SOCKET, {"title": "Age", "kind": "Integer", "relative_path": "age.json"}],
    "questions": [{"question_text": "How many?", "answer_type": "Number", "widget": "Number Input"}],
    "display_sets": [{"title": "Case 1", "values": {"age": {"value": 57}}}],
}
STUDY_TEXT: Final = """\
readroom: 1
study:
  title: Lung nodules
  slug: lung-nodules
  view_content: {main: [chest-ct]}
sockets:
  - {title: Chest CT, kind: Image, relative_path: images/chest-ct}
  - {title: Age, kind: Integer, relative_path: age.json}
questions:
  - question_text: How many?
    answer_type: Number
    widget: Number Input
display_sets:
  - {title: Case 1, values: {age: {value: 57}}}
"""
"""The same as YAML."""
TRUTHS: Final = [{"display_set": PK, "question": PK, "answer": 2, "explanation": "Confirmed by surgery."}]
TRUTH_TABLE: Final = f"case,How many?,How many?__explanation\n{PK},2,Confirmed by surgery.\n"


def body_of(**kinds: object) -> dict[str, Any]:
    """A ``requestBody`` of the description for what is read by hand: ``body_of(json=…, yaml=…, csv=…)``."""
    types = {"json": "application/json", "yaml": "application/yaml", "csv": "text/csv"}
    schemas = {"json": {}, "yaml": {"type": "string"}, "csv": {"type": "string"}}
    content = {types[kind]: {"schema": schemas[kind], "example": example} for kind, example in kinds.items()}
    return {"requestBody": {"required": True, "content": content}}


def add_examples(description: dict[str, Any]) -> None:
    """Put the examples into the schemas of a description of the API."""
    for name, schema in description["components"]["schemas"].items():
        if name in BODIES:
            schema["examples"] = [BODIES[name]]
