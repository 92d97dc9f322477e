"""Regular expressions compared with texts in a time that is known before.

Python's own matcher tries one way through a pattern after the other, and some patterns have more ways than it can ever
try. Here all ways are followed at once, character by character (Thompson, Communications of the ACM 11:419, 1968); what
would have to remember what it read before, as references to groups do, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import _compiler, _constants, _parser  # type: ignore[attr-defined] # the only way to see a pattern's structure
from typing import Any, Final

from readroom.server.domain.errors import Invalid

MOST_STEPS: Final = 4000
MOST_WORK: Final = 1_000_000
"""Steps times characters, about a second of work; a text that is longer for its pattern is refused."""
_CHARACTERS: Final = frozenset(("LITERAL", "NOT_LITERAL", "ANY", "IN"))
_REPEATS: Final = frozenset(("MAX_REPEAT", "MIN_REPEAT"))
_GLANCES: Final = frozenset(("AT", "ASSERT", "ASSERT_NOT"))


@dataclass(slots=True)
class Step:
    """What must stand at a place, of which width, and what comes after it; without a test all of `after` at once."""

    test: re.Pattern[str] | None = None
    width: int = 0
    after: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """All steps of a pattern; the first one is its end."""

    steps: Sequence[Step]
    start: int


END: Final = 0


class Builder:
    """Writes the steps of a pattern from its end to its start."""

    def __init__(self) -> None:
        self.steps = [Step()]
        self.tests: dict[tuple[int, int], re.Pattern[str]] = {}

    def add(self, step: Step) -> int:
        if len(self.steps) >= MOST_STEPS:
            raise Invalid("This pattern repeats too much; ask for less.")
        self.steps.append(step)
        return len(self.steps) - 1

    def sequence(self, nodes: Any, after: int, *, flags: int) -> int:  # noqa: ANN401 - the parser publishes no types
        for node in reversed(list(nodes)):
            after = self.node(node, after, flags=flags)
        return after

    def node(self, node: Any, after: int, *, flags: int) -> int:  # noqa: ANN401 - same
        name, content = str(node[0]), node[1]
        if name in _CHARACTERS:
            return self.add(Step(self.test(node, flags), 1, (after,)))
        if name in _GLANCES and not _repeats(node):
            return self.add(Step(self.test(node, flags), 0, (after,)))
        if name == "SUBPATTERN":
            _, added, removed, body = content
            return self.sequence(body, after, flags=(flags | added) & ~removed)
        if name == "BRANCH":
            return self.add(Step(after=[self.sequence(way, after, flags=flags) for way in content[1]]))
        if name in _REPEATS:
            least, most, body = content
            return self.repeat(body, after, least=least, most=most, flags=flags)
        raise Invalid("A pattern cannot refer to what it read before, nor look ahead without end.")

    def repeat(self, body: Any, after: int, *, least: int, most: int, flags: int) -> int:  # noqa: ANN401 - same
        if most is _constants.MAXREPEAT:
            start = self.add(Step())
            self.steps[start].after = (self.sequence(body, start, flags=flags), after)
        else:
            start = after
            for _ in range(most - least):
                start = self.add(Step(after=(self.sequence(body, start, flags=flags), after)))
        for _ in range(least):
            start = self.sequence(body, start, flags=flags)
        return start

    def test(self, node: Any, flags: int) -> re.Pattern[str]:  # noqa: ANN401 - same
        """The node alone as a pattern of Python's; copies of a repetition share it."""
        key = (id(node), flags)
        if key not in self.tests:
            state = _parser.State()
            state.flags = flags
            self.tests[key] = _compiler.compile(_parser.SubPattern(state, [node]), flags)
        return self.tests[key]


def _repeats(node: Any) -> bool:  # noqa: ANN401 - same
    """Whether anything in it is repeated, or refers to a group."""
    if isinstance(node, tuple) and node and str(node[0]) in {*_REPEATS, "GROUPREF", "GROUPREF_EXISTS"}:
        return True
    return isinstance(node, list | tuple | _parser.SubPattern) and any(_repeats(part) for part in node)


@lru_cache(maxsize=128)
def compile_pattern(pattern: str) -> Program:
    parsed, builder = _parser.parse(pattern), Builder()
    start = builder.sequence(parsed, END, flags=parsed.state.flags)
    return Program(builder.steps, start)


def is_match(pattern: str, text: str, *, is_anywhere: bool = False) -> bool:
    """Whether the pattern matches from the start of the text, or anywhere; end it with `$` to match all of it."""
    program = compile_pattern(pattern)
    if len(program.steps) * len(text) > MOST_WORK:
        raise Invalid("This text is too long to be compared with a pattern.")
    steps, here = program.steps, {program.start}
    for place in range(len(text) + 1):
        reached = _reached(steps, here, text, place)
        if END in reached:
            return True
        here = {after for step in reached if steps[step].width for after in steps[step].after}
        if is_anywhere:
            here.add(program.start)
        elif not here:
            return False
    return False


def _reached(steps: Sequence[Step], starts: Iterable[int], text: str, place: int) -> set[int]:
    """All steps that lead from these without a character, and those whose character stands here."""
    found: set[int] = set()
    seen, waiting = set(starts), list(starts)
    while waiting:
        number = waiting.pop()
        step = steps[number]
        if step.test is not None and step.test.match(text, place) is None:
            continue
        found.add(number)
        if not step.width:
            fresh = [after for after in step.after if after not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
    return found
