"""The kinds of controls, a file each, and its half for the browser beside it under the same name."""

from .choice import Choice
from .control import Control, ControlError
from .order import Order
from .slider import Handle, Slider
from .switch import Switch
from .text import Text

__all__ = ["Choice", "Control", "ControlError", "Handle", "Order", "Slider", "Switch", "Text"]
