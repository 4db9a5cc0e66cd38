"""What the explorer of trained models promises, and what it counts, against the texts' own definitions and the recorded tests."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from every_explorer import frame_of
from javascript import call_each

from lib import rope, transformer
from lib.explorers.length import TrainedAttention, training
from lib.explorers.length.samples import fixed, held_out, known, sample
from lib.explorers.length.trained_attention import D_K, MODELS, arranged, reaching
from lib.widget import ControlError

LENGTHS = (8, 9, 15, 39, 40, 41, 60, 64, 65, 129, 255, 256)


def frames(lengths, **state):
    return [frame_of(TrainedAttention, length=n, **state) for n in lengths]


def test_what_the_caption_says_of_copying():
    for frame in frames(range(8, 41), model="copying-rope"):
        assert frame["measured"] == 1 and frame["weight"] > 0.5
    for frame in frames(range(60, 257), model="copying-rope"):
        assert frame["measured"] < 0.5
    for frame in frames(range(8, 257, 3), model="copying-rope", stretch="yarn"):
        assert frame["measured"] > 0.8
    for frame in frames(range(8, 257, 3), model="copying-alibi"):
        assert frame["measured"] > 0.9


def test_the_scores_peak_at_other_keys_where_a_copy_is_wrong():
    """In each of the heads that copy within the trained length, over all lengths from 60 on and every symbol that is wrong."""
    model, tops = training.model("copying", "rope"), []
    for n in range(60, 257, 7):
        tokens, targets, sought, _ = sample("copying", n, "")
        trace = transformer.forward(model, tokens, transformer.Scheme("rope"))
        wrong = np.flatnonzero((targets >= 0) & (trace.logits.argmax(axis=1) != targets))
        tops += [trace.scores[1, head, wrong].argmax(axis=-1) == sought[wrong] for head in (0, 1, 3)]
    assert np.concatenate(tops).mean() < 0.05


def test_the_longest_texts_leave_room_for_the_picture():
    """On paper matplotlib warns where they don't, and a warning is an error here."""
    for state in (
        {"model": "characters-learned", "stretch": "yarn"},
        {"text": "ZZZ"},
        {"text": "beach"},
        {"model": "recall-t5", "text": "Ab Cd Ab"},
        {"model": "characters-windowed", "stretch": "dropped", "text": "beach"},
    ):
        TrainedAttention(length=256, **state).figure().canvas.draw()


