"""What an explorer is and how it is drawn: the names that an author needs."""

from .channels import Index
from .controls import Choice, ControlError, Handle, Order, Slider, Switch, Text
from .explorer import Explorer
from .marks import Arrows, Band, Bars, Heatmap, Lines, Points, Rows, Rule, Tree
from .view import Axis, Grid, Panel, Reach, Readout, Row, View

__all__ = [
    "Arrows", "Axis", "Band", "Bars", "Choice", "ControlError", "Explorer", "Grid", "Handle", "Heatmap", "Index", "Lines", "Order",
    "Panel", "Points", "Reach", "Readout", "Row", "Rows", "Rule", "Slider", "Switch", "Text", "Tree", "View",
]  # fmt: skip
