"""Explorers in Python: controls that refuse, frames that views can draw, what pages and notebooks get.

Every explorer is found by itself (`every_explorer`), so a new one is held to all of this at once.
"""

import doctest
import io
import json
import re
from dataclasses import fields, is_dataclass
from string import Formatter

import ipywidgets as widgets
import numpy as np
import pytest
from every_explorer import EXPLORERS, corners, states
from hypothesis import given
from hypothesis import strategies as st

from lib import equivariance, rope
from lib.attention import causal_mask, multi_head_attention
from lib.explorers import bundle, palette, table
from lib.explorers.attention import LAWS, HeadSum, IdentityAttention, ScoreVariance, arrange, noise
from lib.explorers.controls import Choice, ControlError, Handle, Order, Slider, Switch, Text
from lib.explorers.equivariance import AttentionMatrix, PermutationLab
from lib.explorers.explorer import Explorer, plain
from lib.explorers.rope import RopeExtension, RopeRotation, RopeScore
from lib.explorers.view import Panel, Parts, Readout, Rows, Rule, View, pick

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
CONTROLS = [(explorer, name) for explorer in EXPLORERS for name in explorer.controls]
every_control = pytest.mark.parametrize("explorer, name", CONTROLS, ids=lambda item: getattr(item, "name", item))


