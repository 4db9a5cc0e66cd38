"""parameter-counter on the built page: presets, pasted files, parts that open; and text controls as such."""

import json
import re
from urllib.parse import urlencode

import pytest
from kept import PICTURE, VALUES
from playwright.sync_api import expect
from test_families import HEADER
from test_page import FOLLOW, READY, button, control_of, figure_of, page_with, put, wait
from test_parameters import BAD_FILES, RECORD

from lib import parameters
from lib.explorers.counting import MemoryMeter, ParameterCounter

TOTAL = "figure => figure.explorer.frame().total"
LARGEST = {
    family: max((case for case in RECORD["cases"] if case["config"]["model_type"] == family), key=lambda case: case["parameters"])
    for family in {case["config"]["model_type"] for case in RECORD["cases"]}
}


@pytest.fixture
def counter(open_page, site, book):
    """Its figure on the built page, which may read and write the clipboard."""
    page = open_page(site + page_with(book, ParameterCounter), permissions=["clipboard-read", "clipboard-write"])
    return figure_of(page, ParameterCounter)


def field(figure):
    return control_of(figure, "pasted")


def fill(figure, text):
    field(figure).fill(text)
    figure.evaluate(READY)


def refusal(figure, control="pasted"):
    return figure.locator(f".x-text:has([name={control}]) .x-refusal")


def paste(figure, text):
    """As a hand pastes it: out of the clipboard, over all that stands in the field."""
    page = figure.page
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    field(figure).focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("ControlOrMeta+V")


# --- models -----------------------------------------------------------------------------


def test_every_model_has_its_published_total(counter):
    totals = {model["name"]: model["total"] for model in (*parameters.published(), *parameters.recent())} | {"assignment": 201_399_600}
    options = list(ParameterCounter.controls["model"].options)
    assert set(options) == set(totals)
    for name in options[1:] + options[:1]:
        control_of(counter, "model").select_option(name)
        expect(counter.locator(".x-readouts")).to_contain_text(f"{totals[name]:,d} parameters")
        frame = counter.evaluate("figure => figure.explorer.frame()")
        assert (frame["total"], frame["difference"]) == (totals[name], 0), name
        expect(counter.locator(".x-readouts")).to_contain_text("difference from the published total 0")


def test_sizes_start_from_the_models_and_a_new_model_brings_its_own(counter):
    control_of(counter, "model").select_option("gpt2-medium")
    width, layers = control_of(counter, "width"), control_of(counter, "layers")
    expect(width).to_have_attribute("aria-valuetext", "1,024")
    expect(layers).to_have_attribute("aria-valuetext", "24")
    width.focus()
    counter.page.keyboard.press("ArrowRight")
    expect(width).to_have_attribute("aria-valuetext", "1,088")
    values = counter.evaluate(VALUES)
    assert values == ParameterCounter(model="gpt2-medium", width=1088).value
    assert counter.evaluate(TOTAL) == ParameterCounter.frame(**values)["total"]
    expect(counter.locator(".x-readouts")).to_contain_text("difference from all that are distinct 0")
    control_of(counter, "part").focus()
    counter.page.keyboard.press("ArrowRight")
    fill(counter, '{"model_type": "bert"}')
    assert counter.evaluate(VALUES) == ParameterCounter(model="gpt2-medium", pasted='{"model_type": "bert"}').value
    control_of(counter, "heads").focus()
    counter.page.keyboard.press("ArrowRight")
    control_of(counter, "model").select_option("gpt2-large")
    assert counter.evaluate(VALUES) == ParameterCounter(model="gpt2-large").value
    expect(field(counter)).to_have_value("")
    expect(width).to_have_attribute("aria-valuetext", "1,280")


def test_what_a_control_clears_stays_when_a_program_sets_it(counter):
    state = {"width": 640, "part": 3, "model": "t5-small"}
    put(counter, **state)
    assert counter.evaluate(VALUES) == ParameterCounter(**state).value


