"""Runs one subject: ``_child.py module:function JSON``. Standard library only, for any interpreter.

The function is called once with ``warm=True`` where it takes that, to import what it needs: imports are not measured,
their memory is.
"""

import importlib
import inspect
import json
import resource
import sys
import time
from pathlib import Path


def status(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) / 1024


def cpu():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main():
    bare = status("VmRSS")
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not the folder of benches: names there hide libraries
    module, _, function = sys.argv[1].partition(":")
    subject = getattr(importlib.import_module(module), function)
    arguments = json.loads(sys.argv[2])
    if "warm" in inspect.signature(subject).parameters:
        subject(**arguments, warm=True)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = cpu(), time.perf_counter()
    extra = subject(**arguments) or {}
    wall = time.perf_counter() - start
    used = cpu() - before
    print(json.dumps({"wall": wall, "cpu": used, "peak_mb": status("VmHWM") - bare, "extra": extra}))


main()
