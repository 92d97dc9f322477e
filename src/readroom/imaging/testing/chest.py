"""Anatomy of the chest phantom: what stands at (x, y) of a transverse plane at height z, in HU.

Everything is an analytic shape in millimetres (LPS, the middle of the chest at 0), so the phantom is the same at any
matrix size and slice spacing. Blood vessels of the lungs are trees of spheres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.geometry import Vector

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

AIR, LUNG, FAT, MUSCLE, BLOOD, HEART, LIVER, SPLEEN, DISC, MARROW, CARTILAGE = (
    -1000, -865, -98, 52, 165, 115, 108, 85, 85, 210, 120,
)  # fmt: skip
RIB_PERIOD = 27.0
VERTEBRA_PERIOD = 25.0
LUNG_TOP = 140.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodule:
    """A sphere of known place and size.

    Parameters
    ----------
    center : tuple of 3 floats
        Centre, LPS millimetres.
    radius : float
        Millimetres.
    value : float
        HU; about 40 is solid, about -600 ground glass.
    """

    center: Vector
    radius: float
    value: float = 40.0


@dataclass(frozen=True)
class Chest:
    """The anatomy over a grid of columns ``x`` (1, n) and rows ``y`` (m, 1), in millimetres."""

    x: Plane
    y: Plane

    def ellipse(self, center: tuple[float, float], axes: tuple[float, float]) -> Plane:
        """Squared distance from the centre in units of the axes: below 1 is inside."""
        across: Plane = ((self.x - np.float32(center[0])) / np.float32(axes[0])) ** 2
        down: Plane = ((self.y - np.float32(center[1])) / np.float32(axes[1])) ** 2
        return across + down

    def ellipsoid(self, z: float, center: Vector, axes: Vector) -> Mask:
        """Inside of an ellipsoid in the plane at ``z``."""
        depth = ((z - center[2]) / axes[2]) ** 2
        if depth >= 1:
            return np.zeros(np.broadcast_shapes(self.x.shape, self.y.shape), bool)
        mask: Mask = self.ellipse(center[:2], axes[:2]) < 1 - depth
        return mask

    @cached_property
    def outline(self) -> Plane:
        """Shape of the trunk; 1 at the skin."""
        return superellipse(self.x, self.y, axes=(168, 112), power=2.6)

    @cached_property
    def cage(self) -> Plane:
        """Shape of the rib cage; 1 in the middle of the ribs."""
        return superellipse(self.x, self.y, axes=(140, 93), power=2.3)

    @cached_property
    def rib_height(self) -> Plane:
        """How far the ribs have come down, from the spine round to the front."""
        sine: Plane = self.y / np.sqrt(self.x**2 + self.y**2 + np.float32(1e-3))
        return np.float32(32) * (1 - sine)

    def lungs(self, z: float) -> Mask:
        """Aerated lung without its vessels."""
        height = 1 - abs(z / LUNG_TOP) ** 4 if z > 0 else 1.0
        inside = self.cage < np.float32(0.84 * max(height, 0.0))
        inside &= self.ellipse((0, 30), (36, 84)) > 1
        inside &= ~self.ellipsoid(z, (30, -22, -72), (66, 56, 66))
        inside &= ~self.ellipsoid(z, (-62, 0, -195), (105, 100, 88))
        inside &= ~self.ellipsoid(z, (66, 12, -195), (88, 92, 74))
        return inside

    def plane(self, z: float) -> Plane:
        """HU of the plane at ``z``."""
        values = np.full(self.outline.shape, AIR, np.float32)
        values[self.outline < 1] = FAT
        values[self.outline < 0.78] = MUSCLE
        values[self.cage < 0.88] = FAT + 60
        values[self.cage < 0.84] = MUSCLE - 10
        self.paint_organs(values, z)
        lungs = self.lungs(z)
        gravity = np.broadcast_to(self.y * np.float32(0.35) + np.float32(LUNG), values.shape)
        values[lungs] = gravity[lungs]
        self.paint_airways(values, z)
        self.paint_bones(values, z)
        self.paint_table(values)
        return values

    def paint_organs(self, values: Plane, z: float) -> None:
        values[self.ellipsoid(z, (30, -22, -72), (62, 52, 62))] = HEART
        values[self.ellipsoid(z, (38, -18, -78), (36, 28, 40))] = BLOOD
        values[self.ellipsoid(z, (-62, 0, -195), (101, 96, 84))] = LIVER
        values[self.ellipsoid(z, (66, 12, -195), (84, 88, 70))] = SPLEEN
        if -40 < z < 62:
            values[self.ellipse((-16, -14), (15, 15)) < 1] = BLOOD
        if 58 < z < 80:
            values[self.ellipse((6, 14), (16, 42)) < 1] = BLOOD
        if z < 62:
            values[self.ellipse((25, 44), (12, 12)) < 1] = BLOOD

    def paint_airways(self, values: Plane, z: float) -> None:
        if z > 35:
            values[self.ellipse((0, 20), (9, 8)) < 1] = AIR
        elif z > -8:
            apart = 6 + (35 - z) * 0.75
            values[self.ellipse((-apart, 22), (6.5, 6)) < 1] = AIR
            values[self.ellipse((apart, 24), (6, 5.5)) < 1] = AIR

    def paint_bones(self, values: Plane, z: float) -> None:
        across = np.abs(self.cage - np.float32(1)) / np.float32(0.085)
        along = np.abs((self.rib_height + np.float32(z)) % np.float32(RIB_PERIOD) - np.float32(RIB_PERIOD / 2))
        ribs = (across < 1) & (along < np.float32(6))
        front = np.broadcast_to(self.y < -70, ribs.shape)
        values[ribs] = (MARROW + np.float32(480) * across**2)[ribs]
        values[ribs & front] = CARTILAGE
        body = self.ellipse((0, 62), (20, 16))
        is_disc = z % VERTEBRA_PERIOD < 5
        values[body < 1] = DISC if is_disc else 620
        if not is_disc:
            values[body < 0.8] = MARROW
        ring = self.ellipse((0, 88), (15, 12))
        values[ring < 1] = 480
        values[ring < 0.5] = 28
        if z % VERTEBRA_PERIOD > 12:
            values[self.ellipse((0, 102), (4, 11)) < 1] = 380
            values[self.ellipse((0, 84), (36, 5)) < 1] = 420
            values[ring < 0.5] = 28
        if -70 < z < 110:
            values[self.ellipse((0, -88), (18, 6)) < 1] = 240

    def paint_table(self, values: Plane) -> None:
        depth = self.y + (self.x / np.float32(34)) ** 2 - np.float32(128)
        values[(depth > 0) & (depth < 22)] = -945
        values[(np.abs(depth) < 1) | (np.abs(depth - 22) < 1)] = -350


def superellipse(x: Plane, y: Plane, *, axes: tuple[float, float], power: float) -> Plane:
    """Make a rounded rectangle's field: below 1 is inside."""
    across: Plane = np.abs(x / np.float32(axes[0])) ** np.float32(power)
    down: Plane = np.abs(y / np.float32(axes[1])) ** np.float32(power)
    return across + down


