"""Build what the browser tests read: people, studies and real images on a running server.

Run as ``python tests/e2e/scene.py DATA URL IMAGES`` beside ``readroom serve --data DATA``; prints the scene as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import house_rules
import layouts
import marathon
import patients
import showcase
from editing import Scene

PASSWORD = "a long enough password"


def make_people(data: str) -> tuple[str, str]:
    """An editor and a reader; returns a token of each."""
    os.environ["READROOM_DATA"] = data
    os.environ["DJANGO_SETTINGS_MODULE"] = "readroom.server.django_settings"
    import django

    django.setup()
    from readroom.server.db.models import User
    from readroom.server.services import accounts, tokens

    made = []
    for name in ("editor", "reader"):
        user, _ = User.objects.get_or_create(username=name, defaults={"may_create_studies": name == "editor"})
        user.set_password(PASSWORD)
        user.is_superuser = name == "editor"
        user.is_staff = name == "editor"
        user.save()
        made.append(tokens.create_token(accounts.to_actor(user), name=f"scene {time.time()}").secret)
    return made[0], made[1]


def build(url: str, tokens: tuple[str, str], images: Path) -> dict[str, Any]:
    scene = Scene(url, tokens[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = [
            patients.build(scene, images, folder),
            showcase.build(scene, images, folder),
            house_rules.build(scene, folder),
            marathon.build(scene, folder),
            layouts.build(scene, images),
        ]
    studies = {key: study for part in parts for key, study in part["studies"].items()}
    house_rules.add_truth(scene, studies["practice"])
    scene.open(*studies.values())
    house_rules.read_through(Scene(url, tokens[1]), studies["done"])
    return {
        **parts[0],
        "token": tokens[0],
        "password": PASSWORD,
        "studies": {key: study["slug"] for key, study in studies.items()},
        "pks": {key: study["pk"] for key, study in studies.items()},
        "cases": {key: pk for part in parts for key, pk in part["cases"].items()},
    }


if __name__ == "__main__":
    data, url, images = sys.argv[1:4]
    print(json.dumps(build(url, make_people(data), Path(images))))
