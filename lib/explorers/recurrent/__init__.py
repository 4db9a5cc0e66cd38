"""The explorers of the chapter on recurrent cells; `lib.recurrent` computes.

What was trained stands in `recorded/`, written by `experiments/recurrent_tasks.py`.
"""

from .backward_step import BackwardStep
from .cell_race import CellRace
from .gradient_flow import GradientFlow
from .lstm_cell import LSTMCell

__all__ = ["BackwardStep", "CellRace", "GradientFlow", "LSTMCell"]
