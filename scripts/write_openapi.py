"""Write contract/openapi.json from the API, the form in which it is checked in and compared."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "contract" / "openapi.json"


def current() -> str:
    """Return the description of the API as it is now."""
    from readroom.server.api.app import api

    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, sort_keys=True, default=str) + "\n"


def main() -> int:
    with tempfile.TemporaryDirectory() as data:
        os.environ["READROOM_DATA"] = data
        os.environ["DJANGO_SETTINGS_MODULE"] = "readroom.server.django_settings"
        import django

        django.setup()
        TARGET.write_text(current(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
