from __future__ import annotations

import re

import pytest
from django.urls import path
from django.urls.resolvers import RegexPattern, URLResolver

from readroom.server.api.urls import gathered, patterns, urlpatterns

SAMPLES = {
    "uuid": "0dda148c-7955-43f3-8686-5ff94ffbdef7",
    "uuidstr": "0dda148c-7955-43f3-8686-5ff94ffbdef7",
    "int": "5",
}


def address_of(route):
    """An address that a route fits."""
    return "/api/v1/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "a-b"), route)


@pytest.mark.parametrize("route", sorted({str(one.pattern) for one in patterns}))
def test_a_route_leads_where_it_led_before_it_was_gathered(route):
    one_by_one = URLResolver(RegexPattern("^/"), [path("api/v1/", (patterns, "ninja", "api"))])
    found, expected = (each.resolve(address_of(route)) for each in (served(), one_by_one))
    assert found.func is expected.func
    assert (found.kwargs, found.route, found.view_name) == (expected.kwargs, expected.route, expected.view_name)


def served():
    return URLResolver(RegexPattern("^/"), urlpatterns)


def test_routes_stand_below_the_longest_prefix_that_they_have():
    def view():
        """Never called."""

    found = gathered([path("a/b/c/", view), path("a/d/", view), path("e/", view)], ["a/", "a/b/"])
    assert [str(one.pattern) for one in found] == ["a/b/", "a/", "e/"]
    assert [str(one.pattern) for one in found[0].url_patterns] == ["c/"]
