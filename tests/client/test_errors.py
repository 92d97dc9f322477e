"""The tree that is drawn at the top of the errors is the tree there is."""

import inspect
import re

import httpx

from readroom import errors

LINE = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>\w+)", re.MULTILINE)


def drawn():
    """Class -> the classes under which it is drawn."""
    block = inspect.getdoc(errors).split("```")[1]
    path, found = [], {}
    for line in LINE.finditer(block):
        depth = len(line["indent"]) // 4
        path = [*path[:depth], line["name"]]
        found.setdefault(line["name"], set()).update(path[-2:-1])
    return found


def test_the_tree_names_every_error_under_its_parents():
    real = {
        name: {base.__name__ for base in getattr(errors, name).__mro__[1:] if base.__name__ in errors.__all__}
        for name in errors.__all__
        if name != "GCAPIError"
    }
    shown = drawn()
    assert shown.keys() == real.keys()
    for name, parents in shown.items():
        assert parents <= real[name], name
        assert not real[name] - parents - {above for parent in parents for above in real[parent]}, name


def test_errors_can_be_caught_as_earlier_scripts_catch_them():
    assert issubclass(errors.RequestRefused, httpx.HTTPStatusError)
    assert issubclass(errors.ConfigurationError, RuntimeError)
    assert issubclass(errors.ConnectionFailed, ConnectionError)
    assert issubclass(errors.SocketNotFound, errors.ObjectNotFound)


def test_the_class_docstring_is_the_default_message():
    assert str(errors.ChecksumMismatch()) == "What arrived is not what was sent; try again."
