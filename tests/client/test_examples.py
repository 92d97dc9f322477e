"""The examples in the docstrings run; those that need a server of one's own are marked so."""

import doctest
import importlib
import pkgutil

import pytest

import readroom.client

MODULES = sorted(module.name for module in pkgutil.iter_modules(readroom.client.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    module = importlib.import_module(f"readroom.client.{name}")
    assert doctest.testmod(module).failed == 0


def test_the_test_double_shows_itself_whole():
    module = importlib.import_module("readroom.client.testing")
    assert doctest.testmod(module).attempted >= 7
