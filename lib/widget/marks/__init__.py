"""The kinds of marks, a file each, and its half for the browser beside it under the same name."""

from .arrows import Arrows
from .band import Band
from .bars import Bars
from .heatmap import Heatmap
from .lines import Lines
from .points import Points
from .rows import Rows
from .rule import Rule
from .tree import Tree

__all__ = ["Arrows", "Band", "Bars", "Heatmap", "Lines", "Points", "Rows", "Rule", "Tree"]
