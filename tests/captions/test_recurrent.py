"""What the captions of the chapter on recurrent cells promise, over the whole range of their controls."""

import itertools
import json

import numpy as np
import pytest
from every_explorer import frame_of

from lib import recurrent
from lib.explorers.recurrent import BackwardStep, CellRace, GradientFlow, LSTMCell
from lib.explorers.recurrent.backward_step import GRADIENTS
from lib.explorers.recurrent.training import FOLDER as RECORDED

# --- gradient-flow ----------------------------------------------------------------------

GAINS, BIASES, LENGTHS = (0.2, 0.3, 0.6, 1.0, 1.4), (-4.0, -1.0, 0.0, 2.0, 3.0, 4.5, 6.0), (8, 48, 64)


@pytest.mark.parametrize("drive", [0.2, 0.5, 2.0])
@pytest.mark.parametrize("length", LENGTHS)
def test_the_rnn_stays_under_the_power_of_the_gain(length, drive):
    for gain in GAINS:
        frame = frame_of(GradientFlow, gain=gain, length=length, drive=drive)
        assert (frame["norm_rnn"] <= frame["bound"] * 1.001 ** np.arange(length)[::-1] * (1 + 1e-12)).all()


def test_the_carry_is_the_product_of_the_forget_gates():
    """Held against a slow loop over `lstm_step`, and against the whole gradient where no recurrent weight stands beside it."""
    state = GradientFlow(gain=1.1, forget=1.5, drive=2.0, length=20).value
    data, frame = GradientFlow.data(), GradientFlow.frame(**state)
    h = c = np.zeros(8)
    b = np.outer([0.0, 1.5, 0.0, 0.0], np.ones(8))
    weights = recurrent.LSTMWeights(1.1 * data["Q"], data["W_x"], b)
    steps = []
    for x in 2.0 * data["x"][:20]:
        steps.append(recurrent.lstm_step(np.array([x]), h, c, weights))
        h, c = steps[-1].h, steps[-1].c
    carry = data["v"] * steps[-1].o * (1 - np.tanh(steps[-1].c) ** 2)
    slow = [np.linalg.norm(carry)]
    for step in steps[:0:-1]:
        carry = carry * step.f
        slow.append(np.linalg.norm(carry))
    np.testing.assert_allclose(frame["carry"], slow[::-1], rtol=1e-12)

    x, dh = data["x"][:20, None, None], np.zeros((20, 1, 8))
    dh[-1] = data["v"]
    trace = recurrent.lstm_forward(x, [[0.0] * 8], [[0.0] * 8], recurrent.LSTMWeights(0 * data["Q"], data["W_x"], b))
    whole = recurrent.lstm_backward(trace, dh).c[:, 0]
    for t in range(20):
        np.testing.assert_allclose(whole[t], np.prod(trace.f[t + 1 :, 0], axis=0) * whole[-1], rtol=1e-12)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_bias_tilts_the_carry_and_the_gain_hardly_moves_it(length):
    left = {gain: [frame_of(GradientFlow, gain=gain, forget=bias, length=length)["arrives"][3] for bias in BIASES] for gain in GAINS}
    for values in left.values():
        assert (np.diff(values) > 0).all() and values[-1] < 1
    slopes = np.log(list(left.values())) / (length - 1)  # per step, (gains, biases)
    assert np.ptp(slopes, axis=0).max() < 0.06  # by the gain
    assert np.ptp(slopes, axis=1).min() > 3  # by the bias


@pytest.mark.parametrize("length", LENGTHS)
def test_at_a_small_gain_and_an_open_gate_the_lstm_stays_near_its_carry(length):
    for bias in (3.0, 4.0, 6.0):
        frame = frame_of(GradientFlow, gain=0.2, forget=bias, length=length)
        assert 0.5 < frame["arrives"][2] / frame["arrives"][3] < 2
    if length > 8:
        for gain in (0.6, 0.9, 1.4):
            frame = frame_of(GradientFlow, gain=gain, forget=2.0, length=length)
            assert frame["arrives"][2] > 50 * frame["arrives"][3]


def test_without_the_carry_the_gradient_is_not_the_one_that_is_measured():
    for gain, bias, length in itertools.product(GAINS, BIASES, LENGTHS):
        state = {"gain": gain, "forget": bias, "length": length}
        assert frame_of(GradientFlow, **state)["deviation"] < 1e-6
        assert frame_of(GradientFlow, **state, dropped=True)["deviation"] > 1e-6


# --- lstm-cell --------------------------------------------------------------------------