def parts(item):
    """An item of a view and all that it holds."""
    yield item
    for field in fields(item) if is_dataclass(item) else ():
        value = getattr(item, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if is_dataclass(child):
                yield from parts(child)


def names_in(template):
    """The names that a template fills in: "{q[2]:.3f}" has "q[2]"."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def test_explorers_are_found():
    names = [explorer.name for explorer in EXPLORERS]
    assert {"rope-rotation", "rope-score", "rope-extension"} <= set(names)
    assert len(names) == len(set(names))


# --- controls ---------------------------------------------------------------------------


@every_control
def test_a_control_refuses_what_it_cannot_take_and_says_what_it_can(explorer, name):
    control, shown = explorer.controls[name], explorer()
    wrong = [None, [1], {"a": 1}, np.array([1.0, 2.0])]
    if isinstance(control, Slider):
        wrong += [control.low - control.step, control.high + control.step, float("nan"), float("inf"), -float("inf"), "3", True, 1j]
        wrong += [control.low + 0.5] * control.whole
        wrong = [value for value in wrong if not (control.own and isinstance(value, int) and value == 0)]
        expected = f"from {control.low:,} to {control.high:,}"
    elif isinstance(control, Choice):
        wrong += ["", "nonsense", 0, True]
        expected = ", ".join(map(repr, control.options))
    elif isinstance(control, Order):
        n = len(control.labels)
        straight = list(range(n))
        wrong += [[], straight[1:], [*straight, n], [*straight[1:], n], [0, *straight[:-1]], [float(i) for i in straight], set(straight)]
        wrong += [[*straight[:-1], True], "0,1,2", [straight], 0, control.labels, np.eye(n)]
        expected = f"each of 0 to {n - 1} once"
    elif isinstance(control, Text):
        wrong += [0, True, b"{}"]
        expected = f"a text of at most {control.most} characters"
    else:
        wrong += ["True", 1, 0.0]
        expected = "True or False"
    for value in wrong:
        for attempt in (lambda: setattr(shown, name, value), lambda: explorer(**{name: value})):
            with pytest.raises(ControlError, match=rf"^{name}: expected .*{re.escape(expected)}.*, got ") as error:
                attempt()
            assert isinstance(error.value, ValueError)
            assert str(error.value).endswith(repr(value))
    assert shown.value == explorer().value


@every_control
def test_a_control_takes_its_default_and_its_corners(explorer, name):
    for value in (explorer.controls[name].default_value, *corners(explorer.controls[name])):
        shown = explorer(**{name: value})
        assert shown.value[name] == getattr(shown, name) == value


def test_a_number_arrives_as_the_control_counts():
    shown = RopeRotation(m=np.int64(3), base=500, mixed=np.True_)
    assert [(type(value), value) for value in (shown.m, shown.base, shown.mixed)] == [(int, 3), (float, 500.0), (bool, True)]
    shown.m = 5.0  # as JSON from a browser may say
    assert (type(shown.m), shown.m) == (int, 5)


def test_an_order_arrives_as_a_list_of_its_own():
    given = np.array([5, 0, 4, 1, 3, 2])
    shown = PermutationLab(order=given)
    assert shown.order == [5, 0, 4, 1, 3, 2] and {type(place) for place in shown.order} == {int}
    shown.order = (0, 1, 2, 3, 4, 5)
    assert shown.order == [0, 1, 2, 3, 4, 5]
    PermutationLab().order.reverse()
    assert PermutationLab().order == PermutationLab.controls["order"].default_value == [3, 4, 5, 2, 0, 1]


def test_a_control_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(TypeError, match=r"^angle: expected one of the controls m, n, base, .* of RopeRotation$"):
        RopeRotation(angle=1)


@every
def test_controls_can_be_told_apart_and_read(explorer):
    controls = explorer.controls.values()
    labels = [control.label for control in controls]
    assert all(labels) and len(labels) == len(set(labels))
    for control in controls:
        description = json.loads(json.dumps(control.describe(), allow_nan=False))
        assert description["name"] == control.name and description["default"] == control.default_value
        if isinstance(control, Slider):
            assert control.low < control.high and control.step > 0
            assert not control.log or control.low > 0
            assert not control.own or (control.default_value == 0 and control.low > 0 and not control.log)
        assert set(control.clears) <= set(explorer.controls) - {control.name}


# --- as ipywidgets ----------------------------------------------------------------------


def test_controls_are_traits_to_observe_and_to_link():
    first, second, seen = RopeRotation(base=100.0), RopeScore(), []
    second.observe(lambda change: seen.append((change.name, change.new)), "base")
    link = widgets.link((first, "base"), (second, "base"))
    first.base = 500.0
    second.base = 700.0
    link.unlink()
    first.base = 900.0
    assert seen == [("base", 100.0), ("base", 500.0), ("base", 700.0)]


def test_interactive_output_follows_the_value():
    shown, states_seen = RopeRotation(), []
    widgets.interactive_output(lambda state: states_seen.append(state), {"state": shown})
    shown.m = 3
    assert states_seen == [RopeRotation().value, RopeRotation(m=3).value]


@every
def test_the_value_holds_every_control_and_goes_round(explorer):
    shown, fresh = explorer(), explorer()
    for state in states(explorer, 5):
        for name, value in state.items():
            setattr(shown, name, value)
        assert shown.value == state
        fresh.value = shown.value
        assert {name: getattr(fresh, name) for name in explorer.controls} == state


def test_the_value_takes_a_part_of_the_controls():
    shown = RopeRotation()
    shown.value = {"m": 3, "n": 2}
    assert shown.value == RopeRotation(m=3, n=2).value


@pytest.mark.parametrize("value, error", [({"n": 2, "m": 99}, ControlError), ({"n": 2, "angle": 1}, TypeError), ({"title": "x"}, TypeError)])
def test_a_wrong_value_is_refused_as_a_whole(value, error):
    shown = RopeRotation()
    with pytest.raises(error, match=r"expected .*, got |expected one of the controls"):
        shown.value = value
    assert shown.value == RopeRotation().value
    assert (shown.m, shown.n, shown.title) == (9, 4, RopeRotation.title)


def test_one_explorers_controls_are_not_anothers():
    first, second = RopeRotation(), RopeRotation()
    first.m = 3
    assert second.m == RopeRotation.controls["m"].default_value
    assert set(RopeScore.controls) == {"distance", "base", "d", "share"}


# --- frames -----------------------------------------------------------------------------


@every
def test_a_frame_is_the_same_each_time_and_leaves_the_controls_names_alone(explorer):
    for state in states(explorer, 3):
        first, second = explorer.frame(**state), explorer.frame(**state)
        assert not set(first) & set(explorer.controls)
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@every
def test_the_frame_has_every_name_that_the_view_and_the_texts_use(explorer):
    assert isinstance(explorer.view, View)
    everything = list(parts(explorer.view))
    assert any(isinstance(item, Panel) for item in everything)
    for state in states(explorer, 3):
        values = state | explorer.frame(**state)
        for item in everything:
            numbers = ("x", "y", "z", "tip", "limit", "low", "high", "value")
            numbers += ("sizes", "starts", "joins", "wrong", "opened", "parents", "sides", "groups", "at")
            for fields_of, kinds in ((numbers, "if"), (("names", "texts", "letters", "shapes"), "U")):
                for field in fields_of:
                    name = getattr(item, field, None)
                    if isinstance(name, str):
                        assert np.asarray(pick(values, name)).dtype.kind in kinds, (item, field)
            for label, _ in getattr(item, "keys", ()):
                for name in names_in(label):
                    pick(values, name)
            if isinstance(item, Rows) and item.at:
                assert np.asarray(pick(values, item.at)).dtype.kind == "i"
            for field in ("label", "note", "title"):
                for name in names_in(getattr(item, field, None) or ""):
                    pick(values, name)
        explorer.sentence.format(**values)
        assert set(names_in(explorer.code)) <= set(explorer.controls)
        for control in explorer.controls.values():
            if isinstance(control, Slider):
                assert control.words is None or isinstance(values[control.words], str)
                assert control.own is None or isinstance(values[control.own], (int, np.integer))


@every
def test_the_view_names_controls_and_colours_that_exist(explorer):
    controls = explorer.controls
    assert isinstance(controls[explorer.play], Slider)
    for item in parts(explorer.view):
        assert getattr(item, "color", "ink") in palette.LIGHT
        assert {color for _, color in getattr(item, "keys", ())} <= set(palette.LIGHT)
        for name in (*(getattr(item, "picks", None) or ()), getattr(item, "picks_from", None), getattr(item, "opens", None)):
            assert name is None or isinstance(controls[name], Slider)
        if getattr(item, "drag", None):
            assert isinstance(controls[item.drag], Handle)
    grips = [item.drag for item in parts(explorer.view) if getattr(item, "drag", None)]
    assert sorted(grips) == sorted(name for name, control in controls.items() if isinstance(control, Handle))


@every
def test_arrays_that_are_drawn_together_have_the_same_length(explorer):
    frame = explorer.frame(**explorer().value)
    for item in parts(explorer.view):
        if not isinstance(item, Rule) and isinstance(getattr(item, "x", None), str) and isinstance(getattr(item, "y", None), str):
            assert np.shape(pick(frame, item.x)) == np.shape(pick(frame, item.y)), item
        lists = {Rows: ("sizes", "names", "texts", "starts", "joins", "wrong"),
                 Parts: ("sizes", "names", "parents", "letters", "shapes", "sides", "groups")}.get(type(item), ())
        assert len({len(pick(frame, name)) for name in (getattr(item, field) for field in lists) if name}) <= 1, item


@every
def test_a_trees_parts_come_before_their_own_and_add_up(explorer):
    for item in parts(explorer.view):
        if isinstance(item, Parts):
            for state in states(explorer, 20):
                frame = explorer.frame(**state)
                parents, sizes = pick(frame, item.parents), pick(frame, item.sizes)
                assert parents[0] == -1 and (0 <= parents[1:]).all() and (parents[1:] < np.arange(1, len(parents))).all()
                sums = np.bincount(parents[1:], weights=sizes[1:], minlength=len(parents))
                inner = np.isin(np.arange(len(parents)), parents)
                np.testing.assert_array_equal(sums[inner], sizes[inner])
                sides = pick(frame, item.sides)
                assert (sides[~inner] > 0).all() and not sides[inner].any()
                assert 0 <= pick(frame, item.opened) < len(parents) <= explorer.controls[item.opens].high + 1


@every
def test_a_red_switch_breaks_what_must_vanish_and_nothing_else_does(explorer):
    invariants = [item for item in parts(explorer.view) if isinstance(item, Readout) and item.must_vanish is not None]
    breaks = [name for name, control in explorer.controls.items() if isinstance(control, Switch) and control.breaks]
    assert bool(invariants) == bool(breaks)
    for state in states(explorer, 20):
        if not any(state[name] for name in breaks):
            frame = explorer.frame(**state)
            assert all(abs(pick(frame, item.value)) <= item.must_vanish for item in invariants), state
    for name in breaks:
        frame = explorer.frame(**explorer(**{name: True}).value)
        assert any(abs(pick(frame, item.value)) > item.must_vanish for item in invariants)


@every
def test_the_python_lines_compute_what_the_frame_holds(explorer):
    for state in states(explorer, 8):
        shown, scope = explorer(**state), {}
        exec(shown.python(), scope)
        frame = explorer.frame(**state)
        shared = set(scope) & set(frame)
        assert shared, "the lines compute nothing that the picture shows"
        for name in shared:
            np.testing.assert_allclose(scope[name], frame[name], rtol=1e-9, atol=1e-12, err_msg=name)


# --- what each of them shows, in numbers known from elsewhere -----------------------------------


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 512), st.integers(1, 4), st.floats(-3.14, 3.14), st.floats(-3.14, 3.14))
def test_rope_rotation_scores_by_the_distance_alone(m, n, shift, pairs, query, key):
    state = RopeRotation().value | {"m": m, "n": n, "shift": shift, "pairs": pairs, "q1": query, "k1": key}
    frame = RopeRotation.frame(**state)
    angles = [state[f"q{i}"] - state[f"k{i}"] + (m - n) * state["base"] ** (-2 * (i - 1) / (2 * pairs)) for i in range(1, pairs + 1)]
    assert frame["score"] == pytest.approx(sum(np.cos(angles)), abs=1e-9)
    assert frame["score"] == frame["scores"][m, n] and frame["distance"] == m - n
    assert frame["deviation"] < 1e-9
    # The dashed diagonal passes through the cell (m, n) and stays on the map.
    assert (frame["diagonal_m"] - frame["diagonal_n"] == m - n).all()
    assert (min(frame["diagonal_m"][0], frame["diagonal_n"][0]), max(frame["diagonal_m"][1], frame["diagonal_n"][1])) == (shift, shift + 23)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_rope_score_adds_up_its_bands(share):
    frame = RopeScore.frame(distance=100, base=10_000.0, d=128, share=share)
    theta = rope.frequencies(int(128 * share))
    assert frame["band_size"].sum() == pytest.approx(1)
    assert frame["score"] == pytest.approx(frame["bands"].sum()) == pytest.approx((np.cos(100 * theta).sum() + 64 * (1 - share)) / 64)
    assert frame["curve"][frame["x"] == 100] == pytest.approx(frame["score"])
    assert (np.abs(frame["bands"]) <= frame["band_size"] + 1e-12).all()
    assert frame["rotated"] == 64 * share and frame["longest"] == pytest.approx(2 * np.pi / theta[-1])


@pytest.mark.parametrize("explorer", [RopeScore, RopeExtension])
def test_distances_are_whole_and_increase(explorer):
    x = explorer.frame(**explorer().value)["x"]
    assert x[0] == 1 and (np.diff(x) > 0).all() and (x == np.floor(x)).all()


def test_rope_extension_leaves_everything_alone_at_factor_1_and_none():
    for method in RopeExtension.controls["method"].options:
        frame = RopeExtension.frame(method=method, factor=1.0, original=4096, base=10_000.0)
        np.testing.assert_allclose(frame["after"], frame["before"])
        assert frame["unseen"] == 0 and frame["untouched"] == 64 and frame["attention_factor"] == 1
    frame = RopeExtension.frame(method="linear", factor=8.0, original=4096, base=10_000.0)
    np.testing.assert_allclose(frame["after"], 8 * frame["before"])
    assert frame["untouched"] == 0 and frame["length"] == 8 * 4096


BREAKS = ("sinusoidal", "rotary", "alibi", "t5", "causal", "forgotten")


@given(st.permutations(range(6)), st.floats(0, 4))
def test_permutation_lab_shows_the_layer_of_lib_and_that_it_is_equivariant(order, sharpness):
    data, state = PermutationLab.data(), PermutationLab().value | {"order": list(order), "sharpness": sharpness}
    frame = PermutationLab.frame(**state)
    heads = sharpness * data["W_q"], data["W_k"], data["W_v"], data["W_o"]
    Y, weights = multi_head_attention(data["X"], *heads)
    np.testing.assert_allclose(frame["outputs"][:6, :8], Y[order], atol=1e-12)
    np.testing.assert_allclose(frame["weights"], weights[0][np.ix_(order, order)], atol=1e-12)
    np.testing.assert_array_equal(frame["tokens"], data["X"][order])
    assert [frame["places"][word] for word in order] == list(range(6))
    np.testing.assert_allclose(frame["outputs"][7, :8], Y.mean(axis=0), atol=1e-12)
    assert frame["error"] < 1e-12 and np.abs(frame["outputs"][:6, 18:]).max() == frame["error"]
    assert frame["moved"] == sum(place != word for place, word in enumerate(order))


@pytest.mark.parametrize("name", BREAKS)
def test_permutation_lab_breaks_where_it_must_and_only_there(name):
    def error(**changed):
        return PermutationLab.frame(**PermutationLab().value | {name: True} | changed)["error"]

    assert error() > 0.1
    assert error(order=list(range(6))) == 0
    assert (error(order=[5, 4, 3, 2, 1, 0]) < 1e-12) == (name == "alibi")
    # The mean of a broken layer is broken; to forget P is right for a mean.
    assert (error(pooled=True) < 1e-12) == (name == "forgotten")


def test_permutation_lab_hides_the_rows_that_a_pooled_layer_does_not_return():
    outputs = PermutationLab.frame(**PermutationLab(pooled=True).value)["outputs"]
    assert np.isnan(outputs[:7]).all() and np.isfinite(outputs[7]).sum() == 24


def test_attention_matrix_by_hand():
    """Three tokens of width 2, one head, causal: 6 of 9 blocks are open."""
    frame = AttentionMatrix.frame(tokens=3, width=2, heads=1, head=4, causal=True, untransposed=False)
    assert [int(frame[name]) for name in ("side", "entries", "zero", "learned", "computed")] == [6, 36, 12, 8, 6]
    assert frame["free"] == 6 - 3 + 4  # weights, one a row fixed by the others, and the matrix
    assert frame["bars"].tolist() == [36, 24, 12, 7, 8]  # as two factors a matrix has more numbers than are free
    data = AttentionMatrix.data()
    heads = [data[name][:1, :2] for name in ("W_q", "W_k")] + [data[name][:1, :2, :2] for name in ("W_v", "W_o")]
    _, weights = multi_head_attention(data["X"][:3, :2], *heads, mask=causal_mask(3))
    tile = (heads[2][0] @ heads[3][0]).T
    for n in range(3):
        for m in range(3):
            block, shared = (frame[name][2 * n : 2 * n + 2, 2 * m : 2 * m + 2] for name in ("matrix", "tiles"))
            np.testing.assert_allclose(block, weights[0, n, m] * tile if m <= n else np.nan, atol=1e-15)
            np.testing.assert_allclose(shared, tile if m <= n else np.nan, atol=1e-15)


def test_attention_matrix_adds_up_its_heads():
    state = AttentionMatrix(tokens=5, width=3, heads=3).value
    frames = [AttentionMatrix.frame(**state | {"head": head}) for head in (1, 2, 3, 4)]
    total = sum(np.kron(frame["weights"], np.ones((3, 3))) * frame["tiles"] for frame in frames[:3])
    np.testing.assert_allclose(frames[0]["matrix"], total, atol=1e-14)
    assert frames[3]["head_shown"] == 3 and frames[0]["free"] == equivariance.matrix_counts(5, 3, 3, d_v=2).free


# --- on paper ---------------------------------------------------------------------------


@every
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_figure_draws_in_both_themes(explorer, dark):
    figure = explorer().figure(dark=dark)
    figure.savefig(out := io.BytesIO(), format="png")
    assert out.tell() > 10_000
    assert figure._suptitle.get_text() == explorer.title
    ground = (palette.DARK if dark else palette.LIGHT)["ground"]
    assert tuple(np.round(np.array(figure.get_facecolor()[:3]) * 255)) == tuple(bytes.fromhex(ground[1:]))


@every
def test_the_figure_draws_at_the_corners(explorer):
    for state in list(states(explorer, 0))[-2:]:
        explorer(**state).figure().savefig(io.BytesIO(), format="svg")


@every
def test_a_notebook_gets_the_widget_the_page_and_the_picture(explorer):
    shown = explorer()
    data, metadata = shown._repr_mimebundle_()
    assert {"text/html", "image/svg+xml", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    svg = data["image/svg+xml"]
    assert svg.startswith("<svg ") and 'role="img"' in svg
    assert shown.alt() in svg.replace("&lt;", "<").replace("&amp;", "&").replace("&#x27;", "'")
    for color in palette.LIGHT.values():
        assert f": {color}" not in svg and f'"{color}"' not in svg, "a colour that doesn't follow the theme"
    assert svg == explorer()._repr_mimebundle_()[0]["image/svg+xml"], "the same state, another picture"
    page = data["text/html"]
    assert page.startswith(f'<figure class="explorer" data-explorer="{explorer.name}">') and svg in page
    assert json.loads(baked(page)) == json.loads(json.dumps({"spec": shown.spec, "value": shown.value}))


def baked(page):
    return re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1]


def test_text_never_ends_or_opens_a_script_and_is_never_markup():
    class Hostile(RopeScore):
        title = "a </script><img src=x onerror=alert(1)> b"
        tries = "c </SCRIPT > <!-- <script> d"
        sees = "e </figcaption><b onclick=alert(1)>"
        sentence = 'f "><script>alert(1)</script> {distance}'

    page = Hostile()._repr_mimebundle_()[0]["text/html"]
    state = baked(page)
    assert "<" not in state
    spec = json.loads(state)["spec"]
    assert (spec["title"], spec["tries"], spec["sees"]) == (Hostile.title, Hostile.tries, Hostile.sees)
    outside = re.sub(r"<!--.*?-->", "", page.replace(state, ""), flags=re.S)  # matplotlib's own remarks
    assert not re.search(r"<img|<b on|<!--|<script>alert", outside, re.I)
    assert outside.lower().count("</script>") == 2


@every
def test_the_description_is_json_and_says_all(explorer):
    described = json.loads(json.dumps(explorer.describe(), allow_nan=False))
    assert [control["name"] for control in described["controls"]] == list(explorer.controls)
    for text in ("title", "tries", "sees", "sentence", "code"):
        assert described[text].strip(), text
    assert explorer.tries[0].islower() and explorer.tries.endswith("."), "the caption goes on after “Try”"


# --- answers to a notebook's browser ------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """asked(explorer, request) -> the reply."""

    def ask(shown, request):
        replies = []
        monkeypatch.setattr(shown, "send", replies.append)
        shown._answer(shown, request, [])
        [reply] = replies
        return json.loads(json.dumps(reply, allow_nan=False))

    return ask


@every
def test_the_kernel_answers_with_the_frame_as_json(explorer, asked):
    for number, state in enumerate(states(explorer, 2)):
        reply = asked(explorer(), {"id": number, "controls": state})
        frame = explorer.frame(**state)
        assert reply["id"] == number and set(reply["frame"]) == set(frame)
        for name, value in frame.items():
            kind = np.asarray(value).dtype.type if np.asarray(value).dtype.kind == "U" else float
            np.testing.assert_array_equal(np.array(reply["frame"][name], dtype=kind), value, err_msg=name)


def test_the_answer_is_about_the_controls_asked_for_and_takes_them_over(asked):
    shown, state, heard = RopeRotation(m=1), RopeRotation(m=20).value, []
    shown.observe(lambda change: heard.append(change.new), "m")
    assert asked(shown, {"id": 1, "controls": state})["frame"]["distance"] == 16
    assert (shown.m, shown.value, heard) == (20, state, [20])


def test_what_is_not_a_number_travels_as_none():
    assert plain(np.array([[1.0, np.nan], [np.inf, -2.0]])) == [[1.0, None], [None, -2.0]]
    assert plain(np.float64("nan")) is None
    assert (plain(np.int64(3)), plain(2.5), plain(np.array([True])), plain("a")) == (3, 2.5, [True], "a")
    mixed = {"is": [["if", "a", 1, True], np.array([1.0, np.nan]), None], "of": {"b": []}}
    assert plain(mixed) == {"is": [["if", "a", 1, True], [1.0, None], None], "of": {"b": []}}


def test_an_error_of_lib_is_answered_in_words(asked, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("a reader's own edit")

    monkeypatch.setattr(rope, "frequencies", broken)
    reply = asked(RopeScore(), {"id": 7, "controls": RopeScore().value})
    assert reply == {"id": 7, "error": "ZeroDivisionError: a reader's own edit"}


@pytest.mark.parametrize(
    "controls, words",
    [({"m": 99}, "ControlError: m: expected a whole number from 0 to 23, got 99"), (None, "KeyError"), ({"m": None}, "ControlError: m")],
)
def test_a_wrong_request_is_refused_in_words(asked, controls, words):
    controls = controls and RopeRotation(n=2).value | controls
    shown = RopeRotation()
    reply = asked(shown, {"id": 1} if controls is None else {"id": 1, "controls": controls})
    assert reply["error"].startswith(words) and "frame" not in reply
    assert shown.value == RopeRotation().value


def test_a_change_of_lib_is_in_the_next_answer(asked, monkeypatch):
    shown = RopeScore()
    before = asked(shown, {"id": 1, "controls": shown.value})["frame"]["longest"]
    original = rope.frequencies
    monkeypatch.setattr(rope, "frequencies", lambda *a, **k: original(*a, **k) / 2)
    assert asked(shown, {"id": 2, "controls": shown.value})["frame"]["longest"] == pytest.approx(2 * before)


def test_an_explorer_without_a_frame_says_so():
    with pytest.raises(NotImplementedError):
        Explorer.frame()


# --- the browser half, put together -------------------------------------------------------------


@pytest.fixture
def joined(tmp_path, monkeypatch):
    """joined(name=text, …) -> the bundle of these files instead of the book's."""

    def join(twin="", **files):
        (tmp_path / "twins").mkdir(exist_ok=True)
        (tmp_path / "twins/some.mjs").write_text(twin or "export const someTwins = {};\n")
        for name, text in files.items():
            (tmp_path / f"{name}.mjs").write_text(text)
        monkeypatch.setattr(bundle, "FOLDER", tmp_path)
        monkeypatch.setattr(bundle, "FILES", tuple(files))
        return bundle._joined.__wrapped__()

    return join


def test_the_bundle_has_no_imports_and_keeps_the_rest(joined):
    text = joined(a="export const one = 1;\n", b='import { one } from "./a.mjs";\nfunction two() { return one; }\n')
    assert "import" not in text and "export" not in text
    assert "const one = 1;" in text and "function two() { return one; }" in text and "...someTwins" in text


@pytest.mark.parametrize("word", ["const", "let", "class", "function", "export const"])
def test_the_bundle_refuses_two_things_of_one_name(joined, word):
    with pytest.raises(ValueError, match=r"^b.mjs: expected a name of its own, got size, which a.mjs has$"):
        joined(a="const size = 1;\n", b=f"{word} size = 2;\n")


@every
def test_every_explorer_has_a_twin_in_the_bundle(explorer):
    assert f'"{explorer.name}":' in bundle.page_script()


def test_the_style_sheet_holds_both_palettes():
    text = bundle.stylesheet()
    assert all(f"--x-{name}:{value};" in text for colors in (palette.LIGHT, palette.DARK) for name, value in colors.items())
    assert set(palette.LIGHT) == set(palette.DARK)


def contrast(first, second):
    def luminance(color):
        shares = np.array(list(bytes.fromhex(color[1:]))) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_coloured_text_can_be_read(colors):
    for name in ("ink", "muted", "accent", "wrong", "blue", "vermilion", "green", "purple"):
        assert contrast(colors[name], colors["ground"]) >= 4.5, name


# --- tables -----------------------------------------------------------------------------


def test_a_table_prints_as_its_example_says():
    result = doctest.testmod(table)
    assert result.attempted and not result.failed


# --- the chapter on attention ---------------------------------------------------------------------


@pytest.mark.parametrize("law", list(LAWS))
def test_score_variance_draws_from_the_law_it_names(law):
    """Mean 0, variance 1, the kurtosis of the theory, and no relation between streams or neighbours."""
    kurtosis, entries = LAWS[law]
    one, other = (entries(noise(200_000, stream), noise(200_000, stream + 1)) for stream in (1, 3))
    assert abs(one.mean()) < 4.5 / np.sqrt(len(one))
    assert (one**2).mean() == pytest.approx(1, abs=4.5 * np.sqrt(max(kurtosis - 1, 1e-9) / len(one)))
    assert (one**4).mean() == pytest.approx(kurtosis, rel=0.03)
    for left, right in ((one, other), (one[1:], one[:-1]), (one[1024:], one[:-1024])):
        assert abs((left * right).mean()) < 4.5 / np.sqrt(len(left))


def test_score_variance_stays_within_its_band():
    """256 scores at many widths: variance within four standard errors of the theory, undivided and divided."""
    state = ScoreVariance().value
    for d in (1, 7, 64, 500, 1024):
        for scaled in (False, True):
            frame = ScoreVariance.frame(**state | {"d": d, "scaled": scaled})
            assert frame["variance_theory"] == pytest.approx(1 if scaled else d)
            error = frame["variance_theory"] * np.sqrt((2 + 6 / d) / 256)
            assert abs(frame["variance"] - frame["variance_theory"]) < 4 * error
            assert frame["weights"].sum() == pytest.approx(1)
    assert ScoreVariance.frame(**state | {"scaled": False, "d": 1024})["largest_mean"] > 0.95


def test_identity_attention_is_the_closed_form_where_tokens_are_alike():
    state = IdentityAttention().value
    for n, d, correlation, norm in ((4, 8, 0.0, 2.0), (6, 6, 0.3, 1.5), (16, 16, 0.9, 4.0), (2, 2, 0.0, 0.2)):
        frame = IdentityAttention.frame(**state | {"n": n, "d": d, "correlation": correlation, "norm": norm})
        assert frame["own"] == pytest.approx(frame["exact"]) == pytest.approx(np.exp(norm**2) / (np.exp(norm**2) + (n - 1) * np.exp(correlation * norm**2)))
        assert np.interp(norm, frame["norms"], frame["curve"]) == pytest.approx(frame["distance"], rel=0.02)
    # Three tokens at 120° in the plane keep more than right angles would let them.
    three = IdentityAttention.frame(**state | {"n": 3, "d": 2})
    assert three["own"] == pytest.approx(np.exp(4) / (np.exp(4) + 2 * np.exp(-2))) == pytest.approx(three["exact"])
    assert three["own"] > np.exp(4) / (np.exp(4) + 2) and three["cosine"] == pytest.approx(-0.5)


@given(st.integers(2, 16), st.integers(1, 8), st.floats(0.2, 4), st.floats(0, 0.95), st.floats(-3.14, 3.14))
def test_identity_attention_has_tokens_of_one_norm(n, half, norm, correlation, turn):
    X = arrange(n, 2 * half, norm=norm, correlation=correlation, turn=turn)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), norm)


def test_head_sum_is_complete_with_its_last_head():
    state = HeadSum().value
    for heads in (1, 4, 8):
        for d_k in (1, 3, 12):
            frame = HeadSum.frame(**state | {"heads": heads, "d_k": d_k, "shown": heads})
            np.testing.assert_allclose(frame["partial"], frame["whole"], atol=1e-12)
            assert frame["rank"] == d_k and frame["left"] < 1e-12
            assert (frame["factored"], frame["merged"]) == (4 * heads * 12 * d_k, 2 * heads * 144)
