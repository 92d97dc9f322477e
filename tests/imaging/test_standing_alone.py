"""The library works where nothing of the platform, the client or the command line is installed."""

import subprocess
import sys

CHILD = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[2:]:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Refuse())
import readroom.imaging
for name in readroom.imaging.__all__:
    getattr(readroom.imaging, name)
for module in pkgutil.walk_packages(readroom.imaging.__path__, "readroom.imaging."):
    importlib.import_module(module.name)
from pathlib import Path
from readroom.imaging.testing import write_tiny_series
series = write_tiny_series(Path(sys.argv[1]) / "series")
[image] = readroom.imaging.import_files([series.files[0].parent], destination=sys.argv[1]).images
print(image.header.shape)
"""
OTHERS = (
    "django",
    "ninja",
    "typer",
    "click",
    "rich",
    "httpx",
    "pandas",
    "pyarrow",
    "scipy",
    "orjson",
    "boto3",
    "zstandard",
)


def test_every_module_loads_and_an_import_runs_without_the_packages_of_the_others(tmp_path):
    command = [sys.executable, "-c", CHILD, str(tmp_path), *OTHERS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "(4, 8, 8)", done.stderr[-2000:]