def test_a_switch_that_finds_nothing_to_break_says_so(counter):
    control_of(counter, "twice").check()
    expect(counter.locator(".x-note")).to_have_text("")
    control_of(counter, "model").select_option("Llama-2-7b")
    expect(counter.locator(".x-note")).to_contain_text("nothing to count twice")
    expect(counter.locator(".x-readouts .x-wrong")).to_have_count(0)
    meter = figure_of(counter.page, MemoryMeter)
    control_of(meter, "all_heads").check()
    remark = meter.locator(".x-note").first  # the second says where a table of positions ends
    expect(remark).to_have_text("")
    control_of(meter, "model").select_option("Llama-2-7b")
    expect(remark).to_contain_text("nothing to forget")


# --- data on demand ---------------------------------------------------------------------

ASKED = """() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("parameter-counter.families")).length"""


def test_families_come_when_a_file_is_there_and_once(open_page, site, book):
    page = open_page(site + page_with(book, ParameterCounter), fresh=True)
    counter = figure_of(page, ParameterCounter)
    control_of(counter, "model").select_option("Llama-2-7b")  # a plain one
    control_of(counter, "width").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(ASKED) == 0
    for family in ("mixtral", "gpt_oss"):
        fill(counter, json.dumps({"model_type": family}))
        expect(counter.locator(".x-readouts")).to_contain_text(f"{parameters.count_hf({'model_type': family}).total:,d} parameters")
    assert page.evaluate(ASKED) == 1


def test_families_come_from_a_folder_without_a_server(open_page, book):
    page = open_page(book.as_uri() + page_with(book, ParameterCounter))
    counter = figure_of(page, ParameterCounter)
    put(counter, model="gpt-oss-20b")
    expect(counter.locator(".x-readouts")).to_contain_text("gpt-oss-20b: 20,914,757,184 parameters")


def test_families_that_do_not_come_are_said_and_the_rest_lives(browser, site, book):
    page = browser.new_page()
    page.goto(site + page_with(book, ParameterCounter))
    page.route("**/parameter-counter.families*", lambda route: route.abort())
    counter = figure_of(page, ParameterCounter)
    text = '{"model_type": "bert"}'
    fill(counter, text)
    expect(refusal(counter)).to_contain_text("could not be loaded")
    expect(field(counter)).to_have_value(text)
    control_of(counter, "model").select_option("Llama-2-7b")
    expect(counter.locator(".x-readouts")).to_contain_text("6,738,415,616 parameters")
    page.unroute("**/parameter-counter.families*")
    fill(counter, text + " ")  # it is asked for again
    expect(counter.locator(".x-readouts")).to_contain_text("the pasted file (BertModel)")
    page.close()


def test_an_embed_finds_its_families(browser, site):
    query = urlencode({"pasted": '{"model_type": "gpt_oss"}'})
    page = browser.new_page()
    page.goto(f"{site}/embed/parameter-counter.html#parameter-counter?{query}")
    expect(page.locator(".x-readouts")).to_contain_text("the pasted file (GptOssForCausalLM)")
    page.close()


# --- pasting ----------------------------------------------------------------------------


@pytest.mark.parametrize("family", sorted(LARGEST))
def test_a_pasted_file_counts_as_python_counts_it(counter, family):
    case = LARGEST[family]
    text = json.dumps(case["config"], indent=2)
    fill(counter, text)
    assert counter.evaluate(TOTAL) == case["parameters"] == ParameterCounter.frame(**ParameterCounter(pasted=text).value)["total"]
    expect(counter.locator(".x-readouts")).to_contain_text(f"the pasted file ({case['class']}): {case['parameters']:,d} parameters")
    expect(refusal(counter)).to_have_text("")


