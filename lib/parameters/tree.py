"""A tree of named parts whose leaves are arrays of parameters, and whose totals are the sums of theirs."""

import math
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Part:
    """A module of named parts, or a single array of parameters.

    Attributes
    ----------
    name : str
    parts : tuple of Part
        What it consists of; empty for an array.
    times, active_times : int
        How many there are of it, and how many of those a token meets: they differ for
        experts alone.
    kind : {"", "matrix", "bias", "gain", "table"}
        Empty for a module. A table is looked up, a matrix multiplied.
    axes : tuple of str
        The axes of an array in letters, for its formula.
    shape : tuple of int
        The same in numbers.
    tied : bool
        The array is another one under a second name and counts 0.
    caches : tuple of Amount
        What it keeps of each sequence while it writes, in numbers.
    passes : int
        How often a token goes through it: ``active_times``, but more where layers share
        weights, and 0 for what works once a sequence.
    meets : tuple of Amount
        What a token meets there besides matrices, in multiply-adds: keys, values, a state.

    Examples
    --------
    >>> tree = count(from_hf({"model_type": "gpt2"}))
    >>> tree["layers"].times, tree["layers"].total
    (12, 85054464)
    >>> tree["layers"]["self-attention"]["W_Q"].shape
    (768, 768)
    """

    name: str
    parts: tuple = ()
    times: int = 1
    active_times: int = 1
    kind: str = ""
    axes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    tied: bool = False
    caches: tuple["Amount", ...] = ()
    passes: int = 1
    meets: tuple["Amount", ...] = ()

    @property
    def total(self):
        """Distinct parameters in all ``times`` of it."""
        return self.times * self._each("total")

    @property
    def active(self):
        """Those of them that one token meets; a table's every row counts as met."""
        return self.active_times * self._each("active")

    def _each(self, what):
        if self.kind:
            return 0 if self.tied else math.prod(self.shape)
        return sum(getattr(part, what) for part in self.parts)

    def __getitem__(self, name):
        """The part of this name."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def leaves(self):
        """Yield a ``Leaf`` for every array below, once for all ``times`` of it there."""
        if self.kind:
            yield Leaf((self.name,), self, 1, 1)
        for part in self.parts:
            for path, array, times, active_times in part.leaves():
                path = (part.name, *path) if part.parts else path
                yield Leaf(path, array, part.times * times, part.active_times * active_times)

    def caches_inside(self):
        """Yield how often each ``Amount`` that is kept is there, and it."""
        for cached in self.caches:
            yield self.times, cached
        for part in self.parts:
            for times, cached in part.caches_inside():
                yield self.times * times, cached

    def on_the_way(self):
        """Yield what a token meets inside: the names that lead to it, how often, and the matrix or the ``Amount``."""
        for met in (self,) if self.kind == "matrix" else self.meets:
            yield (self.name,), self.passes, met
        for part in self.parts:
            for path, passes, met in part.on_the_way():
                yield (self.name, *path), self.passes * passes, met

    def as_dict(self):
        """The tree as JSON has it, with the totals written out."""
        return {
            "name": self.name,
            "times": self.times,
            "active_times": self.active_times,
            "kind": self.kind,
            "axes": list(self.axes),
            "shape": list(self.shape),
            "tied": self.tied,
            "total": self.total,
            "active": self.active,
            "passes": self.passes,
            "caches": [cached._asdict() for cached in self.caches],
            "meets": [met._asdict() for met in self.meets],
            "parts": [part.as_dict() for part in self.parts],
        }


class Leaf(NamedTuple):
    """An array with the names that lead to it and how often it is there in all."""

    path: tuple[str, ...]
    array: Part
    times: int
    active_times: int


class Amount(NamedTuple):
    """What grows with the length: ``size`` numbers that are kept, or multiply-adds, ``length`` times.

    The length is "all" for every token so far, "source" for every token of the source, "once" for a
    state, or a number: that many tokens at most. Where groups of m tokens become one entry it is "every m",
    or "every m k" for k entries at most; "rest m" for the tokens of the group that isn't full yet; "past m" for
    what is there from the first full group on."""

    name: str
    letters: str
    size: int
    length: str | int

    def tokens(self, n_tokens, n_source_tokens):
        """How many times."""
        if not isinstance(self.length, str):
            return min(n_tokens, self.length)
        word, *numbers = self.length.split()
        groups, rest = divmod(n_tokens, int(numbers[0]) if numbers else 1)
        entries = min(groups, int(numbers[1])) if numbers[1:] else groups
        return {"all": n_tokens, "source": n_source_tokens, "once": 1, "every": entries, "rest": rest, "past": min(groups, 1)}[word]
