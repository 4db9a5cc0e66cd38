"""What brings explorers to life in a page that nbconvert made of an executed notebook.

Such a page has each widget's state, and in its place a script that a widget manager from another host would read.
Without that host the place stays empty, and with it the explorer looks for a kernel that there isn't. So with each
explorer goes an output that is never seen: in such a page its script puts the explorer there itself, out of the
state that the page carries. In a running notebook it finds no state and does nothing.
"""

from pathlib import Path

SCRIPT = (Path(__file__).parent / "browser" / "exported.mjs").read_text(encoding="utf-8")
# Neither JupyterLab nor its pages keep a line free for it.
OUTPUT = f'<style>.jp-OutputArea-child:has(.x-exported){{display:none}}</style><script class="x-exported">{SCRIPT}</script>'


def revive():
    """Show that output, in a notebook's kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if getattr(get_ipython(), "kernel", None) is None:  # a terminal would print it
        return
    from IPython.display import publish_display_data

    publish_display_data({"text/html": OUTPUT})
