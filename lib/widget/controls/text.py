"""A text to type or to paste."""

from collections.abc import Callable

from .control import Control, ControlError


class Text(Control):
    """A text that the reader types or pastes; "" means that it is not used.

    `parse(text)` raises a `ValueError` for what it can't take, and so does `parse[name](text, data)` of the
    explorer's twin, in the same words. `most` is the largest number of characters; `examples` are good texts,
    the first of which stands in the empty field. With `accepts`, the ends of files' names, a file may be chosen or
    dropped too: `files[name](file)` of the twin makes its text, where it lies; nothing is sent.
    """

    def __init__(
        self, *, label: str, parse: Callable[[str], object], most: int, examples: tuple[str, ...], resets: tuple[str, ...] = (), accepts=""
    ):
        super().__init__("", label, resets)
        self.parse, self.most, self.examples, self.accepts = parse, most, examples, accepts

    def check(self, value):
        expected = f"a text of at most {self.most} characters"
        if not isinstance(value, str):
            self.refuse(expected, value)
        if len(value) > self.most:
            raise ControlError(f"{self.name}: expected {expected}, got {len(value)}")
        if not value.strip():
            return ""
        try:
            self.parse(value)
        except ValueError as error:
            raise ControlError(str(error)) from None
        return value

    def describe(self):
        return super().describe() | {"most": self.most, "example": self.examples[0], "accepts": self.accepts}