def test_a_file_is_pasted_by_hand_and_the_field_emptied(counter):
    before = counter.evaluate(PICTURE)
    paste(counter, json.dumps({"model_type": "mixtral"}))
    wait(counter, "(figure) => figure.explorer.controls.pasted.value")
    assert counter.evaluate(TOTAL) == 46_702_792_704
    assert counter.evaluate("figure => figure.explorer.frame().active") == 12_879_925_248
    field(counter).press("ControlOrMeta+A")
    field(counter).press("Delete")
    assert counter.evaluate(PICTURE) == before
    for blank in (" ", "\n\n"):
        fill(counter, blank)
        assert counter.evaluate(VALUES)["pasted"] == "" and counter.evaluate(PICTURE) == before
        expect(refusal(counter)).to_have_text("")


def counts(text):
    """Whether it is counted, if in part: an unknown class is none that `from_hf` takes."""
    try:
        return bool(parameters.count_hf(json.loads(text)))
    except ValueError:
        return False


BAD = [(json.dumps(file), *words) for file, *words in BAD_FILES]
BAD = [item for item in BAD if "NaN" not in item[0] and "Infinity" not in item[0]]  # no JSON in a page
BAD = [item for item in BAD if not counts(item[0])]
BAD += [
    ("model_type: llama", 'config_json: expected a value in line 1, column 1, got "model_type: llama"'),
    ("[1, 2]", "config_json: expected a JSON object, got a list"),
]


AT_THE_FIELD = f"""(figure) => {{
    const field = figure.querySelector("[name=pasted]");
    return {{
        refusal: figure.querySelector(".x-refusal").innerText, heard: document.getElementById(field.getAttribute("aria-describedby")).innerText,
        invalid: field.getAttribute("aria-invalid"), field: field.value, values: ({VALUES})(figure), picture: ({PICTURE})(figure),
    }};
}}"""


def test_a_bad_file_is_refused_at_the_field_and_the_last_good_picture_stays(counter):
    good = '{"model_type": "qwen2"}'
    fill(counter, good)
    stood = counter.evaluate(AT_THE_FIELD)
    for text, *words in BAD:
        fill(counter, text)
        with pytest.raises(ValueError) as error:
            ParameterCounter(pasted=text)
        message = str(error.value)
        assert all(part in message for part in words)
        assert counter.evaluate(AT_THE_FIELD) == stood | {"refusal": message, "heard": message, "invalid": "true", "field": text}
    expect(field(counter)).to_have_accessible_description(message)
    expect(refusal(counter)).to_have_attribute("role", "status")
    # It stays while something else is turned, and goes with a text that is good, or with reset.
    control_of(counter, "twice").check()
    expect(field(counter)).to_have_value(BAD[-1][0])
    expect(refusal(counter)).not_to_have_text("")
    fill(counter, '{"model_type": "opt"}')
    expect(refusal(counter)).to_have_text("")
    expect(field(counter)).to_have_attribute("aria-invalid", "false")
    fill(counter, "nonsense")
    button(counter, "reset").click()
    expect(field(counter)).to_have_value("")
    expect(refusal(counter)).to_have_text("")
    fill(counter, "nonsense")  # and where the state has nothing to go back to
    button(counter, "reset").click()
    expect(field(counter)).to_have_value("")


def test_sizes_too_large_for_any_number_leave_the_picture_as_it_is(counter):
    """A file just below the largest total, and then more layers than it has."""
    fill(counter, '{"model_type": "gpt2", "n_embd": 7500000}')
    assert counter.evaluate(TOTAL) > 2**52
    picture, source = counter.evaluate(PICTURE), counter.locator(".x-source")
    expect(source).to_have_text("")
    put(counter, layers=96)
    expect(source).to_have_text(f"total: expected at most {2**53 - 1} parameters, got more")
    assert counter.evaluate(PICTURE) == picture
    put(counter, layers=1)
    expect(source).to_have_text("")
    assert counter.evaluate(PICTURE) != picture


# Set as a script would, dropped or typed by an input method, pasted: none of it reaches field or state.
WAYS = {
    "fill": lambda figure, text: field(figure).evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }", text
    ),
    "insert": lambda figure, text: (field(figure).focus(), figure.page.keyboard.insert_text(text)),
    "paste": paste,
    "set": lambda figure, text: figure.evaluate("(figure, text) => figure.explorer.set({ pasted: text })", text),
}