# --- the texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", LENGTHS)
def test_what_is_asked_stands_where_it_says(n):
    for task, text in itertools.product(("copying", "recall", "characters"), ("", "Ab Cd Ab Cd", "Z9 ?", "beach")):
        tokens, targets, sought, _ = sample(task, n, text)
        assert len(tokens) == len(targets) == len(sought) == n
        needed = np.flatnonzero(sought >= 0)
        np.testing.assert_array_equal(tokens[sought[needed]], targets[needed])
        following = np.flatnonzero(targets[:-1] >= 0)  # the text goes on with what was asked for
        if text == "" or task != "recall":
            np.testing.assert_array_equal(tokens[following + 1], targets[following])
        if task == "copying":
            assert np.flatnonzero(tokens == 16).tolist() == [-(-n // 2)] and set(np.diff(needed - sought[needed])) <= {0}
            assert (targets >= 0).sum() == n // 2
        elif task == "recall":
            assert (tokens[needed] < 16).all() and (tokens[sought[needed] - 1] == tokens[needed]).all()
            for place, answer in zip(needed, sought[needed]):  # the last occurrence
                assert tokens[place] not in tokens[answer:place]
        else:
            assert np.flatnonzero(targets >= 0).tolist() == list(range(max(0, n - 32), n))


def test_the_fixed_texts_are_those_of_the_tests():
    """Twenty pairs of eight keys with a value each, wherever they fit; something is asked at every length; prose that no model was trained on."""
    for n in range(8, 257):
        tokens, targets, *_ = sample("recall", n, "")
        assert (tokens < 16).sum() == min(20, n // 2) and (targets >= 0).any()
        if n >= 40:
            assert len(set(tokens[tokens < 16])) == 8
    text = (training.FOLDER.parents[3] / "experiments/text.txt").read_text("utf-8")
    assert len(fixed()["prose"]) == 600 and text.index(fixed()["prose"]) > len(text) * 7 // 8
    assert set(text) == set(fixed()["alphabet"])


def test_the_recorded_share_is_that_of_fresh_texts():
    """What the whole test says at 25 symbols, computed again in NumPy over fresh texts."""
    rng, n, model = np.random.default_rng(0), 25, training.model("copying", "rope")
    right = []
    for _ in range(40):
        symbols = rng.integers(0, 16, n)
        whole = np.concatenate([symbols, [16], symbols])
        right.append(transformer.forward(model, whole[:-1], transformer.Scheme("rope")).logits[n:].argmax(axis=1) == symbols)
    recorded = frame_of(TrainedAttention, length=2 * n)["recorded"]
    assert np.mean(right) == pytest.approx(recorded, abs=0.05)


@pytest.mark.parametrize("text, character", [("an é here", "é"), ("#", "#"), ("a\tb", "\t"), ("\U0001f600", "\U0001f600")])
def test_a_character_that_is_not_known_is_named_and_so_are_those_that_are(text, character):
    with pytest.raises(ControlError, match=r"^text: expected a to z, A to Z, 0 to 9, .* alone, got “") as error:
        TrainedAttention(text=text)
    assert str(error.value).endswith(f"“{character}”")


def test_the_page_refuses_the_same_texts_in_the_same_words():
    for text in ("é", "a{b", "fine", "\n#"):
        try:
            known(text)
        except ValueError as error:
            with pytest.raises(Exception, match="text: expected") as other:
                call_each("explorers/length/trained_attention.mjs", "default.parse.text", [[text, TrainedAttention.data()]])
            assert str(other.value).split("\n")[0] == str(error)
        else:
            call_each("explorers/length/trained_attention.mjs", "default.parse.text", [[text, TrainedAttention.data()]])


# --- what is stretched ------------------------------------------------------------------------------------


def test_what_does_not_apply_says_so_and_changes_nothing():
    for model in MODELS:
        turns = model.endswith(("rope", "windowed"))
        plain = frame_of(TrainedAttention, model=model, length=100)
        for stretch in ("linear", "ntk", "yarn"):
            frame = frame_of(TrainedAttention, model=model, length=100, stretch=stretch)
            assert (
                ("Nothing turns" in frame["of_scheme"]) == (not turns) == bool(np.array_equal(frame["map"], plain["map"], equal_nan=True))
            )
        dropped = frame_of(TrainedAttention, model=model, length=100, stretch="dropped")
        assert ("no positions to drop" in dropped["of_scheme"]) == model.endswith("none") == (dropped["measured"] == plain["measured"])


def test_the_schemes_are_those_of_the_script():
    for n in (50, 160):
        factor = n / 40
        for stretch, scaling in {"linear": rope.linear(factor), "ntk": rope.ntk(factor), "yarn": rope.yarn(factor, 40)}.items():
            scheme, said, kind = arranged("copying", "rope", stretch, n)
            np.testing.assert_array_equal(scheme.frequencies, rope.frequencies(D_K, scaling=scaling))
            assert (scheme.attention_factor, scheme.log_n, said, kind) == (scaling.attention_factor, None, "", stretch)
        assert arranged("copying", "rope", "log_n", n)[0].log_n == 40
        dropped = transformer.forward(training.model("copying", "rope"), range(16), arranged("copying", "rope", "dropped", n)[0])
        none = transformer.forward(training.model("copying", "rope"), range(16), transformer.Scheme("none"))
        np.testing.assert_allclose(dropped.logits, none.logits, atol=1e-12)
    still = arranged("characters", "p-rope", "yarn", 200)[0].frequencies
    assert (still[:3] > 0).all() and (still[3:] == 0).all()


def test_a_table_goes_on_with_its_last_row():
    model = training.model("characters", "learned")
    longer = reaching(model, "learned", 70)
    np.testing.assert_array_equal(longer.table[:64], model.table)
    np.testing.assert_array_equal(longer.table[64:], np.repeat(model.table[-1:], 6, axis=0))
    assert reaching(model, "learned", 64) is model and reaching(model, "none", 100) is model


def test_the_querys_numbers_are_those_of_its_row():
    for model, layer, query in (("copying-rope", 2, 0), ("characters-windowed", 1, 50), ("recall-t5", 2, 30)):
        frame = frame_of(TrainedAttention, model=model, layer=layer, query=query, length=100)
        row = frame["row"]
        assert row == (query or 100)
        weights = frame["map"][row - 1, :row]
        assert np.nansum(weights) == pytest.approx(1) and np.isnan(frame["map"][row - 1, row:]).all()
        shares = [w for w in weights if w > 0]
        assert frame["entropy"] == pytest.approx(-sum(w * np.log(w) for w in shares))
        assert frame["uniform"] == pytest.approx(np.log(min(row, 16) if model.endswith("windowed") and layer == 1 else row))
        scores = frame["score"][::-1]
        powers = np.exp(scores - np.nanmax(scores))
        np.testing.assert_allclose(np.nan_to_num(powers / np.nansum(powers)), weights, atol=1e-12)
        if len(frame["needed"]):
            assert frame["weight"] == pytest.approx(weights[frame["needed"][0] - 1])
            assert frame["needed_score"][0] == pytest.approx(frame["score"][frame["needed_distance"][0]])


def test_the_chapters_text_was_held_out_and_the_pictures_is_its_end():
    tokens, alphabet = held_out(), fixed()["alphabet"]
    text = (Path(__file__).parents[2] / "experiments/text.txt").read_text("ascii")
    words = "".join(alphabet[token] for token in tokens)
    assert len(words) == 2400 and words in text[len(text) * 7 // 8 :] and words.endswith(fixed()["prose"])
