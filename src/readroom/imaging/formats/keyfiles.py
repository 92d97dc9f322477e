"""Text files of groups and keys, as makers of slide scanners write them beside the pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from readroom.imaging.errors import CorruptFile, TooLarge
from readroom.imaging.formats.bounds import HEADER_BYTES, label
from readroom.imaging.source import UploadedFile

WHOLE = re.compile(r"-?[0-9]{1,9}")
DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{0,30})?([eE][-+]?[0-9]{1,2})?")
PLAIN = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What such a file says.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    groups : mapping
        Group, key, value; of two equal keys the later one counts.
    """

    name: str
    groups: Mapping[str, Mapping[str, str]]

    def text(self, group: str, key: str) -> str:
        try:
            return self.groups[group][key]
        except KeyError:
            raise CorruptFile(f"{self.name} does not tell {key}; export the slide again from the original.") from None

    def whole(self, group: str, key: str, *, least: int, most: int, otherwise: int | None = None) -> int:
        """A whole number within bounds; ``otherwise`` where the key is absent."""
        if otherwise is not None and key not in self.groups.get(group, {}):
            return otherwise
        text = self.text(group, key)
        value = int(text) if WHOLE.fullmatch(text) else None
        if value is None or not least <= value <= most:
            raise CorruptFile(f"{self.name}: {key} should be a number from {least} to {most}; export the slide again.")
        return value

    def decimal(self, group: str, key: str) -> float:
        text = self.text(group, key)
        if not DECIMAL.fullmatch(text):
            raise CorruptFile(f"{self.name}: {key} should be a number; export the slide again.")
        return float(text)

    def written(self, changed: Mapping[tuple[str, str], str | None]) -> bytes:
        """Write what was understood, and nothing else, with other values for some keys and without those of None."""
        lines = []
        for group, values in self.groups.items():
            lines.append(f"[{group}]")
            told = {key: changed.get((group, key), value) for key, value in values.items()}
            lines += [f"{key}={value}" for key, value in told.items() if value is not None]
        return "\n".join([*lines, ""]).encode()


def read_key_file(file: UploadedFile) -> KeyFile:
    """Read a small text file; lines that say nothing are left out."""
    with file.path.open("rb") as opened:
        content = opened.read(HEADER_BYTES + 1)
    if len(content) > HEADER_BYTES:
        raise TooLarge(f"{label(file)} is longer than a description of a slide; export the slide again.")
    groups: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for line in content.decode("utf-8-sig", "replace").splitlines():
        plain = PLAIN.sub("", line).strip()
        if plain.startswith("[") and plain.endswith("]") and not set("[]") & set(plain[1:-1]):
            values = groups.setdefault(plain[1:-1], {})
        elif "=" in plain and not plain.startswith("#") and groups:
            key, value = (part.strip() for part in plain.split("=", 1))
            if key and not set("[]") & set(key):
                values[key] = value
    return KeyFile(label(file), groups)