def test_a_number_that_one_was_told_is_explained(counter):
    counter.locator("details.x-more").evaluate("node => node.open = true")
    told = control_of(counter, "told")
    for number, words in (
        ("163,037,184", "163,037,184 is a tied output layer counted"),
        ("117M", "No way of counting that is known here gives 117,000,000: it is 6.0% less"),
    ):
        told.fill(number)
        expect(counter.locator(".x-note")).to_contain_text(words)
        assert counter.evaluate("figure => figure.explorer.frame().remark") == ParameterCounter.frame(**counter.evaluate(VALUES))["remark"]
    told.fill("many")
    expect(refusal(counter, "told")).to_contain_text("told: expected a number such as 163,037,184 or 124M")
    expect(refusal(counter)).to_have_text("")


def test_what_stands_beside_is_compared(counter):
    control_of(counter, "model").select_option("DeepSeek-V3")
    control_of(counter, "beside").select_option("Qwen3-Next-80B-A3B")
    note = counter.locator(".x-note")
    expect(note).to_contain_text(
        "Cache of 131,072 tokens in 16 bits, in MiB, 8,784.0 | 3,110.2: self-attention 8,784.0 | 3,072.0; delta-net 0.0 | 38.2."
    )
    assert counter.evaluate("figure => figure.explorer.frame().remark") == ParameterCounter.frame(**counter.evaluate(VALUES))["remark"]
    counter.locator("details.x-more").evaluate("node => node.open = true")
    second = control_of(counter, "second")
    second.fill(json.dumps(HEADER))  # weights: of GPT-2's table, and little more
    expect(note).to_contain_text("The weights beside it: No way of counting that is known here gives 38,671,873: it is")
    control_of(counter, "model").select_option("gpt2")
    second.fill('{"metadata": {"total_parameters": 124439808}, "weight_map": {}}')
    expect(note).to_contain_text("The weights beside it: 124,439,808 is every parameter once.")
    second.fill("{")
    expect(refusal(counter, "second")).to_contain_text("config_json: expected")
    expect(refusal(counter)).to_have_text("")


@pytest.mark.parametrize(("way", "length"), [(way, parameters.LONGEST_TEXT) for way in WAYS])
def test_megabytes_are_turned_away_at_once(counter, way, length):
    good = '{"model_type": "phi"}'
    fill(counter, good)
    picture = counter.evaluate(PICTURE)
    # The longest task that the page had, in ms: a hang would show in it.
    counter.page.evaluate("""() => { window.longest = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
        window.longest = Math.max(window.longest, entry.duration))).observe({ type: "longtask" }); }""")
    WAYS[way](counter, '{"model_type": "' + "x" * length + '"}')
    if way != "set":
        expect(refusal(counter)).to_have_text(f"pasted: expected a text of at most {parameters.LONGEST_TEXT} characters, got {length + 18}")
    assert counter.evaluate(PICTURE) == picture and counter.evaluate(VALUES)["pasted"] == good
    expect(field(counter)).to_have_value(good)
    assert counter.page.evaluate("() => window.longest") < 2000
    fill(counter, "")
    assert counter.evaluate(TOTAL) == 124_439_808


