from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, resource
from readroom.server import memory
memory.keep_what_is_used_again()
assert gc.get_freeze_count() > 1000
for _ in range(20): bytes(1_000_000)[::4096]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(200): bytearray(b"x") * 1_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_memory_that_was_freed_is_used_again_without_asking_the_system():
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 5000, "a megabyte has 244 pages: 200 of them anew would be 48,800 faults"
