"""Links that run a chapter elsewhere or suggest an edit, in every page's bar, once `_config.yml` names a repository.

The keys are jupyter-book's own, `repository` and `launch_buttons`. Binder builds the repository's environment and opens the
chapter's source. Colab and a JupyterHub, by nbgitpuller, open the notebook for download, which installs what it needs: they find it on
the branch that holds the built pages (.github/workflows/publish.yml).
"""

from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import yaml
from sphinx.util import logging

from .notebooks import is_notebook

logger = logging.getLogger(__name__)
PAGES = "gh-pages"  # the branch of the built pages


def repository_of(config):
    """(host, path without slashes, address) of the repository that the configuration names, or None."""
    address = ((config.get("repository") or {}).get("url") or "").strip().rstrip("/").removesuffix(".git")
    if not address:
        return None
    parts = urlsplit(address)
    path = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or "/" not in path or parts.query or parts.fragment:
        logger.warning("_config.yml: repository: url: expected an address such as https://github.com/name/book, got %r", address, once=True)
        return None
    return parts.hostname, path, address


def links(config, docname, is_notebook):
    """(words, address) of each link of a page; none without a repository.

    config : `_config.yml` as a dictionary."""
    found = repository_of(config)
    if not found:
        return []
    host, path, address = found
    branch = quote(config["repository"].get("branch") or "main", safe="/")
    folder = (config["repository"].get("path_to_book") or "").strip("/")
    source = quote(f"{folder}/{docname}.md".lstrip("/"))
    services = {name: (url or "").rstrip("/") for name, url in (config.get("launch_buttons") or {}).items() if name.endswith("_url")}
    made = []
    if is_notebook and services.get("binderhub_url"):
        kind, inside = {"github.com": ("gh", path), "gitlab.com": ("gl", quote(path, safe=""))}.get(host, ("git", quote(address, safe="")))
        made.append(
            ("Run it on Binder", f"{services['binderhub_url']}/v2/{kind}/{inside}/{quote(branch, safe='')}?urlpath=lab/tree/{source}")
        )
    if is_notebook and services.get("colab_url") and host == "github.com":
        made.append(("Run it on Colab", f"{services['colab_url']}/github/{path}/blob/{PAGES}/{quote(docname)}.ipynb"))
    if is_notebook and services.get("jupyterhub_url"):
        place = f"lab/tree/{path.rpartition('/')[2]}/{docname}.ipynb"
        pull = urlencode({"repo": address, "branch": PAGES, "urlpath": place}, safe="/")
        made.append(("Run it on the JupyterHub", f"{services['jupyterhub_url']}/hub/user-redirect/git-pull?{pull}"))
    edit = {"github": "{}/edit/{}/{}", "gitlab": "{}/-/edit/{}/{}", "bitbucket": "{}/src/{}/{}?mode=edit"}
    form = next((form for name, form in edit.items() if name in host), None)
    if form:
        made.append(("Suggest an edit", form.format(address, branch, source)))
    return made


def offer(app, pagename, templatename, context, doctree):
    if doctree is not None:
        context["launch"] = links(app.config.book_configuration, pagename, is_notebook(app, pagename))


def read_configuration(app, config):
    # jupyter-book hands a repository on as options of its own theme, and its default ones where there is none.
    config.book_configuration = yaml.safe_load(Path(app.confdir, "_config.yml").read_text("utf-8"))


def setup(app):
    app.add_config_value("book_configuration", {}, "")
    app.connect("config-inited", read_configuration)
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
