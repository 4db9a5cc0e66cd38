"""The addresses that run a chapter elsewhere: by the hosts' own documented forms, from the keys that jupyter-book knows."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from extensions import launch

CONFIG = yaml.safe_load((Path(__file__).resolve().parents[1] / "_config.yml").read_text("utf-8"))


def links(url, docname="chapters/rope", is_notebook=True, **more):
    repository = {"url": url, "branch": more.pop("branch", "main"), "path_to_book": more.pop("folder", "")}
    config = CONFIG | {"repository": repository, "launch_buttons": CONFIG["launch_buttons"] | more}
    return dict(launch.links(config, docname, is_notebook))


def test_without_a_repository_there_are_none():
    assert launch.links(CONFIG, "chapters/rope", True) == [] and launch.links({}, "chapters/rope", True) == []


def test_a_repository_on_github():
    assert links("https://github.com/some/book.git/", jupyterhub_url="https://hub.example.edu/") == {
        "Run it on Binder": "https://mybinder.org/v2/gh/some/book/main?urlpath=lab/tree/chapters/rope.md",
        "Run it on Colab": "https://colab.research.google.com/github/some/book/blob/gh-pages/chapters/rope.ipynb",
        "Run it on the JupyterHub": "https://hub.example.edu/hub/user-redirect/git-pull?repo=https%3A//github.com/some/book"
        "&branch=gh-pages&urlpath=lab/tree/book/chapters/rope.ipynb",
        "Suggest an edit": "https://github.com/some/book/edit/main/chapters/rope.md",
    }


def test_a_branch_and_a_folder_of_their_own():
    found = links("https://github.com/some/book", branch="next/one", folder="/docs/text/")
    assert urlsplit(found["Run it on Binder"]).path == "/v2/gh/some/book/next%2Fone"
    assert parse_qs(urlsplit(found["Run it on Binder"]).query)["urlpath"] == ["lab/tree/docs/text/chapters/rope.md"]
    assert found["Suggest an edit"] == "https://github.com/some/book/edit/next/one/docs/text/chapters/rope.md"


@pytest.mark.parametrize("url, edit, repository", [
    ("https://gitlab.com/group/sub/book", "https://gitlab.com/group/sub/book/-/edit/main/chapters/rope.md", "gl/group/sub/book"),
    ("https://gitlab.uni.example/a/book", "https://gitlab.uni.example/a/book/-/edit/main/chapters/rope.md", "git/https://gitlab.uni.example/a/book"),
    ("https://bitbucket.org/a/book", "https://bitbucket.org/a/book/src/main/chapters/rope.md?mode=edit", "git/https://bitbucket.org/a/book"),
    ("https://codeberg.org/a/book", None, "git/https://codeberg.org/a/book"),
])  # fmt: skip
def test_other_hosts(url, edit, repository):
    found = links(url)
    assert found.get("Suggest an edit") == edit and "Run it on Colab" not in found
    binder = urlsplit(found["Run it on Binder"]).path
    assert unquote(binder) == f"/v2/{repository}/main" and binder.count("/") == 4  # its slashes are escaped


def test_a_page_that_is_no_notebook_can_be_edited_alone():
    assert list(links("https://github.com/some/book", "chapters/notation", False)) == ["Suggest an edit"]


@pytest.mark.parametrize(
    "url", ["some/book", "git@github.com:some/book.git", "javascript:alert(1)//a/b", "https://github.com/book", "https://github.com/a/b?c"]
)
def test_what_is_no_repository_is_said_and_left_out(url, monkeypatch):
    said = []
    monkeypatch.setattr(launch.logger, "warning", lambda words, given, once: said.append(words % given))
    assert links(url) == {}
    assert said == [
        f"_config.yml: repository: url: expected an address such as https://github.com/name/book, got {url.removesuffix('.git')!r}"
    ]
