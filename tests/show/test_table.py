"""Tables of computed numbers."""

import doctest

from lib.show import table


def test_a_table_prints_as_its_example_says():
    result = doctest.testmod(table)
    assert result.attempted and not result.failed


def test_a_cells_text_is_no_markup_of_the_table():
    shown = table.Table(["a|b", "c"], [("x|y", 1)], ["", "d"])._repr_markdown_()
    assert all(line.replace(r"\|", "").count("|") == 3 for line in shown.splitlines())
