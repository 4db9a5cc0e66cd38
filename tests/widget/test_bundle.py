"""The scripts' bundle: what can't be parsed, imported or found fails with file and line."""

import shutil
import threading

import pytest
from every_explorer import EXPLORERS

from lib.widget import bundle

every = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)


@pytest.fixture
def modules(tmp_path):
    """modules(name=text, …) -> the scripts of these files, in a folder with the book's settings."""
    shutil.copy(bundle.LIB.parent / "deno.json", tmp_path)

    def write(**files):
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.mjs")
            paths[-1].write_text(text)
        return bundle.bundled(paths, tmp_path)

    return write


def test_a_bundle_is_an_expression_without_imports(modules):
    made = modules(
        one='import { size } from "./two.mjs";\nexport default (c) => size * c.width;\n',
        two="export const size = 3;\nexport default size;\n",
    )
    assert set(made) == {"one", "two"} and "import" not in made["one"] and "3" in made["one"]
    assert made["two"].startswith("(()=>{") and made["two"].endswith("})()")


@pytest.mark.parametrize("text, words", [
    ("export default () => {\n  const x = (;\n};\n", "one.mjs:2:"),
    ('import { nrom } from "./two.mjs";\nexport default nrom;\n', "has no exported member 'nrom'"),
    ('import { size } from "./gone.mjs";\nexport default size;\n', "gone.mjs"),
    ("export default () => bitz;\n", "Cannot find name 'bitz'"),
    ("export default 1;\nexport default 2;\n", "one.mjs:"),
])  # fmt: skip
def test_what_is_wrong_in_a_module_is_said_with_its_file_and_line(modules, text, words):
    with pytest.raises(bundle.BundleError) as error:
        modules(one=text, two="export const norm = 3;\nexport default norm;\n")
    assert words in str(error.value) and "one.mjs:" in str(error.value)


@every
def test_a_widget_brings_the_machine_and_its_own_twin_only(explorer):
    module = bundle.widget_module(explorer)
    assert module.count("explorers.twins[") == 1 and f"explorers.twins['{explorer.name}']=" in module
    others = [other for other in EXPLORERS if other is not explorer]
    assert not any(bundle.twin_script(other).split("=", 1)[1] in module for other in others)


def test_a_twin_leans_on_the_machine_for_how_numbers_are_written():
    assert "toExponential" in bundle.scripts()["main"]
    assert not any("toExponential" in bundle.twin_script(explorer) for explorer in EXPLORERS)


def test_every_explorer_has_a_twin_of_the_same_stem():
    assert {explorer.twin().stem for explorer in EXPLORERS} <= set(bundle.twins())
    assert all(explorer.twin().stem == explorer.name.replace("-", "_") for explorer in EXPLORERS)


def test_scripts_are_built_anew_when_a_module_changes_and_only_then(tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(bundle, "BUILT", tmp_path)
    monkeypatch.setattr(bundle, "bundled", lambda paths, root, *options: built.append(len(paths)) or {"main": "m", "rope_score": "r"})
    state = iter(["a", "a", "b"])
    monkeypatch.setattr(bundle, "_state", lambda paths: next(state))
    for count in (1, 1, 2):
        assert bundle.scripts.__wrapped__() == {"main": "m", "rope_score": "r"}
        assert built == [1, len(bundle.twins())] * count  # the machine, and the twins, which lean on it


def test_without_deno_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(bundle.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(bundle.shutil, "which", lambda name: None)
    with pytest.raises(bundle.BundleError, match="deno, which builds them, is not installed: run make env"):
        bundle.deno()


@pytest.fixture
def unbuilt(tmp_path, monkeypatch):
    """The folder of the scripts is another, and `made()` builds as a new process does; deno isn't asked."""
    monkeypatch.setattr(bundle, "BUILT", tmp_path / "built")
    monkeypatch.setattr(bundle, "bundled", lambda paths, root, *options: {path.stem: f"script of {path.stem}" for path in paths})
    return bundle.scripts.__wrapped__


def test_scripts_are_built_once_and_what_is_gone_goes(unbuilt, monkeypatch):
    (bundle.BUILT).mkdir()
    (bundle.BUILT / "gone.js").write_text("of a module that was")
    made = unbuilt()
    monkeypatch.setattr(bundle, "bundled", None)
    assert unbuilt() == made and set(made) == {"main", *bundle.twins()}
    assert {path.name for path in bundle.BUILT.iterdir()} == {f"{stem}.js" for stem in made} | {"state"}
    (bundle.BUILT / "state").write_text("older")
    with pytest.raises(TypeError):
        unbuilt()


def test_a_folder_that_may_not_be_written_to_is_no_matter(unbuilt):
    bundle.BUILT.write_text("a file where the folder would be")
    assert unbuilt()["main"] == "script of main" and unbuilt()["main"] == "script of main"


def test_two_processes_that_build_at_once_read_whole_scripts(unbuilt):
    """Each finds the other's files complete, or none, whenever it looks."""
    text = "x" * 100_000
    done, broken = threading.Event(), []

    def look():
        while not done.is_set():
            broken.extend(path.name for path in bundle.BUILT.glob("*.js") if len(path.read_text()) != len(text))

    bundle.BUILT.mkdir()
    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(300):
        bundle._replace(bundle.BUILT / "main.js", text)
    done.set()
    reader.join()
    assert not broken
