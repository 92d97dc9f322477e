"""The public surface cannot drift: `__all__` is sorted, and everything in it exists."""

import importlib

import pytest


@pytest.mark.parametrize("name", ["readroom", "readroom.client", "readroom.imaging", "readroom.stats"])
def test_every_exported_name_exists_and_the_list_is_sorted(name):
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert exported == sorted(exported)
    assert not [name for name in exported if not hasattr(module, name)]
