"""One of a few options."""

from .control import Control


class Choice(Control):
    """One of a few named options, `{value: label}`."""

    def __init__(self, default: str, options: dict[str, str], *, label: str, resets: tuple[str, ...] = ()):
        super().__init__(default, label, resets)
        self.options = options

    def check(self, value):
        if not isinstance(value, str) or value not in self.options:
            self.refuse("one of " + ", ".join(map(repr, self.options)), value)
        return value

    def describe(self):
        return super().describe() | {"options": list(self.options.items())}