def test_a_file_is_chosen_or_dropped(counter, tmp_path):
    config, weights = tmp_path / "config.json", tmp_path / "model.safetensors"
    config.write_text('{"model_type": "bloom", "n_layer": 3}')
    header = json.dumps(HEADER).encode()
    weights.write_bytes(len(header).to_bytes(8, "little") + header + bytes(1000))
    asked = []
    counter.page.on("request", lambda request: asked.append(request.url))
    for path, total in ((config, parameters.count_hf(json.loads(config.read_text())).total), (weights, 38_671_873)):
        with counter.page.expect_file_chooser() as chooser:
            counter.locator(".x-text:has([name=pasted]) button").click()
        chooser.value.set_files(path)
        wait(counter, f"figure => figure.explorer.frame().total === {total}")
    expect(counter.locator(".x-note")).to_contain_text("a .safetensors file: 4 arrays")
    field(counter).evaluate("""field => {
        const data = new DataTransfer();
        data.items.add(new File(['{"model_type": "mixtral"}'], "config.json"));
        field.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    wait(counter, "figure => figure.explorer.frame().total === 46702792704")
    weights.write_bytes((2**60).to_bytes(8, "little"))
    with counter.page.expect_file_chooser() as chooser:
        counter.locator(".x-text:has([name=pasted]) button").click()
    chooser.value.set_files(weights)
    expect(refusal(counter)).to_contain_text("file: expected a header of at most its own size")
    assert counter.evaluate(TOTAL) == 46_702_792_704 and not asked


def test_python_turns_away_what_is_too_long_without_repeating_it():
    with pytest.raises(ValueError, match="^pasted: expected a text of at most 16777216 characters, got 20000000$"):
        ParameterCounter(pasted="[" * 20_000_000)


def test_a_file_of_eight_megabytes_counts_and_a_slider_moves_on_it(counter):
    """As a list of all quantized layers makes it; a step doesn't read it again."""
    layers = {f"model.layers.{i}.mlp": {"bits": 4} for i in range(210_000)}
    text = json.dumps({"model_type": "gpt2", "n_layer": 24, "n_embd": 1024, "n_head": 16, "quantization_config": {"layers": layers}})
    assert len(text) > 8_000_000
    paste(counter, text)
    wait(counter, "figure => figure.explorer.frame().total === 354823168")
    read = counter.evaluate("""figure => { const parse = JSON.parse; let read = 0;
        JSON.parse = (...given) => (read++, parse(...given));
        for (let i = 1; i <= 20; i++) figure.explorer.set({ part: i });
        JSON.parse = parse;
        return read; }""")
    assert read == 0


@pytest.mark.parametrize("text", [
    '<img src=x onerror="window.pwned = 1">',
    '{"model_type": "<img src=x onerror=pwned=1>"}',
    '{"model_type": "gpt2", "architectures": ["<script>pwned=1</script>"]}',
    '{"model_type": "gpt2", "n_head": "</textarea><img src=x onerror=pwned=1>"}',
    '{"model_type": "gpt2", "__proto__": {"polluted": 1}, "id2label": {"<b>": "<i>x</i>"}}',
])  # fmt: skip
def test_markup_in_a_paste_is_text(counter, text):
    census = "() => [document.querySelectorAll('*:not(svg *, .x-parts *)').length, document.images.length, document.scripts.length]"
    before = counter.page.evaluate(census)
    paste(counter, text)
    button(counter, "Python").click()
    wait(counter, "(figure, text) => figure.querySelector('textarea').value === text", text)
    assert counter.page.evaluate(census) == before
    assert counter.page.evaluate("() => [typeof window.pwned, typeof {}.polluted]") == ["undefined", "undefined"]


def test_a_short_text_travels_in_the_link_and_a_long_one_does_not(counter, open_page):
    short = '{"model_type": "bloom", "n_layer": 3}'
    fill(counter, short[:-1] + f', "id2label": {{"0": "{"a" * 3000}"}}}}')
    button(counter, "link").click()
    expect(counter.get_by_role("button", name=re.compile("without the text$"))).to_be_visible()
    assert "pasted" not in counter.page.url and len(counter.page.url) < 500
    fill(counter, short)
    button(counter, "link").click()
    counter.page.wait_for_url("**pasted=*")
    address, values = counter.page.url, counter.evaluate(VALUES)
    again = figure_of(open_page(address, fresh=True), ParameterCounter)
    assert again.evaluate(VALUES) == values and values["pasted"] == short
    expect(field(again)).to_have_value(short)


@pytest.mark.parametrize("text", ["nonsense", '{"model_type": "lama"}', "<img src=x onerror=pwned=1>", "x" * 5000])
def test_a_link_with_a_bad_text_is_ignored(counter, text):
    counter.page.evaluate(FOLLOW, "#parameter-counter?" + urlencode({"pasted": text, "layers": 7}))
    assert counter.evaluate(VALUES) == ParameterCounter(layers=7).value
    expect(field(counter)).to_have_value("")
    assert counter.page.evaluate("typeof window.pwned") == "undefined"


# --- parts ------------------------------------------------------------------------------


def rows(figure):
    return figure.locator(".x-parts tbody tr")


def test_parts_open_by_press_down_to_the_single_matrix_and_back(counter):
    row = lambda name: rows(counter).filter(has=counter.page.get_by_role("cell", name=name, exact=True))  # noqa: E731
    row("layers").click()
    assert counter.evaluate("figure => figure.explorer.frame().opened_path") == "model › layers"
    row("self-attention").click()
    expect(row("query")).to_contain_text("D × H·dₖ")
    expect(row("query")).to_contain_text("12 × (768 × 768)")
    expect(row("query")).to_contain_text(f"{12 * 768 * 768:,d}")
    row("query").click()
    expect(rows(counter)).to_have_count(1)
    expect(counter.locator(".x-area-name")).to_have_text(["H·dₖ = 768", "D = 768"])
    box = counter.locator(".x-plot rect")
    expect(box).to_have_count(1)
    assert box.get_attribute("width") == box.get_attribute("height")  # a square matrix, to scale
    counter.locator(".x-crumbs span", has_text="layers").click()
    assert counter.evaluate("figure => figure.explorer.frame().opened_path") == "model › layers"
    counter.locator(".x-crumbs span", has_text="model").click()
    assert counter.evaluate(VALUES) == ParameterCounter().value


def test_a_press_in_the_areas_opens_one_step_further(counter):
    plot = counter.locator(".x-plot > svg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    for wanted in ("model › layers", "model › layers › feed-forward", "model › layers › feed-forward › down"):
        # The lower right corner of the feed-forward net, which is never the last hair of a norm.
        at = box["width"] * (1 - 0.012), box["height"] - 20
        plot.click(position={"x": at[0], "y": at[1]})
        assert counter.evaluate("figure => figure.explorer.frame().opened_path") == wanted


def test_parts_open_by_keyboard_and_say_where_one_is(counter):
    slider = control_of(counter, "part")
    slider.focus()
    paths = [slider.get_attribute("aria-valuetext")]
    for _ in range(8):
        counter.page.keyboard.press("ArrowRight")
        paths.append(slider.get_attribute("aria-valuetext"))
        assert counter.evaluate("figure => figure.explorer.frame().opened_path") == paths[-1]
        assert counter.locator(".x-crumbs span").all_inner_texts() == paths[-1].split(" › ")
    assert paths[:4] == ["model", "model › embedding", "model › embedding › token table", "model › embedding › position table"]
    assert len(set(paths)) == 9


def test_areas_are_proportional_and_the_table_is_one(counter):
    areas = counter.locator(".x-plot rect").evaluate_all(
        "list => list.map((rect) => rect.getAttribute('width') * rect.getAttribute('height'))"
    )
    frame = ParameterCounter.frame(**ParameterCounter().value)
    leaves = [size for i, size in enumerate(frame["sizes"]) if i not in frame["parents"] and size]
    assert len(areas) == len(leaves)
    for area, size in zip(areas, leaves):  # coordinates are rounded to a tenth of a pixel
        assert area / sum(areas) == pytest.approx(size / frame["total"], abs=1e-3)
    expect(counter.get_by_role("columnheader")).to_have_text(["part", "shape", "parameters", "share"])
    plot = counter.locator(".x-plot > svg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    counter.page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2)
    expect(counter.locator(".x-hint span")).to_have_text(
        ["model › embedding › token table", "V × D = 50,257 × 768", "38,597,376 parameters, 31.02% of all"]
    )
