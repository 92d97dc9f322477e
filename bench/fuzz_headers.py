"""Break real DICOM files in every way we can think of and read them: nothing but our own refusals may come out.

python -m bench.fuzz_headers --count 100000 FOLDER
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from readroom.imaging.dicom.reading import read_dicom
from readroom.imaging.dicom.reports import read_report
from readroom.imaging.errors import RefusedFile
from readroom.imaging.source import UploadedFile

LARGEST_SEED = 96 * 1024
ROOM_FOR_PIXELS = 1024 * 1024
"""Zeros behind many mutations, as a hole in the file, so that they are not all refused for missing pixels."""
NASTY = (0, 1, 2, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0x80000000, 0x10000)
MARKS = (
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"SQ\0\0\xff\xff\xff\xff",
    b"UN\0\0",
    b"\xe0\x7f\x10\x00",
)


def load_seeds(folder: Path) -> list[bytes]:
    """The heads of real files: what follows is pixels."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    heads = (path.read_bytes()[:LARGEST_SEED] for path in paths)
    return sorted({head for head in heads if head[128:132] == b"DICM" or head[1:2] == b"\0"})


def mutate(seed: bytes, chance: random.Random) -> bytes:
    """One to eight things go wrong in the first kilobytes, where headers are."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if not data:
            break
        place = chance.randrange(min(len(data), chance.choice((300, 2000, LARGEST_SEED))))
        match chance.randrange(8):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place : place + 4] = chance.choice(NASTY).to_bytes(4, "little")
            case 2:
                data[place : place + 2] = (chance.choice(NASTY) & 0xFFFF).to_bytes(2, "little")
            case 3:
                del data[place:]
            case 4:
                del data[place : place + chance.randrange(1, 64)]
            case 5:
                data[place:place] = data[place : place + chance.randrange(1, 512)]
            case 6:
                data[place : place + 4] = chance.choice(MARKS)
            case 7:
                data[place : place + 8] = chance.choice(MARKS) * chance.randrange(1, 200)
    return bytes(data)


@dataclass
class Result:
    count: int = 0
    slowest: float = 0.0
    slowest_number: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)


def attack(seeds: list[bytes], *, numbers: Iterable[int], scratch: Path) -> Result:
    """Read mutation after mutation; a number gives the same file each time."""
    result = Result()
    for number in numbers:
        chance = random.Random(number)
        broken = mutate(chance.choice(seeds), chance)
        scratch.write_bytes(broken)
        if chance.random() < 0.4:
            os.truncate(scratch, scratch.stat().st_size + ROOM_FOR_PIXELS)
        began = time.process_time()
        try:
            outcomes = read_dicom([UploadedFile(scratch, scratch.name, broken[:256])]).outcomes
            result.outcomes[outcomes[scratch].outcome] += 1
            read_report(scratch)
        except RefusedFile as refusal:
            result.outcomes[type(refusal).__name__] += 1
        except Exception:  # noqa: BLE001 - this is what we look for
            result.failures.append((number, traceback.format_exc()))
        result.slowest, result.slowest_number = max(
            (result.slowest, result.slowest_number), (time.process_time() - began, number)
        )
        result.count += 1
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/testdata"))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    seeds = load_seeds(options.folder)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        began = time.perf_counter()
        result = attack(seeds, numbers=range(options.first, options.first + options.count), scratch=Path(folder, "x"))
        seconds = time.perf_counter() - began
    print(
        f"{result.count:,} mutations of {len(seeds)} files in {seconds:.0f} s, slowest {result.slowest:.2f} s"
        f" (mutation {result.slowest_number})"
    )
    print(", ".join(f"{name} {count:,}" for name, count in result.outcomes.most_common()))
    for number, text in result.failures[:20]:
        print(f"--- mutation {number}\n{text}")
    print(f"{len(result.failures)} failures")
    return bool(result.failures)


if __name__ == "__main__":
    sys.exit(main())
