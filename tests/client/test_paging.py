import threading

import pytest

from readroom.client.paging import Listing, Page


def listing(count, reads, seen=lambda _: None):
    def read(offset, limit):
        reads.append((offset, limit))
        seen(offset)
        return lambda: Page(list(range(count))[offset : offset + limit], offset=offset, limit=limit, total_count=count)

    return Listing(read)


def test_next_reads_one_page_only():
    reads = []
    assert next(listing(5000, reads)) == 0
    assert reads == [(0, 100)]


def test_a_listing_is_iterated_as_often_as_one_likes_and_read_once():
    reads = []
    found = listing(1500, reads)
    assert list(found) == list(found) == list(range(1500))
    assert reads == [(0, 1000), (1000, 1000)]


def test_what_follows_a_glance_is_read_in_large_pages():
    reads = []
    found = listing(2500, reads)
    assert next(found) == 0
    assert len(list(found)) == 2499
    assert reads == [(0, 100), (100, 1000), (1100, 1000), (2100, 1000)]


def test_a_loop_reads_one_page_ahead_once_it_goes_beyond_its_first():
    reads = []
    is_ahead = threading.Event()
    found = listing(5000, reads, seen=lambda offset: is_ahead.set() if offset == 2000 else None)
    loop = iter(found)
    for _ in range(1000):
        next(loop)
    assert reads == [(0, 1000)]
    next(loop)
    assert is_ahead.wait(10)
    assert reads == [(0, 1000), (1000, 1000), (2000, 1000)]
    assert sum(1 for _ in loop) == 3999
    assert len(reads) == 5


def test_the_page_ahead_is_asked_for_before_the_one_at_hand_is_read():
    is_ahead = threading.Event()

    def read(offset, limit):
        if offset == 2000:
            is_ahead.set()

        def page():
            assert offset != 1000 or is_ahead.wait(10)
            return Page([offset] * limit, offset=offset, limit=limit, total_count=5000)

        return page

    assert len(list(Listing(read))) == 5000


def test_the_page_ahead_is_asked_for_while_the_one_at_hand_is_on_its_way():
    asked = {offset: threading.Event() for offset in range(0, 6000, 1000)}

    def read(offset, limit):
        asked[offset].set()
        assert not 1000 < offset < 4000 or asked[offset + 1000].wait(10)
        return lambda: Page([offset] * limit, offset=offset, limit=limit, total_count=5000)

    loop = iter(Listing(read))
    for _ in range(2001):
        next(loop)
    assert not asked[4000].is_set(), "more than one page ahead"
    assert sum(1 for _ in loop) == 2999
    assert not asked[5000].is_set(), "beyond the end"


def test_an_error_of_the_page_ahead_comes_when_the_page_is_used():
    def read(offset, limit):
        if offset == 2000:
            raise OSError("gone")
        return lambda: Page([offset] * 1000, offset=offset, limit=limit, total_count=5000)

    loop = iter(Listing(read))
    for _ in range(2000):
        next(loop)
    with pytest.raises(OSError, match="gone"):
        next(loop)


def test_a_loop_after_next_goes_on_and_the_loop_after_that_starts_over():
    found = listing(4, [])
    assert next(found) == 0
    assert list(found) == [1, 2, 3]
    assert list(found) == [0, 1, 2, 3]


def test_index_slice_and_length_read_what_they_need():
    reads = []
    found = listing(150, reads)
    assert found[3] == 3
    assert reads == [(0, 100)]
    assert len(found) == 150
    assert reads == [(0, 100)]
    assert found[-1] == 149
    assert found[148:] == [148, 149]
    assert found[::70] == [0, 70, 140]


def test_an_index_outside_says_how_many_there_are():
    with pytest.raises(IndexError, match="There are 2"):
        listing(2, [])[2]


def test_an_empty_list_is_false_and_ends_at_once():
    reads = []
    found = listing(0, reads)
    assert not found
    assert list(found) == []
    assert len(found) == 0
    assert reads == [(0, 100)]


def test_a_server_that_gives_less_than_asked_is_read_to_the_end():
    found = Listing(
        lambda offset, _: lambda: Page(list(range(10))[offset : offset + 3], offset=offset, limit=3, total_count=10)
    )
    assert list(found) == list(range(10))


@pytest.mark.parametrize("most", [30, 300])
def test_what_a_server_gives_at_once_is_learnt_and_nothing_is_read_twice_or_left_out(most):
    reads = []

    def read(offset, limit):
        reads.append(offset)
        size = min(limit, most)
        return lambda: Page(list(range(5000))[offset : offset + size], offset=offset, limit=size, total_count=5000)

    found = Listing(read)
    assert next(found) == 0
    assert list(found) == list(range(1, 5000))
    in_order = [*range(0, 5000, most)] if most < 100 else [0, *range(100, 5000, most)]
    guessed_wrong = set(reads) - set(in_order)
    assert sorted(set(reads) - guessed_wrong) == in_order
    assert len(reads) == len(in_order) + len(guessed_wrong)
    assert len(guessed_wrong) <= 1


def test_a_list_that_shrinks_while_it_is_read_ends():
    def read(offset, limit):
        return lambda: Page([1, 2] if offset == 0 else [], offset=offset, limit=limit, total_count=5)

    assert list(Listing(read)) == [1, 2]
