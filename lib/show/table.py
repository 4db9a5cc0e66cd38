"""A table of computed numbers, shown as Markdown by pages and notebooks alike."""

BAR = r"\|"  # a bar that doesn't end its cell


class Table:
    """Rows under a header; `formats` gives a format specification for each column ("" for text).

    >>> print(Table(["i", "θ"], [(1, 1.0), (2, 0.01)], ["d", ".2f"])._repr_markdown_())
    | i | θ |
    |--:|--:|
    | 1 | 1.00 |
    | 2 | 0.01 |
    """

    def __init__(self, header, rows, formats):
        self.header, self.rows, self.formats = header, list(rows), formats

    def _repr_markdown_(self):
        align = [":--" if spec == "" else "--:" for spec in self.formats]
        cells = [[format(value, spec) for value, spec in zip(row, self.formats)] for row in self.rows]
        lines = [f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in (self.header, *cells)]
        return "\n".join([lines[0], "|" + "|".join(align) + "|", *lines[1:]])
