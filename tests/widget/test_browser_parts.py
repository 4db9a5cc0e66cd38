"""Parts of the browser's half, called in deno: ticks, colours, sliders' stops, play, the kernel's newest-wins rule."""

from pathlib import Path

import numpy as np
import pytest
from every_explorer import EXPLORERS, states
from javascript import call, call_each
from scene import Scene

from lib.explorers.rope import RopeRotation, RopeScore
from lib.widget import palette
from lib.widget.ends import ends
from lib.widget.view import describe, panels

SCENARIOS = Path(__file__).with_name("scenarios.mjs")
TICKS, HEATMAP, SCALE = "widget/browser/ticks.mjs", "widget/marks/heatmap.mjs", "widget/browser/scale.mjs"


@pytest.mark.parametrize("ends, count, log, wanted", [
    ((0, 10), 5, False, [0, 2, 4, 6, 8, 10]),
    ((10, 0), 5, False, [0, 2, 4, 6, 8, 10]),
    ((-0.5, 7.5), 4, False, [0, 2, 4, 6]),
    ((0.4, 8.6), 3, False, [2, 4, 6, 8]),
    ((-1.1, 1.1), 4, False, [-1, -0.5, 0, 0.5, 1]),
    ((0, 1), 2, False, [0, 0.5, 1]),
    ((0, 98_816), 4, False, [0, 20_000, 40_000, 60_000, 80_000]),
    ((0.1, 0.3), 4, False, [0.1, 0.15, 0.2, 0.25, 0.3]),
    ((1, 1000), 6, True, [1, 10, 100, 1000]),
    ((1e-9, 1e3), 4, True, [1e-9, 1e-6, 1e-3, 1, 1000]),
    ((1e3, 2e-2), 9, True, [0.1, 1, 10, 100, 1000]),
    ((-0.5, 3.5), 8, "counted", [0, 1, 2, 3]),
    ((-0.5, 20.5), 5, "counted", [0, 5, 10, 15, 20]),
])  # fmt: skip
def test_ticks_by_hand(ends, count, log, wanted):
    assert call(TICKS, "ticks", *ends, count, {"counted": True} if log == "counted" else {"log": log}) == pytest.approx(wanted)


def test_ticks_are_some_and_not_many():
    rng = np.random.default_rng(0)
    cases = [
        (a, a + width, int(count)) for a, width, count in zip(rng.normal(size=200), 10 ** rng.uniform(-4, 6, 200), rng.integers(2, 12, 200))
    ]
    for (a, b, count), found in zip(cases, call_each(TICKS, "ticks", [[a, b, count] for a, b, count in cases])):
        assert count * 0.5 - 1 <= len(found) <= 2 * count + 1
        assert all(a - 1e-9 * (b - a) <= value <= b + 1e-9 * (b - a) for value in found)
        assert len(found) < 2 or np.ptp(np.diff(found)) < 1e-6 * (b - a)


@pytest.mark.parametrize("value, label", [
    (0, "0"), (-0.5, "−0.5"), (1000, "1k"), (20_000, "20k"), (1_500_000, "1.5M"), (2e9, "2G"), (0.001, "0.001"), (1e-4, "10⁻⁴"), (2e-5, "2·10⁻⁵"),
    (-3e-10, "−3·10⁻¹⁰"), (0.30000000000000004, "0.3"), (999, "999"),
])  # fmt: skip
def test_a_tick_says_its_number(value, label):
    assert call(TICKS, "tickLabel", value) == label


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_colour_ramps_run_between_the_palettes_colours(colors):
    def ramp(sequential):
        packed = np.array(list(call(HEATMAP, "colorRamp", colors, sequential).values()), dtype=np.uint32)
        return np.stack([packed & 255, (packed >> 8) & 255, (packed >> 16) & 255, packed >> 24], axis=1)

    def rgb(name):
        return [*bytes.fromhex(colors[name][1:]), 255]

    both, one = ramp(False), ramp(True)
    assert both[0].tolist() == rgb("negative") and both[255].tolist() == rgb("positive")
    assert np.abs(both[127].astype(int) - rgb("middle")).max() <= 1 >= np.abs(both[128].astype(int) - rgb("middle")).max()
    assert one[0].tolist() == rgb("middle") and one[255].tolist() == rgb("accent")
    halfway = np.round((np.array(rgb("middle")) + rgb("accent")) / 2)
    assert np.abs(one[127] - halfway).max() <= 1


def test_a_logarithmic_slider_stops_at_round_numbers_each_once():
    for explorer, name in ((RopeScore, "distance"), (RopeScore, "base"), (RopeRotation, "base")):
        control = explorer.controls[name]
        found = call(SCENARIOS, "stops", control.describe())
        values = [value for value, _ in found]
        assert (values[0], values[-1]) == (control.low, control.high) and values == sorted(set(values))
        assert all(off == 0 for _, off in found), "a value that stands elsewhere than where it came from"
        assert all(float(f"{value:.3g}") == pytest.approx(value) for value in values[1:-1])
        ratios = np.array(values[1:]) / values[:-1]
        even = (control.high / control.low) ** (1 / 400)
        assert ratios[np.array(values[1:]) > 1000 * (1 if control.whole else control.low)].max() < even * 1.01
        assert not control.whole or values[:4] == [1, 2, 3, 4]


