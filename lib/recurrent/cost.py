"""What a cell costs: its parameters and the work of one step, by counting its formulas."""

from dataclasses import dataclass

from .. import arguments


@dataclass(frozen=True)
class CellCost:
    """What one step of one sequence costs: ``parameters`` (one bias a gate), ``products``
    (multiplications, those in W_h h and W_x x and those of entry and entry) and
    ``functions`` (evaluations of σ and tanh)."""

    parameters: int
    products: int
    functions: int


@arguments.named
def cell_cost(cell, d, k):
    """Return the size of a cell and the work of one of its steps.

    Parameters: RNN k(k + d) + k, GRU 3(k(k + d) + k), LSTM 4(k(k + d) + k). Here every
    gate has one bias; torch's and cuDNN's cells have two, of which only the GRU's
    candidate needs the second.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    d : int
        Input size, at least 1.
    k : int
        Hidden size, at least 1.

    Returns
    -------
    CellCost

    Raises
    ------
    ValueError
        If the cell is unknown, or a size is no integer of at least 1.

    Examples
    --------
    >>> cell_cost("lstm", d=2, k=3)
    CellCost(parameters=72, products=69, functions=15)
    >>> cell_cost("gru", d=2, k=3).parameters
    54
    """
    arguments.choice("cell", cell, tuple(_PER_UNIT))
    d, k = arguments.integer("d", d, least=1), arguments.integer("k", k, least=1)
    gates, products, functions = _PER_UNIT[cell]
    return CellCost(gates * (k * (k + d) + k), gates * k * (k + d) + products * k, functions * k)


# Gates; products of entry and entry; σ and tanh: f ∗ c, i ∗ g, o ∗ tanh c of an LSTM, r ∗ s,
# (1 − z) ∗ n, z ∗ h of a GRU.
_PER_UNIT = {"rnn": (1, 0, 1), "lstm": (4, 3, 5), "gru": (3, 3, 3)}
