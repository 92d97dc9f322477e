"""Nothing that the statistics need at run time is under the GPL."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

GPL = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public License)", re.IGNORECASE)


def needed(name, extras, found):
    """The distributions that one needs, with those that they need."""
    if name in found:
        return found
    found.add(name)
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        wanted = any(
            requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in (*extras, "")
        )
        if wanted:
            needed(requirement.name, tuple(requirement.extras), found)
    return found


def licence(name):
    """What a distribution says about its licence, in the short fields; the text itself may name others."""
    about = metadata.metadata(name)
    short = [line for line in (about.get("License") or "").splitlines()[:1] if len(line) < 80]
    classifiers = [line for line in about.get_all("Classifier") or () if line.startswith("License")]
    return " | ".join([about.get("License-Expression") or "", *short, *classifiers])


def test_no_library_of_the_statistics_is_under_the_gpl():
    names = needed("readroom", ("stats",), set())
    assert {"numpy", "scipy", "pandas", "altair"} <= names
    assert [f"{name}: {licence(name)}" for name in sorted(names) if GPL.search(licence(name))] == []


def test_the_pattern_knows_the_gpl_and_lets_the_lgpl_pass():
    assert GPL.search("GPL-3.0-only")
    assert GPL.search("License :: OSI Approved :: GNU General Public License v2 (GPLv2)")
    assert not GPL.search("LGPL-2.1")
    assert not GPL.search("GNU Lesser General Public License v3")