def test_a_linear_slider_stops_at_its_steps():
    found = call(SCENARIOS, "stops", RopeScore.controls["d"].describe())
    assert [value for value, _ in found] == list(range(8, 257, 8))


@pytest.mark.parametrize("control, given, taken", [
    ("size", 99, 10.0), ("size", -99, 0.1), ("size", "2.5", 2.5), ("size", "x", None), ("size", None, None),
    ("start", 3.4, 3), ("start", 99, 9),
    ("many", 0, 0), ("many", 1, 2), ("many", 5.1, 5), ("many", 99, 8),
    ("sign", "minus", "minus"), ("sign", "Minus", None), ("sign", 0, None),
    ("order", [2, 0, 1], [2, 0, 1]), ("order", "2,0,1", [2, 0, 1]), ("order", [2, 0], None), ("order", [2, 0, 0], None), ("order", 1, None),
    ("broken", "true", True), ("broken", "1", True), ("broken", True, True),
    ("broken", "false", False), ("broken", "0", False), ("broken", False, False), ("broken", "on", None), ("broken", 1, None),
])  # fmt: skip
def test_what_a_control_takes(control, given, taken):
    """What a link or a script brings is clamped, or left alone where it makes no sense."""
    described = Scene.controls[control].describe()
    assert call("widget/browser/controls.mjs", f"controls.{described['kind']}.admit", described, given) == taken


def test_play_goes_to_and_fro_in_nine_seconds_each_way():
    eighth = 9000 / 8
    assert call(SCENARIOS, "sweep", 0, eighth, 20) == [
        *(i / 8 for i in range(1, 9)),
        *(1 - i / 8 for i in range(1, 9)),
        1 / 8,
        2 / 8,
        3 / 8,
        4 / 8,
    ]
    assert call(SCENARIOS, "sweep", 0.5, 9000, 2) == [1, 0]


@pytest.mark.parametrize("explorer", [Scene, *EXPLORERS], ids=lambda explorer: explorer.name)
def test_axes_end_where_pythons_do(explorer):
    """Of every panel, in a few states; Python's ends are held to numbers by hand in test_pictures_on_paper."""
    for state in list(states(explorer, 3))[:: max(1, len(list(states(explorer, 3))) // 6)]:
        values = explorer.values(**state)
        found = call_each(SCALE, "endsOf", [[describe(panel), values] for panel in panels(explorer.view)])
        for panel, ours in zip(panels(explorer.view), found):
            np.testing.assert_allclose(ours, ends(panel, values), rtol=1e-12, atol=1e-15, err_msg=f"{panel.title} {state}")


# --- answers of a notebook's kernel -------------------------------------------------------------------


def play(*events):
    told = call(SCENARIOS, "kernel", [list(event) for event in events])
    return told["sent"], [item for item in told["heard"] if item[0] in ("answered", "failed", "overdue", "stale")], told["heard"]


def test_one_request_is_under_way_and_the_newest_waits():
    sent, heard, _ = play(("ask", {"m": 1}), ("ask", {"m": 2}), ("ask", {"m": 3}), ("answer", {"a": 1}), ("answer", {"a": 3}))
    assert sent == [{"m": 1}, {"m": 3}]
    assert heard == [["answered", {"a": 1}, {"m": 1}], ["answered", {"a": 3}, {"m": 3}]]


def test_a_late_kernel_leaves_the_picture_to_the_twin_and_an_overtaken_answer_is_not_drawn():
    sent, heard, everything = play(("ask", {"m": 1}), ("wait", None), ("ask", {"m": 2}), ("answer", {"a": 1}), ("answer", {"a": 2}))
    assert sent == [{"m": 1}, {"m": 2}]
    assert heard == [["overdue"], ["answered", {"a": 2}, {"m": 2}]]
    assert [item for item in everything if item[0] in ("ask", "wait", "answer")] == [
        ["ask", False],
        ["wait", True],
        ["ask", True],
        ["answer", False],
        ["answer", False],
    ]


def test_an_answer_in_time_leaves_nothing_overdue():
    assert play(("ask", {"m": 1}), ("answer", {"a": 1}), ("wait", None))[1] == [["answered", {"a": 1}, {"m": 1}]]


def test_another_views_answer_is_not_ours_and_an_error_is_told():
    _, heard, everything = play(("ask", {"m": 1}), ("foreign", {"a": 9}), ("fail", "ValueError: no"), ("refresh", None))
    assert heard == [["failed", "ValueError: no"], ["stale"]]
    assert everything[-1] == ["off"]


def test_what_is_no_number_comes_back_from_none():
    [[_, frame, _]] = play(("ask", {}), ("answer", {"a": [1, None], "b": {"c": None}, "d": "text"}))[1]
    assert np.isnan(frame["a"][1]) and np.isnan(frame["b"]["c"]) and frame["a"][0] == 1 and frame["d"] == "text"
