"""The house does not grow unseen: docs/size.toml bounds it."""

from __future__ import annotations

import pytest
import size


@pytest.fixture(scope="module")
def now():
    return size.figures()


def test_no_figure_is_above_its_bound(now):
    bounds = size.bounds()
    assert now.keys() == bounds.keys()
    grown = {name: (figure, bounds[name]) for name, figure in now.items() if figure > bounds[name]}
    assert not grown, f"now and bound of what has grown (docs/size.toml says what to do): {grown}"


def test_no_bound_leaves_room_to_grow_unseen(now):
    loose = {name: (now[name], b) for name, b in size.bounds().items() if b > now[name] * 1.01}
    assert not loose, f"lower docs/size.toml, `make size ARGS=--write`: {loose}"


def test_an_f_string_is_one_token_whatever_the_python():
    assert size.tokens_in("""x = f'{f"{y!r:>{z}}"} of {len(all_of)}' + f(y)\n""") == 8
