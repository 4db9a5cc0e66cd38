"""lib.rope against slow loops, closed forms and recorded values; lib.arguments beside it."""

import doctest
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib import arguments, rope

RECORD = json.loads(Path(__file__).with_name("fixtures").joinpath("rope.json").read_text())
PAIRINGS = ("interleaved", "halves")

widths = st.integers(1, 8).map(lambda pairs: 2 * pairs)
bases = st.floats(1.5, 1e6)
positions = st.floats(-3000, 3000)
factors = st.floats(1, 64)
lengths = st.integers(8, 100_000)
seeds = st.integers(0, 2**32 - 1)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def pair_indices(d, pairing):
    """Which two coordinates, from 0, form each pair: written out, pair by pair."""
    if pairing == "interleaved":
        return [(2 * i, 2 * i + 1) for i in range(d // 2)]
    return [(i, i + d // 2) for i in range(d // 2)]


def rotate_slowly(x, positions, theta, pairing):
    """One vector after the other, one pair after the other, as complex numbers."""
    turned = np.array(x, dtype=float)
    width = 2 * len(theta)
    for *leading, n in np.ndindex(*x.shape[:-1]):
        row = turned[(*leading, n)]
        for (a, b), angle in zip(pair_indices(width, pairing), theta):
            z = complex(row[a], row[b]) * complex(math.cos(positions[n] * angle), math.sin(positions[n] * angle))
            row[a], row[b] = z.real, z.imag
    return turned


def build(name, keywords):
    keywords = dict(keywords)
    return None if name is None else getattr(rope, name)(**keywords)


# --- frequencies ------------------------------------------------------------------------


def test_frequencies_are_powers_of_the_base():
    d, base = 10, 700.0
    expected = [base ** (-2 * (i - 1) / d) for i in range(1, d // 2 + 1)]
    theta = rope.frequencies(d, base=base)
    assert theta.shape == (5,) and theta.dtype == np.float64
    np.testing.assert_allclose(theta, expected, rtol=1e-14)


def test_one_pair_turns_by_one_radian_whatever_the_base():
    assert rope.frequencies(2, base=3.0).tolist() == [1.0]


@pytest.mark.parametrize("base", [1.0, 0.25])
def test_bases_up_to_one_are_defined(base):
    np.testing.assert_allclose(rope.frequencies(4, base=base), [1.0, base**-0.5])


def test_a_changed_base_is_never_answered_from_an_earlier_call():
    assert rope.frequencies(4, base=100.0)[1] != rope.frequencies(4, base=400.0)[1]


def test_numpy_integers_and_floats_are_accepted():
    theta = rope.frequencies(np.int32(6), base=np.float32(100.0))
    np.testing.assert_array_equal(theta, rope.frequencies(6, base=100))


def test_wavelengths_are_the_tokens_of_one_full_turn():
    theta = rope.frequencies(6)
    np.testing.assert_allclose(rope.wavelengths(theta) * theta, np.full(3, 2 * np.pi))


def test_worked_values_of_the_assignment():
    theta = rope.frequencies(4)
    np.testing.assert_allclose(theta, [1.0, 0.01], rtol=1e-14)
    np.testing.assert_array_equal(rope.rotation_matrix(0, 4), np.eye(4))
    for m, (a, b) in {1: (1.0, 0.01), 2: (2.0, 0.02)}.items():
        expected = [
            [math.cos(a), -math.sin(a), 0, 0],
            [math.sin(a), math.cos(a), 0, 0],
            [0, 0, math.cos(b), -math.sin(b)],
            [0, 0, math.sin(b), math.cos(b)],
        ]
        np.testing.assert_allclose(rope.rotation_matrix(m, 4), expected, atol=1e-15)


# --- rotation ---------------------------------------------------------------------------


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_rotate_against_a_loop_with_leading_axes(pairing):
    x, where = draw(2, 3, 5, 8), np.array([0.0, 1.0, 7.0, -2.5, 900.0])
    kept = x.copy()
    turned = rope.rotate(x, where, base=500.0, pairing=pairing)
    expected = rotate_slowly(x, where, 500.0 ** (-np.arange(4) / 4), pairing)
    np.testing.assert_allclose(turned, expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(x, kept)  # the input is left alone
    assert turned.dtype == np.float64 and not np.shares_memory(turned, x)


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_rotate_is_the_matrix_times_the_vector(pairing):
    x, where = draw(7, 6), np.linspace(-3, 40, 7)
    turned = rope.rotate(x, where, base=50.0, pairing=pairing)
    for row, position, result in zip(x, where, turned):
        matrix = rope.rotation_matrix(position, 6, base=50.0, pairing=pairing)
        np.testing.assert_allclose(matrix @ row, result, atol=1e-13)


def test_rotation_matrix_turns_each_pair_against_the_clock():
    matrix = rope.rotation_matrix(np.pi / 2, 6, base=1.0, pairing="halves")
    expected = np.zeros((6, 6))
    for i in range(3):
        expected[i + 3, i], expected[i, i + 3] = (1.0, -1.0)  # first axis to second, second to −first
    np.testing.assert_allclose(matrix, expected, atol=1e-15)


def test_pairings_differ_and_interleaved_is_the_default():
    x, where = draw(3, 8), np.arange(3.0)
    default = rope.rotate(x, where)
    np.testing.assert_array_equal(default, rope.rotate(x, where, pairing="interleaved"))
    assert np.abs(default - rope.rotate(x, where, pairing="halves")).max() > 0.1
    np.testing.assert_array_equal(rope.rotation_matrix(2, 8), rope.rotation_matrix(2, 8, pairing="interleaved"))


def test_given_frequencies_replace_the_base():
    x, where = draw(4, 6), np.arange(4.0)
    theta = np.array([0.3, -0.2, 0.0])
    turned = rope.rotate(x, where, base=77.0, frequencies=theta)
    np.testing.assert_allclose(turned, rotate_slowly(x, where, theta, "interleaved"), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("d", [6, 7, 11])
def test_partial_rotary_turns_the_first_coordinates_only(pairing, d):
    x, where, theta = draw(2, 5, d), np.arange(5.0), [0.9, 0.1, 0.03]
    turned = rope.rotate(x, where, pairing=pairing, frequencies=theta)
    np.testing.assert_allclose(turned[..., :6], rotate_slowly(x[..., :6], where, theta, pairing), atol=1e-14)
    np.testing.assert_array_equal(turned[..., 6:], x[..., 6:])


@pytest.mark.parametrize("shape, leading", [((2, 3), (2, 3)), ((1, 3), (2, 3)), ((3,), (2, 3)), ((4, 1, 1), (4, 2, 3))])
def test_positions_of_their_own_for_each_leading_axis(shape, leading):
    x, where = draw(2, 3, 5, 6), draw(*shape, 5, seed=1) * 100
    turned = rope.rotate(x, where, base=50.0)
    assert turned.shape == (*leading, 5, 6)
    every, positions = np.broadcast_to(x, turned.shape), np.broadcast_to(where, (*leading, 5))
    for place in np.ndindex(*leading):
        np.testing.assert_array_equal(turned[place], rope.rotate(every[place], positions[place], base=50.0))


def test_a_text_padded_on_the_left_has_the_scores_of_the_text_alone():
    q, k = draw(2, 1, 5, 8)
    alone = rope.rotate(q[0, 2:], np.arange(3)) @ rope.rotate(k[0, 2:], np.arange(3)).T
    padded = [rope.rotate(x, [[0, 0, 0, 1, 2]])[0] for x in (q, k)]
    np.testing.assert_allclose((padded[0] @ padded[1].T)[2:, 2:], alone, atol=1e-14)


def test_degenerate_sizes():
    assert rope.rotate(np.zeros((2, 0, 4)), np.zeros((2, 0))).shape == (2, 0, 4)
    assert rope.rotate(np.zeros((0, 4)), np.zeros(0)).shape == (0, 4)
    assert rope.rotate(np.zeros((3, 0, 5, 4)), np.arange(5)).shape == (3, 0, 5, 4)
    np.testing.assert_array_equal(rope.rotate([[1, 2, 3]], [9], frequencies=[]), [[1, 2, 3]])
    assert rope.rotation_matrix(1, 2).shape == (2, 2)
    assert rope.similarity([], [1.0]).shape == rope.decay_bound([], [1.0]).shape == (0,)


@given(widths, bases, positions, positions, positions, seeds)
def test_the_score_depends_on_the_distance_alone(d, base, m, n, shift, seed):
    q, k = draw(2, 1, d, seed=seed)
    for pairing in PAIRINGS:

        def score(m, n):
            options = {"base": base, "pairing": pairing}
            return (rope.rotate(q, [m], **options) @ rope.rotate(k, [n], **options).T).item()

        scale = np.linalg.norm(q) * np.linalg.norm(k)
        assert abs(score(m, n) - score(m + shift, n + shift)) < 1e-10 * scale
        assert abs(score(m, n) - (rope.rotate(q, [m - n], base=base, pairing=pairing) @ k.T).item()) < (1e-10 * scale)


@given(widths, bases, positions, seeds)
def test_the_norm_is_kept(d, base, m, seed):
    x = draw(3, d, seed=seed)
    for pairing in PAIRINGS:
        turned = rope.rotate(x, np.full(3, m), base=base, pairing=pairing)
        np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-13)


@given(widths, bases, positions, positions)
def test_rotations_compose_by_adding_positions(d, base, a, b):
    for pairing in PAIRINGS:
        first, second, both = (rope.rotation_matrix(m, d, base=base, pairing=pairing) for m in (a, b, a + b))
        np.testing.assert_allclose(first @ second, both, atol=1e-11)
        np.testing.assert_allclose(first.T @ first, np.eye(d), atol=1e-14)


@given(widths, bases, positions, seeds)
def test_rotation_is_a_complex_factor(d, base, m, seed):
    x = draw(1, d, seed=seed)
    turned = rope.rotate(x, [m], base=base)
    z = (x[0, ::2] + 1j * x[0, 1::2]) * np.exp(1j * m * rope.frequencies(d, base=base))
    np.testing.assert_allclose(turned[0, ::2] + 1j * turned[0, 1::2], z, rtol=1e-12, atol=1e-13)


@given(widths, bases, seeds)
def test_pairings_agree_up_to_the_permutation(d, base, seed):
    x, where = draw(2, 5, d, seed=seed), np.linspace(-9, 60, 5)
    p = rope.pairing_permutation(d)
    assert p.dtype.kind == "i" and sorted(p) == list(range(d))
    np.testing.assert_array_equal(
        rope.rotate(x, where, base=base, pairing="halves")[..., p], rope.rotate(x[..., p], where, base=base, pairing="interleaved")
    )


# --- against transformers ---------------------------------------------------------------


def test_the_record_says_which_versions_made_it():
    assert RECORD["versions"] == {"transformers": "5.24.0", "torch": "2.13.0"}


@pytest.mark.parametrize(
    "case",
    RECORD["frequencies"],
    ids=lambda case: (
        f"{case['scaling']}-{case['d']}-{case['base']:g}-{case['attention_factor']:.3g}" + "-unrounded" * ("truncate" in case["keywords"])
    ),
)
def test_frequencies_as_transformers_computes_them(case):
    scaling = build(case["scaling"], case["keywords"])
    theta = rope.frequencies(case["d"], base=case["base"], scaling=scaling)
    # They compute in float32; nine digits are recorded.
    np.testing.assert_allclose(theta, case["frequencies"], rtol=2e-6)
    attention_factor = 1.0 if scaling is None else scaling.attention_factor
    assert attention_factor == pytest.approx(case["attention_factor"], rel=1e-12)


@pytest.mark.parametrize("case", RECORD["rotations"], ids=lambda case: case["model"])
def test_rotation_as_transformers_computes_it(case):
    theta = rope.frequencies(case["turning"], base=case["base"])
    np.testing.assert_allclose(theta, case.get("frequencies", theta), rtol=2e-6)
    turned = rope.rotate(case["x"], case["positions"], pairing=case["pairing"], frequencies=theta)
    np.testing.assert_allclose(turned, case["turned"], rtol=1e-12, atol=1e-13)


def test_scores_get_the_square_of_the_attention_factor():
    case = RECORD["scores"]
    scaling = build(case["scaling"], case["keywords"])
    theta = rope.frequencies(case["d"], base=case["base"], scaling=scaling)
    q, k = (rope.rotate(case[name], case["positions"], pairing="halves", frequencies=theta) for name in "qk")
    np.testing.assert_allclose(scaling.attention_factor**2 * q @ k.T, case["scores"], atol=3e-5)
    assert scaling.attention_factor > 1.1


@pytest.mark.parametrize("case", RECORD["proportional"], ids=lambda case: f"{case['turned']}-of-{case['d']}")
def test_proportional_frequencies_and_rotation_as_gemma4_has_them(case):
    theta = rope.partial_frequencies(case["d"], case["turned"], convention="proportional", base=case["base"])
    if "frequencies" in case:
        np.testing.assert_allclose(theta, case["frequencies"], rtol=2e-6)
    else:
        turned = rope.rotate(case["x"], case["positions"], pairing="halves", frequencies=theta)
        np.testing.assert_allclose(turned, case["rotated"], rtol=1e-12, atol=1e-13)


def test_gemma4_is_proportional_in_its_global_layers_only():
    assert {kind: parameters["rope_type"] for kind, parameters in RECORD["gemma4"].items()} == {
        "full_attention": "proportional",
        "sliding_attention": "default",
    }


def test_a_row_of_positions_for_each_text_as_llama_turns_them():
    case = RECORD["padded"]
    where = np.array(case["positions"])[:, None]  # (B, 1, N) beside (B, H, N, d)
    turned = rope.rotate(case["x"], where, pairing="halves")
    np.testing.assert_allclose(turned, case["turned"], rtol=1e-12, atol=1e-13)


def test_transformers_puts_the_attention_factor_into_the_turned_part_alone():
    case = RECORD["partial_scores"]
    scaling = rope.yarn(**case["keywords"])
    theta = rope.frequencies(case["turned"], base=case["base"], scaling=scaling)
    q, k = (rope.rotate(case[name], case["positions"], pairing="halves", frequencies=theta) for name in "qk")
    turned = np.arange(q.shape[1]) < case["turned"]
    parts = [q[:, chosen] @ k[:, chosen].T for chosen in (turned, ~turned)]
    square = scaling.attention_factor**2
    np.testing.assert_allclose(square * parts[0] + parts[1], case["scores"], atol=3e-5)
    assert np.abs(square * sum(parts) - case["scores"]).max() > 1  # the paper's temperature


# --- partial rotation -------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(0, 8), bases)
def test_partial_conventions_against_their_formulas(pairs, still, base):
    d, turned = 2 * (pairs + still), 2 * pairs
    options = {"base": base}
    np.testing.assert_allclose(
        rope.partial_frequencies(d, turned, **options), [base ** (-2 * i / turned) for i in range(pairs)], rtol=1e-13
    )
    np.testing.assert_allclose(
        rope.partial_frequencies(d, turned, convention="proportional", **options),
        [base ** (-2 * i / d) for i in range(pairs)] + [0.0] * still,
        rtol=1e-13,
    )
    if not still:  # all of the head turns: the two are one
        for convention in ("partial", "proportional"):
            theta = rope.partial_frequencies(d, d, convention=convention, **options)
            np.testing.assert_array_equal(theta, rope.frequencies(d, **options))


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_the_conventions_turn_different_coordinates(pairing):
    x = draw(1, 16)
    moved = {}
    for convention in ("partial", "proportional"):
        theta = rope.partial_frequencies(16, 4, convention=convention)
        moved[convention] = np.flatnonzero(rope.rotate(x, [3], pairing=pairing, frequencies=theta) != x)
    assert moved["partial"].tolist() == [0, 1, 2, 3]
    assert moved["proportional"].tolist() == ([0, 1, 8, 9] if pairing == "halves" else [0, 1, 2, 3])


# --- scalings ---------------------------------------------------------------------------

SCALINGS = {
    "yarn over turns": lambda factor, length: rope.yarn(factor, length, ramp="turns"),
    "yarn unrounded": lambda factor, length: rope.yarn(factor, length, truncate=False),
    "linear": lambda factor, length: rope.linear(factor),
    "ntk": lambda factor, length: rope.ntk(factor),
    "yarn": rope.yarn,
    "llama3": rope.llama3,
}


@pytest.mark.parametrize("name", SCALINGS)
@given(d=widths, base=bases, length=lengths)
def test_factor_one_changes_nothing(name, d, base, length):
    assume(name != "ntk" or d > 2)
    scaling = SCALINGS[name](1, length)
    np.testing.assert_allclose(rope.frequencies(d, base=base, scaling=scaling), rope.frequencies(d, base=base), rtol=1e-15)
    assert scaling.attention_factor == 1.0


@pytest.mark.parametrize("name", SCALINGS)
@given(d=widths, base=bases, factor=factors, length=lengths)
def test_no_pair_is_sped_up_or_slowed_by_more_than_the_factor(name, d, base, factor, length):
    assume(name != "ntk" or d > 2)
    theta = rope.frequencies(d, base=base, scaling=SCALINGS[name](factor, length))
    slowed = rope.frequencies(d, base=base) / theta
    assert slowed.min() > 1 - 1e-12 and slowed.max() < factor * (1 + 1e-12)
    assert (np.diff(slowed) > -1e-12 * factor).all()  # slower pairs are slowed more


@given(widths, bases, factors)
def test_linear_divides_every_frequency(d, base, factor):
    slowed = rope.frequencies(d, base=base) / rope.frequencies(d, base=base, scaling=rope.linear(factor))
    np.testing.assert_allclose(slowed, np.full(d // 2, factor), rtol=1e-14)


@given(widths, bases, factors)
def test_ntk_is_a_larger_base(d, base, factor):
    assume(d > 2)
    theta = rope.frequencies(d, base=base, scaling=rope.ntk(factor))
    np.testing.assert_allclose(theta, rope.frequencies(d, base=base * factor ** (d / (d - 2))), rtol=1e-12)
    np.testing.assert_allclose(rope.frequencies(d, base=base)[[0, -1]] / theta[[0, -1]], [1, factor], rtol=1e-12)


@given(widths, bases, factors, lengths)
def test_llama3_pair_by_pair(d, base, factor, length):
    low, high = 1.5, 6.0
    theta = rope.frequencies(d, base=base)
    scaled = rope.frequencies(d, base=base, scaling=rope.llama3(factor, length, low, high))
    for before, after in zip(theta, scaled):
        turns = before * length / (2 * math.pi)
        if turns > high:
            assert after == before
        elif turns < low:
            assert after == pytest.approx(before / factor, rel=1e-14)
        else:
            kept = (turns - low) / (high - low)
            assert after == pytest.approx(kept * before + (1 - kept) * before / factor, rel=1e-12)


@given(widths, bases, factors, lengths)
def test_yarn_keeps_fast_pairs_and_interpolates_slow_ones(d, base, factor, length):
    fast, slow = 24.0, 3.0
    scaling = rope.yarn(factor, length, beta_fast=fast, beta_slow=slow)
    theta = rope.frequencies(d, base=base)
    scaled = rope.frequencies(d, base=base, scaling=scaling)
    turns = theta * length / (2 * np.pi)

    def beyond(index, turns_there):  # the pair at this index, also where there is none
        return base ** (-2 * index / d) * length / (2 * math.pi) > turns_there

    for i, (before, after) in enumerate(zip(theta, scaled)):
        # The ends are rounded to whole pairs, so certainty begins one pair further out.
        if beyond(i + 1, fast * (1 + 1e-9)):
            assert after == before
        elif turns[i] < slow and not beyond(i - 1, slow * (1 - 1e-9)) and (i > 0 or not beyond(-1, slow)):
            assert after == pytest.approx(before / factor, rel=1e-13)
        else:
            assert before / factor * (1 - 1e-12) <= after <= before


def test_yarn_ramp_index_by_index():
    # base = e**16 and d = 32 put pair i (from 0) at length·e**(−i)/2π turns.
    base, length = math.exp(16), 2 * math.pi * math.exp(9.5)
    scaling = rope.yarn(5, length, beta_fast=math.exp(6.25), beta_slow=math.exp(2.25))
    slowed = rope.frequencies(32, base=base) / rope.frequencies(32, base=base, scaling=scaling)
    # Ends at 9.5 − 6.25 = 3.25 → 3 and 9.5 − 2.25 = 7.25 → 8.
    for i in range(16):
        share = min(max((i - 3) / 5, 0), 1)
        assert 1 / slowed[i] == pytest.approx(share / 5 + 1 - share, rel=1e-12)


def test_yarn_unrounded_index_by_index():
    # As above; the ends stay at 3.25 and 7.25.
    base, length = math.exp(16), 2 * math.pi * math.exp(9.5)
    scaling = rope.yarn(5, length, beta_fast=math.exp(6.25), beta_slow=math.exp(2.25), truncate=False)
    slowed = rope.frequencies(32, base=base) / rope.frequencies(32, base=base, scaling=scaling)
    for i in range(16):
        share = min(max((i - 3.25) / 4, 0), 1)
        assert 1 / slowed[i] == pytest.approx(share / 5 + 1 - share, rel=1e-12)


def test_the_ends_of_gpt_oss():
    # vllm #28244 records 8.092779… and 17.398024… for d = 64, base 150,000, 4,096 tokens.
    def kept_or_divided(truncate):
        scaling = rope.yarn(32, 4096, truncate=truncate)
        return rope.frequencies(64, base=150_000) / rope.frequencies(64, base=150_000, scaling=scaling)

    unrounded = kept_or_divided(False)
    for i in range(32):
        share = min(max((i - 8.092779115512402) / (17.39802450158856 - 8.092779115512402), 0), 1)
        assert 1 / unrounded[i] == pytest.approx(share / 32 + 1 - share, rel=1e-12)
    assert np.abs(kept_or_divided(True) / unrounded - 1).max() > 0.1


@given(widths, bases, factors, lengths)
def test_the_papers_ramp_is_straight_in_turns(d, base, factor, length):
    scaling = rope.yarn(factor, length, beta_fast=24.0, beta_slow=3.0, ramp="turns")
    theta = rope.frequencies(d, base=base)
    for before, after in zip(theta, rope.frequencies(d, base=base, scaling=scaling)):
        gamma = min(max((before * length / (2 * math.pi) - 3) / 21, 0), 1)  # definition 2
        assert after == pytest.approx((1 - gamma) * before / factor + gamma * before, rel=1e-12)


@given(widths, bases, factors, lengths)
def test_llama3_is_the_papers_ramp_with_other_turns(d, base, factor, length):
    papers = rope.yarn(factor, length, beta_fast=4, beta_slow=1, ramp="turns")
    np.testing.assert_allclose(
        rope.frequencies(d, base=base, scaling=rope.llama3(factor, length)), rope.frequencies(d, base=base, scaling=papers), rtol=1e-15
    )
    np.testing.assert_array_equal(rope.llama3(8, 4096, 1, 32).apply(128), rope.yarn(8, 4096, ramp="turns").apply(128))


def test_where_paper_and_code_differ():
    paper, code = (rope.yarn(8, 4096, ramp=ramp).apply(128) for ramp in ("turns", "index"))
    differ = np.flatnonzero(np.abs(paper / code - 1) > 1e-9) + 1
    assert differ.tolist() == list(range(22, 47))
    slowed = [rope.frequencies(128)[[32, 36, 40]] / theta[[32, 36, 40]] for theta in (code, paper)]
    np.testing.assert_allclose(slowed, [[1.68, 2.17, 3.06], [3.56, 4.99, 6.45]], atol=5e-3)


@pytest.mark.parametrize("factor", [1.0, 16.0, 40.0])
def test_mscale_is_a_quotient(factor):
    def m(a):
        return 0.1 * a * math.log(factor) + 1

    for above, below in [(1.0, 1.0), (0.707, 0.5), (1.0, 0.25)]:
        made = rope.yarn(factor, 4096, mscale=above, mscale_all_dim=below)
        assert made.attention_factor == pytest.approx(m(above) / m(below), rel=1e-14)
        given = rope.yarn(factor, 4096, mscale=above, mscale_all_dim=below, attention_factor=1.5)
        assert given.attention_factor == 1.5
    for either in ({"mscale": 0.7}, {"mscale_all_dim": 0.7}, {"mscale": 1.0, "mscale_all_dim": 0.0}):
        assert rope.yarn(factor, 4096, **either).attention_factor == pytest.approx(m(1.0))


def test_yarn_where_the_ramp_misses_every_pair():
    theta = rope.frequencies(8)
    np.testing.assert_allclose(  # all pairs make less than beta_slow turns
        rope.frequencies(8, scaling=rope.yarn(4, 0.01)), theta / 4, rtol=1e-14
    )
    np.testing.assert_array_equal(  # all make more than beta_fast
        rope.frequencies(8, scaling=rope.yarn(4, 1e12)), theta
    )


@pytest.mark.parametrize("factor", [1.0, 4.0, 32.0])
def test_yarn_attention_factor(factor):
    assert rope.yarn(factor, 4096).attention_factor == pytest.approx(0.1 * math.log(factor) + 1)
    assert rope.yarn(factor, 4096, attention_factor=1.25).attention_factor == 1.25


def test_scalings_are_small_frozen_values():
    made = rope.yarn(4, 2048)
    assert made == rope.yarn(4.0, 2048.0, beta_fast=32, beta_slow=1) and made.factor == 4.0
    assert eval(repr(made), vars(rope)) == made
    other = rope.yarn(4, 2048, ramp="turns", truncate=np.False_, mscale=1, mscale_all_dim=0.5)
    assert eval(repr(other), vars(rope)) == other != made
    assert rope.llama3(8, 8192) == rope.llama3(8, 8192, 1, 4)
    assert rope.llama3(8, 8192).attention_factor == rope.linear(2).attention_factor == 1.0
    with pytest.raises(AttributeError):
        made.factor = 2.0
    np.testing.assert_array_equal(made.apply(8), rope.frequencies(8, scaling=made))


# --- scores -----------------------------------------------------------------------------


@given(widths, bases, st.lists(positions, min_size=1, max_size=7))
def test_similarity_is_the_score_of_an_even_unit_vector_with_itself(d, base, distances):
    v = np.full((1, d), d**-0.5)
    expected = [(rope.rotate(v, [delta], base=base) @ v.T).item() for delta in distances]
    result = rope.similarity(distances, rope.frequencies(d, base=base))
    np.testing.assert_allclose(result, expected, atol=1e-13)


def test_decay_bound_against_a_loop():
    distances, theta = [0.0, 1.0, 2.5, 40.0, 700.0], rope.frequencies(14)
    expected = []
    for delta in distances:
        partial, total = 0, 0.0
        for angle in theta:
            partial += complex(math.cos(delta * angle), math.sin(delta * angle))
            total += abs(partial)
        expected.append(total / len(theta))
    result = rope.decay_bound(distances, theta)
    np.testing.assert_allclose(result, expected, rtol=1e-13)
    assert result[0] == 4.0  # (r + 1)/2


@given(widths, bases, positions, seeds)
def test_decay_bound_bounds_the_score(d, base, delta, seed):
    q, k = draw(2, d, seed=seed)
    score = (rope.rotate([q], [delta], base=base) @ k).item()
    h = (q[::2] + 1j * q[1::2]) * np.conj(k[::2] + 1j * k[1::2])
    jumps = np.abs(np.diff(np.append(h, 0)))
    bound = jumps.max() * d / 2 * rope.decay_bound([delta], rope.frequencies(d, base=base)).item()
    assert abs(score) <= bound * (1 + 1e-12)


def test_the_papers_bound_excludes_nothing_for_equal_content():
    # h_i = 1 in 64 pairs: the trivial bound is 64, the score at distance 0.
    theta = rope.frequencies(128)
    least = min(64 * rope.decay_bound(part, theta).min() for part in np.array_split(np.arange(1, 200_001), 50))
    assert 75 < least < 76


def test_the_papers_bound_does_not_go_on_falling():
    theta = rope.frequencies(128)
    means = [64 * rope.decay_bound(np.arange(low, 10 * low, step), theta).mean() for low, step in ((100, 1), (1000, 3), (10_000, 29))]
    assert 420 < means[0] < 435 and all(295 < mean < 315 for mean in means[1:])
    assert 64 * rope.decay_bound([86_768], theta)[0] > 900 > 660 > 64 * rope.decay_bound([100], theta)[0]


def test_similarity_comes_back():
    assert rope.similarity([69_115], rope.frequencies(8))[0] > 0.999 > rope.similarity([1], rope.frequencies(8))[0]
    assert rope.similarity([710], [1.0])[0] > 0.999999


@given(st.floats(0.001, 3), st.floats(0.001, 3), st.floats(0.5, 200), st.floats(0.5, 400))
def test_unseen_share_against_counting(now, trained, original_length, length):
    n = 20_000
    distances = (np.arange(n) + 0.5) * length / n
    outside = (now * distances) % (2 * np.pi) >= trained * original_length
    share = rope.unseen_share([now], [trained], original_length, length)
    # Midpoints miscount by at most one at each edge; a turn has two.
    edges = 2 * (now * length / (2 * np.pi) + 1)
    assert abs(share.item() - outside.mean()) <= edges / n


def test_unseen_share_by_hand():
    # A quarter circle in training; now one and three quarters of a turn.
    share = rope.unseen_share([np.pi / 2], [np.pi / 2], 1, 7)
    np.testing.assert_allclose(share, [(3 + 2) / 7])


def test_unseen_share_of_pairs_that_saw_the_whole_circle_is_zero():
    theta = rope.frequencies(8)
    share = rope.unseen_share(theta, theta, 100, 1e6)
    assert share[:2].tolist() == [0.0, 0.0] and (share[2:] > 0.3).all()


@given(widths, bases, factors, lengths)
def test_interpolation_meets_no_new_angle_and_the_trained_length_neither(d, base, factor, length):
    theta = rope.frequencies(d, base=base)
    scaled = rope.frequencies(d, base=base, scaling=rope.linear(factor))
    assert not rope.unseen_share(scaled, theta, length, factor * length).any()
    assert not rope.unseen_share(theta, theta, length, length).any()


# --- refusals ---------------------------------------------------------------------------

X, WHERE = np.ones((2, 5, 4)), np.arange(5)
NAN = np.array([0.0, np.nan, 2.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rope.frequencies(7), "d: expected an even integer of at least 2, got 7"),
        (lambda: rope.frequencies(0), "d: expected an even integer of at least 2, got 0"),
        (lambda: rope.frequencies(-4), "d: expected an even integer of at least 2, got -4"),
        (lambda: rope.frequencies(4.0), "d: expected an even integer of at least 2, got 4.0"),
        (lambda: rope.frequencies(4.5), "d: expected an even integer of at least 2, got 4.5"),
        (lambda: rope.frequencies(True), "d: expected an even integer of at least 2, got True"),
        (lambda: rope.frequencies("4"), "d: expected an even integer of at least 2, got '4'"),
        (lambda: rope.frequencies(4, base=0), "base: expected a finite number above 0, got 0"),
        (lambda: rope.frequencies(4, base=-1.5), "base: expected a finite number above 0, got -1.5"),
        (lambda: rope.frequencies(4, base=np.nan), "base: expected a finite number above 0, got nan"),
        (lambda: rope.frequencies(4, base="10"), "base: expected a finite number above 0, got '10'"),
        (lambda: rope.frequencies(4, base=10**400), "base: expected a finite number above 0, got 1000"),
        (lambda: rope.frequencies(4, scaling="yarn"), "scaling: expected None or one of linear(…), ntk(…), yarn(…), llama3(…), got 'yarn'"),
        (
            lambda: rope.frequencies(4, scaling=rope.linear),
            "scaling: expected None or one of linear(…), ntk(…), yarn(…), llama3(…), got <class",
        ),
        (lambda: rope.frequencies(4, scaling=8.0), "scaling: expected None or one of linear(…), ntk(…), yarn(…), llama3(…), got 8.0"),
        (lambda: rope.frequencies(2, scaling=rope.ntk(2)), "d: expected at least 4 with ntk"),
        (lambda: rope.frequencies(4, base=1, scaling=rope.yarn(2, 64)), "base: expected a finite number above 1"),
        (lambda: rope.linear(2).apply(5), "d: expected an even integer of at least 2, got 5"),
        (lambda: rope.linear(2).apply(4, 0), "base: expected a finite number above 0, got 0"),
        (lambda: rope.linear(0.5), "factor: expected a finite number of at least 1, got 0.5"),
        (lambda: rope.ntk(-2), "factor: expected a finite number of at least 1, got -2"),
        (lambda: rope.yarn(0.99, 64), "factor: expected a finite number of at least 1, got 0.99"),
        (lambda: rope.llama3(np.inf, 64), "factor: expected a finite number of at least 1, got inf"),
        (lambda: rope.linear(True), "factor: expected a finite number of at least 1, got True"),
        (lambda: rope.linear(np.ones(3)), "factor: expected a finite number of at least 1, got a float64 array"),
        (lambda: rope.yarn(2, 0), "original_length: expected a finite number above 0, got 0"),
        (lambda: rope.yarn(2, 64, beta_slow=0), "beta_slow: expected a finite number above 0, got 0"),
        (lambda: rope.yarn(2, 64, beta_fast=1), "beta_fast: expected a finite number above 1, got 1"),
        (lambda: rope.yarn(2, 64, attention_factor=-1), "attention_factor: expected a finite number above 0, got -1"),
        (lambda: rope.llama3(2, -1), "original_length: expected a finite number above 0, got -1"),
        (lambda: rope.llama3(2, 64, 0), "low_frequency_factor: expected a finite number above 0, got 0"),
        (lambda: rope.llama3(2, 64, 4, 4), "high_frequency_factor: expected a finite number above 4, got 4"),
        (lambda: rope.rotation_matrix(np.nan, 4), "position: expected a finite number, got nan"),
        (lambda: rope.rotation_matrix("1", 4), "position: expected a finite number, got '1'"),
        (lambda: rope.rotation_matrix(1, 3), "d: expected an even integer of at least 2, got 3"),
        (lambda: rope.rotation_matrix(1, 4, base=0), "base: expected a finite number above 0, got 0"),
        (lambda: rope.rotation_matrix(1, 4, pairing="half"), "pairing: expected 'interleaved' or 'halves', got 'half'"),
        (lambda: rope.rotation_matrix(1e300, 4, base=1e-100), "position: expected angles that a float64 can hold"),
        (lambda: rope.rotate(np.ones((5, 3)), WHERE), "x: expected an even width d of at least 2, got d = 3 in shape (5, 3)"),
        (lambda: rope.rotate(np.ones((5, 0)), WHERE), "x: expected an even width d of at least 2, got d = 0"),
        (lambda: rope.rotate(np.ones(4), WHERE), "x: expected shape (..., N, d), got shape (4,)"),
        (lambda: rope.rotate([["a"]], [0]), "x: expected an array of real numbers, got [['a']]"),
        (lambda: rope.rotate(X > 0, WHERE), "x: expected an array of real numbers, got a bool array of shape (2, 5, 4)"),
        (lambda: rope.rotate(X * 1j, WHERE), "x: expected an array of real numbers, got a complex128 array"),
        (lambda: rope.rotate([[1, 2], [3]], [0, 1]), "x: expected an array of numbers, all rows equally long"),
        (lambda: rope.rotate([[1, np.nan]], [0]), "x: expected finite numbers, got nan at index (0, 1)"),
        (lambda: rope.rotate([[1, -np.inf]], [0]), "x: expected finite numbers, got -inf at index (0, 1)"),
        (
            lambda: rope.rotate(X, np.arange(6)),
            "positions: expected shape (5,), a position for each token of x with shape (2, 5, 4), got shape (6,)",
        ),
        (
            lambda: rope.rotate(X, np.ones((3, 5))),
            "positions: expected leading axes that broadcast with (2,), those of x with shape (2, 5, 4), got shape (3, 5)",
        ),
        (lambda: rope.rotate(X, np.ones((2, 6))), "positions: expected shape (5,), a position"),
        (lambda: rope.partial_frequencies(7, 4), "d: expected an even integer of at least 2, got 7"),
        (lambda: rope.partial_frequencies(8, 3), "turned: expected an even integer of at least 2, got 3"),
        (lambda: rope.partial_frequencies(8, 10), "turned: expected at most d = 8, got 10"),
        (lambda: rope.partial_frequencies(8, 4, convention="own"), "convention: expected 'partial' or 'proportional', got 'own'"),
        (lambda: rope.partial_frequencies(8, 4, base=0), "base: expected a finite number above 0, got 0"),
        (lambda: rope.yarn(2, 64, ramp="wavelength"), "ramp: expected 'index' or 'turns', got 'wavelength'"),
        (lambda: rope.yarn(2, 64, truncate=0), "truncate: expected True or False, got 0"),
        (lambda: rope.yarn(2, 64, mscale=-1), "mscale: expected a finite number of at least 0, got -1"),
        (lambda: rope.yarn(2, 64, mscale_all_dim="1"), "mscale_all_dim: expected a finite number of at least 0, got '1'"),
        (lambda: rope.rotate(X, 3), "positions: expected shape (5,)"),
        (lambda: rope.rotate(X[:, :3], NAN), "positions: expected finite numbers, got nan at index (1,)"),
        (lambda: rope.rotate(X, WHERE, base=0), "base: expected a finite number above 0, got 0"),
        (lambda: rope.rotate(X, WHERE, pairing="both"), "pairing: expected 'interleaved' or 'halves', got 'both'"),
        (lambda: rope.rotate(X, WHERE, pairing=None), "pairing: expected 'interleaved' or 'halves', got None"),
        (
            lambda: rope.rotate(X, WHERE, frequencies=np.ones(3)),
            "frequencies: expected shape (r,) with r at most 2, half the width of x with shape (2, 5, 4), got shape (3,)",
        ),
        (lambda: rope.rotate(X, WHERE, frequencies=np.ones((1, 2))), "frequencies: expected shape (r,), got shape (1, 2)"),
        (lambda: rope.rotate(X, WHERE, frequencies=[1, np.inf]), "frequencies: expected finite numbers, got inf"),
        (lambda: rope.pairing_permutation(5), "d: expected an even integer of at least 2, got 5"),
        (lambda: rope.wavelengths([1, 0]), "frequencies: expected numbers above 0, got 0.0"),
        (lambda: rope.similarity([1, np.nan], [1]), "distances: expected finite numbers, got nan at index (1,)"),
        (lambda: rope.similarity(1, [1]), "distances: expected shape (K,), got shape ()"),
        (lambda: rope.similarity([1], []), "frequencies: expected at least one frequency, got shape (0,)"),
        (lambda: rope.decay_bound([1], NAN), "frequencies: expected finite numbers, got nan at index (1,)"),
        (lambda: rope.unseen_share([1, 2], [1], 8, 9), "trained: expected shape (r,) with r = 2, got shape (1,)"),
        (lambda: rope.unseen_share([1], [-1], 8, 9), "trained: expected numbers above 0, got -1.0"),
        (lambda: rope.unseen_share([1], [1], 0, 9), "original_length: expected a finite number above 0, got 0"),
        (lambda: rope.unseen_share([1], [1], 8, np.inf), "length: expected a finite number above 0, got inf"),
    ],
)
def test_refusals_name_argument_expectation_and_what_came(call, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)) as refusal:
        call()
    assert len(str(refusal.value)) < 200


# --- lib.arguments ----------------------------------------------------------------------


def test_large_values_are_never_printed_whole():
    for value in (np.zeros((500, 500)), list(range(10**5)), "x" * 10**5, [np.zeros(900)] * 900):
        assert len(arguments.describe(value)) < 80
    with pytest.raises(ValueError) as refusal:
        arguments.array("x", np.full((300, 300), np.nan))
    assert str(refusal.value) == "x: expected finite numbers, got nan at index (0, 0)"


def test_integers_of_any_integer_type_and_nothing_else():
    assert [arguments.integer("n", value) for value in (3, np.int8(3), np.uint64(3))] == [3, 3, 3]
    assert type(arguments.integer("n", np.int8(3))) is int
    for value in (3.0, "3", None, True, np.True_, [3], np.array([3])):
        with pytest.raises(ValueError, match="^n: expected an integer, got "):
            arguments.integer("n", value)
    with pytest.raises(ValueError, match="^n: expected an integer of at least 4, got 3$"):
        arguments.integer("n", 3, least=4)
    assert arguments.even("n", 0, least=0) == 0


def test_numbers_come_back_as_floats():
    for value in (2, 2.0, np.float32(2), np.int64(2), np.array(2.0)):
        result = arguments.number("x", value)
        assert result == 2.0 and type(result) is float
    assert arguments.number("x", 1, least=1) == 1.0
    for value in (None, True, np.False_, "2", 2j, np.array([2.0]), -np.inf):
        with pytest.raises(ValueError, match="^x: expected a finite number, got "):
            arguments.number("x", value)


def test_axes_bind_and_hold():
    sizes = {}
    arguments.array("a", np.zeros((4, 3, 3)), "4 k k", sizes)
    arguments.array("b", np.zeros((7, 5, 3)), "... d k", sizes)
    assert sizes == {"k": 3, "d": 5}
    arguments.array("c", 1.0, "", sizes)
    for axes, shape in [("k", (4,)), ("4 k", (5, 3)), ("k d", (3, 4)), ("d", (5, 1)), ("... k d", (5,)), ("", (1,))]:
        with pytest.raises(ValueError, match=re.escape(f"got shape {shape}")):
            arguments.array("c", np.zeros(shape), axes, sizes)
    with pytest.raises(ValueError, match=r"^c: expected shape \(n, n\), got shape \(2, 3\)$"):
        arguments.array("c", np.zeros((2, 3)), "n n", sizes)
    assert sizes == {"k": 3, "d": 5}  # a refused array leaves no trace


def test_arrays_come_back_as_float64():
    for value in ([1, 2], np.array([1, 2], np.uint8), np.array([1, 2], np.float32)):
        result = arguments.array("x", value)
        assert result.dtype == np.float64 and result.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("module", [arguments, rope], ids=lambda module: module.__name__)
def test_docstring_examples(module):
    result = doctest.testmod(module)
    assert result.attempted > 5 and result.failed == 0
