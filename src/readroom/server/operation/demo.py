"""A study to try things on: chest phantoms whose nodules are known, an owner, two readers, questions, ground truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from readroom.server import jobs
from readroom.server.db.models import Image, Import, ReaderStudy, User
from readroom.server.services import (
    accounts,
    attachments,
    ground_truth,
    import_run,
    imports,
    members,
    studies,
    study_files,
    tokens,
    uploads,
    workstation_configs,
)
from readroom.server.services.access import SYSTEM, Actor

if TYPE_CHECKING:
    from readroom.imaging.testing.ct import CtPhantom

PASSWORD = "look-closely"  # noqa: S105 - printed for everybody who tries the demo
SLUG = "demo-chest-ct"
SOCKET = "chest-ct"
CASES = ((0, "Case A", 3), (1, "Case B", 0), (2, "Case C", 6))
SLICES, SIZE = 96, 320
COUNT = "How many nodules do you see?"
PRESENT = "Is there a nodule?"
WINDOWS = (("Lung", -600, 1500), ("Soft tissue", 40, 400), ("Bone", 400, 1800))
CONFIDENCE = "How sure are you that there is one?"


QUESTIONS: list[dict[str, Any]] = [
    {"question_text": PRESENT, "answer_type": "Bool"},
    {
        "question_text": COUNT,
        "answer_type": "Number",
        "widget": "Number Input",
        "answer_min_value": 0,
        "answer_max_value": 50,
    },
    {
        "question_text": CONFIDENCE,
        "answer_type": "Choice",
        "widget": "Radio Select",
        "options": [{"title": text} for text in ("surely not", "probably not", "unsure", "probably", "surely")],
    },
    {
        "question_text": "Measure the largest one.",
        "answer_type": "Distance measurement",
        "image_port": "Main",
        "required": False,
    },
    {
        "question_text": "Mark each of them.",
        "answer_type": "Multiple points",
        "image_port": "Main",
        "required": False,
    },
    {
        "question_text": "Anything else?",
        "answer_type": "Text",
        "widget": "Text Area",
        "required": False,
    },
]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person needs to begin."""

    study: str
    owner: str
    readers: tuple[str, ...]
    password: str
    token: str


def prepare_demo(tell: Callable[[str], None]) -> Demo:
    """Make the demo where it is not there yet; a new token for its owner in any case."""
    owner = account("owner", "Olga Owner", may_create=True)
    readers = tuple(account(f"reader{n}", f"Reader {n}").username for n in (1, 2))
    if not ReaderStudy.objects.filter(slug=SLUG).exists():
        make_study(owner, readers, tell)
    token = tokens.create_token(owner, name="demo", days=30)
    return Demo(SLUG, owner.username, readers, PASSWORD, token.secret)


def account(username: str, name: str, *, may_create: bool = False) -> Actor:
    user = User.objects.filter(username=username).first()
    if user is None:
        first, _, last = name.partition(" ")
        new = accounts.NewAccount(
            username=username,
            password=PASSWORD,
            first_name=first,
            last_name=last,
            may_create_studies=may_create,
            may_create_archives=may_create,
        )
        user = accounts.create_account(SYSTEM, new)
    return accounts.to_actor(user)


def make_study(owner: Actor, readers: Sequence[str], tell: Callable[[str], None]) -> None:
    images: dict[str, UUID] = {}
    found: dict[str, int] = {}
    for seed, title, nodules in CASES:
        tell(f"scanning the phantom of {title} ...")
        images[title], found[title] = make_image(owner, seed=seed, nodules=nodules)
    with transaction.atomic():
        applied = study_files.apply_study(owner, document=document(images))
        studies.change_study(owner, study_id=applied.study_id, changes={"workstation_config": str(make_windows(owner))})
        entries = [entry for title, count in found.items() for entry in truth_of(title, count)]
        ground_truth.upload_entries(owner, study_id=applied.study_id, entries=entries)
        for number, reader in enumerate(readers, start=1):
            members.add_member(owner, study_id=applied.study_id, username=reader, role="reader", pseudonym=f"R{number}")
        studies.change_state(owner, study_id=applied.study_id, state="open", why="demo")


def make_windows(owner: Actor) -> UUID:
    """The windows that chest CT is read with; lungs first."""
    presets = [
        workstation_configs.create_window_preset(owner, fields={"title": title, "center": center, "width": width}).slug
        for title, center, width in WINDOWS
    ]
    fields = {"title": "Chest CT", "window_presets": presets, "default_window_preset": presets[0]}
    return workstation_configs.create_workstation_config(owner, fields=fields).pk


def make_image(owner: Actor, *, seed: int, nodules: int) -> tuple[UUID, int]:
    """Scan a phantom, upload it and import it, as a client would have done."""
    from readroom.imaging.testing.ct import write_ct_phantom

    with tempfile.TemporaryDirectory(prefix="readroom-demo-") as folder:
        phantom: CtPhantom = write_ct_phantom(Path(folder), slices=SLICES, size=SIZE, seed=seed, nodules=nodules)
        files = [uploads.add_file(owner, path).id for path in phantom.files]
    with transaction.atomic():
        row = imports.create_import(owner, upload_ids=files)
    import_run.run_import(
        row.pk, worker=jobs.imports.worker_name(), attach=attachments.attach, refuse=attachments.refuse_import
    )
    image = Image.objects.filter(origin=row).values_list("pk", flat=True).first()
    if image is None:
        raise RuntimeError(Import.objects.values_list("error_message", flat=True).get(pk=row.pk))
    return image, len(phantom.nodules)


def document(images: dict[str, UUID]) -> dict[str, Any]:
    """The study as a file that `readroom study apply` would take."""
    return {
        "readroom": 1,
        "study": {
            "title": "Demo: nodules in chest CT",
            "slug": SLUG,
            "description": "Three phantoms, made by a program; their nodules are known.",
            "help_text": "Scroll through the lungs, then answer. **Nothing here is a real person.**",
            "allow_answer_modification": True,
            "allow_case_navigation": True,
            "is_educational": True,
            "view_content": {"main": [SOCKET]},
            "hanging_protocol": "One viewport",
        },
        "sockets": [{"title": "Chest CT", "slug": SOCKET, "kind": "Image", "relative_path": "images/chest-ct"}],
        "hanging_protocols": [{"title": "One viewport", "json": [{"viewport_name": "main"}]}],
        "questions": QUESTIONS,
        "display_sets": [{"title": title, "values": {SOCKET: {"image": str(pk)}}} for title, pk in images.items()],
    }


def truth_of(title: str, count: int) -> list[dict[str, Any]]:
    return [
        {"display_set": title, "question": PRESENT, "answer": count > 0},
        {
            "display_set": title,
            "question": COUNT,
            "answer": count,
            "explanation": f"The phantom was made with {count} nodules.",
        },
        {"display_set": title, "question": CONFIDENCE, "answer": "surely" if count else "surely not"},
    ]
