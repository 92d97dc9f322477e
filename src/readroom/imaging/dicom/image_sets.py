"""Which DICOM instances one viewport shows together.

Pure functions of facts about instances, with the standard library alone. Every instance belongs to the set that its own
facts name, whatever else is there: building from scratch and adding or removing in any order and any batches therefore
end in the same sets, with the same ids, order and attributes. What depends on the whole set (order, time points, the
current revision) is computed again each time and never patched.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from uuid import UUID, uuid5

from readroom.imaging.dicom.kinds import Kind
from readroom.imaging.geometry import Vector, cross, dot

NAMESPACE = UUID("5f0f4b6e-8d0c-5f0e-9a39-3c1c2d3b7a55")
SAME_PLACE = 0.005
"""Millimetres along the normal below which two slices stand at one place."""
SINGLE_IMAGE_MODALITIES = frozenset(("CR", "DX", "MG", "IO", "PX", "RG", "XC", "OP", "ES", "GM", "DG", "TG"))
REVISED_KINDS = frozenset((Kind.REPORT, Kind.SEGMENTATION, Kind.STRUCTURES))

InstanceKey = tuple[str, str]
"""SOP Instance UID, and what tells two different instances with one UID apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What the rules know of an instance; everything is read from the instance alone.

    Parameters
    ----------
    sop_instance, series, study : str
        UIDs.
    content : str
        Tells two different files with one SOP Instance UID apart (a hash of the file); "" where none clash.
    kind : Kind
        What it is for.
    frame_kind : str
        How its pixels are written; images of another kind do not stand together.
    orientation : tuple of 6 floats, optional
        Image Orientation (Patient).
    position : tuple of 3 floats, optional
        Image Position (Patient).
    spacing : tuple of 2 floats, optional
        Between rows and between columns, mm.
    number, acquisition, temporal : int, optional
        Instance Number, Acquisition Number, Temporal Position Identifier.
    moment : str
        Acquisition date and time, or trigger time; orders frames at one place.
    written : str
        Content date and time: tells which revision is newer.
    """

    sop_instance: str
    series: str
    study: str = ""
    content: str = ""
    kind: Kind = Kind.IMAGE
    modality: str = ""
    is_multi_frame: bool = False
    is_localizer: bool = False
    rows: int = 0
    columns: int = 0
    frame_kind: str = ""
    orientation: tuple[float, ...] | None = None
    position: Vector | None = None
    spacing: tuple[float, float] | None = None
    number: int | None = None
    acquisition: int | None = None
    temporal: int | None = None
    moment: str = ""
    written: str = ""
    image_type: tuple[str, ...] = ()
    body_part: str = ""

    @property
    def key(self) -> InstanceKey:
        return self.sop_instance, self.content


@dataclass(frozen=True, slots=True)
class Rule:
    """Instances that match the first of the rules and share a key stand together."""

    name: str
    matches: Callable[[InstanceFacts], bool]
    key: Callable[[InstanceFacts], tuple[str, ...]]


def _alone(facts: InstanceFacts) -> tuple[str, ...]:
    return (facts.sop_instance, facts.content)


def _stack_key(facts: InstanceFacts) -> tuple[str, ...]:
    return (
        f"{facts.rows}x{facts.columns}",
        facts.frame_kind,
        orientation_key(facts.orientation),
        "placed" if facts.position else "unplaced",
        ",".join(f"{value:.4g}" for value in facts.spacing or ()),
    )


def orientation_key(orientation: tuple[float, ...] | None) -> str:
    """Direction cosines in steps of 0.02. Common angles lie in the middle of a step, so that last digits never split.

    A key may only depend on the instance itself; comparing instances with each other would let an order of arrival in.
    """
    if orientation is None:
        return "unoriented"
    return ",".join(str(math.floor(cosine / 0.02 + 0.4837)) for cosine in orientation)


RULES: tuple[Rule, ...] = (
    Rule("revisions", lambda f: f.kind in REVISED_KINDS, lambda f: (f.kind.value,)),
    Rule("slide", lambda f: f.kind is Kind.SLIDE, lambda f: (*f.image_type[2:3],)),
    Rule("object", lambda f: f.kind is not Kind.IMAGE, _alone),
    Rule("multi-frame", lambda f: f.is_multi_frame, _alone),
    Rule("single", lambda f: f.modality in SINGLE_IMAGE_MODALITIES, _alone),
    Rule("localizer", lambda f: f.is_localizer, _stack_key),
    Rule("stack", lambda _: True, _stack_key),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSet:
    """Instances that are shown together.

    Parameters
    ----------
    id : str
        UUIDv5 of series, rule and key.
    instances : tuple of InstanceFacts
        In the order in which they are shown: time by time, slice by slice; of revisions the current one first.
    time_points : int
        Length of the time axis; 1 when there is none, or when the time points do not have the same slices.
    is_complete : bool
        False when there are time points, but they do not have the same slices.
    derived_from : str
        Id of the set of which this one is a view; "" for the sets of the rules themselves.
    """

    id: str
    study: str
    series: str
    kind: Kind
    rule: str
    key: tuple[str, ...]
    instances: tuple[InstanceFacts, ...]
    time_points: int = 1
    is_complete: bool = True
    derived_from: str = ""

    @property
    def current(self) -> InstanceFacts:
        """The instance that stands for the set: the newest revision, else the first shown."""
        return self.instances[0]


ImageSets = Mapping[str, ImageSet]
"""Sets by id."""


@dataclass(frozen=True, slots=True)
class View:
    """A selection of a set's instances, shown as a set of its own.

    Parameters
    ----------
    name : str
        What it is called; part of its id.
    where : mapping of str to tuple of str
        Names of `InstanceFacts` and the values allowed for them; part of its id.
    only : frozenset of str, optional
        SOP Instance UIDs to show (those with annotations, say); not part of the id, so that the view may grow.
    """

    name: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: frozenset[str] | None = None

    def shows(self, facts: InstanceFacts) -> bool:
        if self.only is not None and facts.sop_instance not in self.only:
            return False
        return all(not _values(facts, name).isdisjoint(allowed) for name, allowed in self.where.items())


def _values(facts: InstanceFacts, name: str) -> set[str]:
    value = getattr(facts, name)
    return set(map(str, value)) if isinstance(value, tuple) else {str(value)}


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of sets between two states."""

    added: tuple[ImageSet, ...] = ()
    updated: tuple[ImageSet, ...] = ()
    removed: tuple[ImageSet, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


def build(instances: Iterable[InstanceFacts]) -> ImageSets:
    """Sort instances into sets.

    >>> sets = build([InstanceFacts(sop_instance="1.2", series="1"), InstanceFacts(sop_instance="1.3", series="1")])
    >>> [len(image_set.instances) for image_set in sets.values()]
    [2]
    """
    return add({}, instances)


def add(sets: ImageSets, instances: Iterable[InstanceFacts]) -> ImageSets:
    """The sets after more instances came; those that are there already change nothing."""
    grown: dict[tuple[str, ...], dict[InstanceKey, InstanceFacts]] = defaultdict(dict)
    for facts in instances:
        members = grown[_place_of(facts)]
        known = members.get(facts.key)
        members[facts.key] = facts if known is None else min(known, facts, key=repr)
    after = dict(sets)
    for place, members in grown.items():
        identity = _identify(place)
        if identity in after:
            for facts in after[identity].instances:
                known = members.get(facts.key)
                members[facts.key] = facts if known is None else min(known, facts, key=repr)
        after[identity] = _arrange(identity, place, members.values())
    return dict(sorted(after.items()))


def remove(sets: ImageSets, sop_instances: Iterable[str]) -> ImageSets:
    """The sets after instances were withdrawn; UIDs that are not there change nothing."""
    gone = frozenset(sop_instances)
    after = {}
    for identity, image_set in sets.items():
        kept = [facts for facts in image_set.instances if facts.sop_instance not in gone]
        if len(kept) == len(image_set.instances):
            after[identity] = image_set
        elif kept:
            after[identity] = _arrange(identity, _place_of(kept[0]), kept)
    return after


def difference(before: ImageSets, after: ImageSets) -> Difference:
    """What to add, update and remove to come from one state to another."""
    return Difference(
        added=tuple(after[i] for i in after if i not in before),
        updated=tuple(after[i] for i in after if i in before and after[i] != before[i]),
        removed=tuple(before[i] for i in before if i not in after),
    )


def derive(base: ImageSet, view: View) -> ImageSet | None:
    """A view of a set as a set of its own; the base keeps all its instances. None when it would show nothing."""
    shown = [facts for facts in base.instances if view.shows(facts)]
    if not shown:
        return None
    described = json.dumps([view.name, {name: sorted(view.where[name]) for name in sorted(view.where)}])
    identity = str(uuid5(NAMESPACE, f"{base.id}|{described}"))
    made = _arrange(identity, (base.study, base.series, base.rule, *base.key), shown)
    return replace(made, derived_from=base.id)


def _place_of(facts: InstanceFacts) -> tuple[str, ...]:
    rule = next(rule for rule in RULES if rule.matches(facts))
    return (facts.study, facts.series, rule.name, *rule.key(facts))


def _identify(place: tuple[str, ...]) -> str:
    return str(uuid5(NAMESPACE, json.dumps(place)))


def _arrange(identity: str, place: tuple[str, ...], instances: Iterable[InstanceFacts]) -> ImageSet:
    study, series, rule, *key = place
    ordered = sorted(instances, key=_by_number)
    time_points, is_complete = 1, True
    if rule == "revisions":
        ordered.sort(key=lambda facts: (facts.written, facts.number or 0, facts.key), reverse=True)
    elif rule in ("stack", "localizer"):
        order, time_points, is_complete = order_slices(ordered)
        ordered = [ordered[i] for i in order]
    return ImageSet(
        id=identity,
        study=study,
        series=series,
        kind=ordered[0].kind,
        rule=rule,
        key=tuple(key),
        instances=tuple(ordered),
        time_points=time_points,
        is_complete=is_complete,
    )


def _by_number(facts: InstanceFacts) -> tuple[bool, int, InstanceKey]:
    return facts.number is None, facts.number or 0, facts.key


def order_slices(slices: list[InstanceFacts]) -> tuple[list[int], int, bool]:
    """Order of slices, number of time points, and whether these have the same slices.

    Slices ascend along row x column (PS3.3 C.7.6.2.1.1). Those at one place form time points when every place has
    equally many; they are told apart by temporal position, acquisition and moment, in this order.
    """
    places = rank_places([distance_along_normal(facts) for facts in slices])
    waiting: dict[int, list[int]] = defaultdict(list)
    for i, place in enumerate(places):
        waiting[place].append(i)
    if all(facts.position is None for facts in slices):
        return _order_by_time(slices)
    placed: list[tuple[int, int, int]] = []
    for place, members in waiting.items():
        members.sort(key=lambda i: _by_time(slices[i]))
        placed.extend((time, place, i) for time, i in enumerate(members))
    counts = [len(members) for members in waiting.values()]
    is_regular, is_repeated = len(set(counts)) == 1, median(counts) > 1
    placed.sort(key=None if is_repeated else _by_place)
    return [i for _, _, i in placed], counts[0] if is_regular else 1, is_regular or not is_repeated


def _by_place(placed: tuple[int, int, int]) -> tuple[int, int]:
    return placed[1], placed[0]


def _order_by_time(slices: list[InstanceFacts]) -> tuple[list[int], int, bool]:
    """Without positions the instance numbers decide, inside equally long temporal positions where there are any."""
    by_time: dict[int, list[int]] = defaultdict(list)
    for i, facts in enumerate(slices):
        by_time[facts.temporal or 0].append(i)
    is_regular = len(by_time) > 1 and len({len(members) for members in by_time.values()}) == 1
    if not is_regular:
        return list(range(len(slices))), 1, True
    return [i for time in sorted(by_time) for i in by_time[time]], len(by_time), True


def _by_time(facts: InstanceFacts) -> tuple[int, int, str, int, InstanceKey]:
    return facts.temporal or 0, facts.acquisition or 0, facts.moment, facts.number or 0, facts.key


def distance_along_normal(facts: InstanceFacts) -> float:
    """Where a slice stands along its normal, mm; 0 without a position."""
    if facts.position is None:
        return 0.0
    x, y, z, *column = facts.orientation or (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    return dot(cross((x, y, z), (column[0], column[1], column[2])), facts.position)


def rank_places(distances: list[float]) -> list[int]:
    """Number the places that distances stand for; those closer than `SAME_PLACE` to their neighbour share one."""
    places = [0] * len(distances)
    place, last = -1, -math.inf
    for i in sorted(range(len(distances)), key=distances.__getitem__):
        if distances[i] - last > SAME_PLACE:
            place += 1
        last = distances[i]
        places[i] = place
    return places
