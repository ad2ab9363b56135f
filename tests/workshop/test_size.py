"""The house does not grow unseen: `make check` holds it against docs/size.toml."""

import size


def test_a_figure_that_does_not_fit_its_bound_is_named():
    now, bound = {"a": 100, "b": 100, "c": 99, "new": 1}, {"a": 99, "b": 102, "c": 99, "old": 1}
    assert [fault.split()[0] for fault in size.faults(now, bound)] == ["a", "new", "b", "old"]
    assert size.faults({"a": 100}, {"a": 101}) == []


def test_an_f_string_is_one_token_whatever_the_python():
    assert size.tokens_in("""x = f'{f"{y!r:>{z}}"} of {len(all_of)}' + f(y)\n""") == 8