HEIGHTS = (-1.0, -0.7, -0.3, -0.1, 0.1, 0.4, 0.8, 1.0)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_cell_answers_within_a_fiftieth(cell):
    frame = frame_of(LSTMCell, cell=cell)
    off = np.abs(frame["said"] - frame["target"])
    assert off[9:33].max() < 0.02 and off[34:].max() < 0.02  # from the step after an impulse on
    assert off[[8, 33]].max() < 0.03


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_how_far_off_it_is_elsewhere(cell):
    errors = []
    for (first, second), (at, later) in itertools.product(itertools.product(HEIGHTS, HEIGHTS), [(0, 20), (8, 33), (30, 58)]):
        frame = frame_of(LSTMCell, cell=cell, height=first, second=second, at=at, later=later)
        errors.append(abs(frame["said_last"] - frame["target_last"]))
    assert np.quantile(errors, 0.75) < 0.02 and max(errors) < 0.1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gates_come_to_rest_and_not_at_1(cell):
    for height, second in itertools.product(HEIGHTS, HEIGHTS[::2]):
        frame = frame_of(LSTMCell, cell=cell, height=height, second=second)
        gates = frame["gates"].reshape(4, 5, 60)[:, :4]
        for start, end in ((8, 33), (33, 60)):
            assert np.abs(np.diff(gates[:, :, start + 10 : end], axis=2)).max() < 0.02
            assert np.ptp(frame["said"][start + 5 : end]) < 0.02
        assert np.abs(np.diff(gates[:, :, 32:35], axis=2)).max() > 0.2
        assert 0.3 < frame["kept"] < 0.7


@pytest.mark.parametrize("at", [0, 8, 30])
def test_what_another_forget_bias_does(at):
    def held(cell, by):
        """What is said of each height 24 steps after it came, before the second impulse."""
        state = {"cell": cell, "forget": by, "at": at, "later": 59}
        return np.array([frame_of(LSTMCell, **state, height=height)["said"][at + 24] for height in HEIGHTS])

    heights = np.array(HEIGHTS)
    assert np.abs(held("lstm", -1.0)).max() < 0.06
    assert (held("lstm", 1.0) / heights > 2).all()
    assert np.abs(held("gru", 1.0) - heights).max() < 0.02
    lost, above = held("gru", -2.0), heights > 0
    assert np.abs(lost - heights)[~above].max() < 0.03 and (lost[above] < heights[above] / 4).all()


# --- backward-step ----------------------------------------------------------------------

WITHOUT_CARRY = ("h", "W_y", "b_y", "W_o", "b_o")


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("forget, carried", [(-6.0, 1.0), (1.0, 1.0), (1.0, -2.0), (6.0, 0.05)])
def test_only_these_have_no_part_of_the_carry(gradient, forget, carried):
    for dc, dropped in itertools.product((0.02, 2.0), (False, True)):
        frame = frame_of(BackwardStep, gradient=gradient, dc=dc, dropped=dropped, forget=forget, carried=carried)
        wrong = dropped and gradient not in WITHOUT_CARRY
        assert frame["deviation"] > 1e-7 if wrong else frame["deviation"] < 1e-7
        assert np.any(frame["from_dc"]) == (gradient not in WITHOUT_CARRY and not dropped)
    assert frame_of(BackwardStep, gradient=gradient, dc=0.0, dropped=True)["deviation"] < 1e-7


# --- cell-race --------------------------------------------------------------------------


def test_parameters_stand_as_1_to_3_to_4_and_products_nearly():
    for d, k in itertools.product((1, 2, 64, 1024), (1, 8, 1024)):
        frame = frame_of(CellRace, d=d, k=k)
        rnn, gru, lstm = frame["parameters"]
        assert (gru, lstm) == (3 * rnn, 4 * rnn)
        ratios = frame["products"] / frame["products"][0]
        assert ratios == pytest.approx([1, 3 + 3 / (k + d), 4 + 3 / (k + d)])


def test_the_largest_cell_of_a_budget_is_the_largest():
    for d, k in itertools.product((1, 17, 1024), (1, 8, 1024)):
        frame = frame_of(CellRace, d=d, k=k)
        for name, cell in (("k_gru", "gru"), ("k_rnn", "rnn")):
            fits, budget = int(frame[name]), recurrent.cell_cost("lstm", d, k).parameters
            assert recurrent.cell_cost(cell, d, fits).parameters <= budget < recurrent.cell_cost(cell, d, fits + 1).parameters


def test_the_runners_have_the_sizes_that_the_caption_gives():
    record = json.loads((RECORDED / "recurrent_tasks.json").read_text("utf-8"))
    for d, (cell, k) in itertools.product((2, 6), record["sizes"].items()):
        assert 4400 <= recurrent.cell_cost(cell, d, k).parameters <= 5000