def grow_vessels(random: np.random.Generator) -> NDArray[np.float32]:
    """Both vascular trees of the lungs as spheres: rows of x, y, z, radius."""
    spheres: list[tuple[float, float, float, float]] = []
    for side in (-1.0, 1.0):
        for _ in range(11):
            heading = random.normal(0, 1, 3) * (0.6, 0.9, 1.3) + (side * 1.0, 0.0, 0.0)
            grow_branch(spheres, random, np.array([side * 40.0, 18.0, 5.0]), heading, radius=4.4, length=32.0)
    return np.array(spheres, np.float32)


def grow_branch(
    spheres: list[tuple[float, float, float, float]],
    random: np.random.Generator,
    start: NDArray[np.float64],
    heading: NDArray[np.float64],
    *,
    radius: float,
    length: float,
) -> None:
    """Add one vessel and its two branches, until they are too thin to see."""
    heading = heading / np.linalg.norm(heading)
    steps = max(int(length / max(radius * 0.6, 0.6)), 2)
    points = start + heading * np.linspace(0, length, steps)[:, None]
    spheres += [(float(p[0]), float(p[1]), float(p[2]), radius * (1 - 0.2 * i / steps)) for i, p in enumerate(points)]
    if radius < 0.7:
        return
    for _ in range(2):
        turned = heading + random.normal(0, 0.45, 3)
        grow_branch(spheres, random, points[-1], turned, radius=radius * 0.78, length=length * 0.84)


def place_nodules(count: int, random: np.random.Generator, *, reach: tuple[float, float]) -> tuple[Nodule, ...]:
    """Put nodules into the lungs, apart from each other and from every wall; ``reach`` is the range of z."""
    nodules: list[Nodule] = []
    around = np.array([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 16, endpoint=False)])
    for _ in range(5_000):
        if len(nodules) == count:
            return tuple(nodules)
        radius = round(float(random.uniform(2.5, 9.0)), 2)
        x, y = (round(float(random.uniform(-s, s)), 2) for s in (115, 80))
        z = round(float(random.uniform(*reach)), 2)
        rim = np.array([x, y]) + around * (radius + 4)
        heights = (max(z - radius - 4, reach[0]), z, min(z + radius + 4, reach[1]))
        fits = all(
            bool(
                np.all(np.diag(Chest(rim[None, :, 0].astype(np.float32), rim[:, 1, None].astype(np.float32)).lungs(h)))
            )
            for h in heights
        )
        is_apart = all(np.linalg.norm(np.subtract(n.center, (x, y, z))) > n.radius + radius + 6 for n in nodules)
        if fits and is_apart:
            value = -600.0 if random.random() < 0.2 else round(float(random.uniform(20, 70)), 1)
            nodules.append(Nodule(center=(x, y, z), radius=radius, value=value))
    message = f"{count} nodules do not fit into this chest"
    raise ValueError(message)
