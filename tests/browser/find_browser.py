"""The browser for the tests: CHROME, the system's Chromium or Chrome, playwright's own, Debian's.

As a script it also installs what is missing, and says so in one line.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# Nothing of the browser's own may reach out while a test watches for foreign requests.
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def runs(path):
    """Whether this is a browser that starts (Ubuntu's chromium-browser may be an empty shell; on Windows asking opens a window)."""
    if os.name == "nt":
        return os.path.exists(path)
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def playwrights_own():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def find():
    """The path of a browser that runs, or None. A wrong CHROME is an error, not a reason to look on."""
    named = os.environ.get("CHROME")
    if named:
        path = shutil.which(named)
        if path and runs(path):
            return path
        raise SystemExit(f"CHROME must name a Chromium or Chrome that runs, but is {named!r}.")
    for candidate in (*map(shutil.which, NAMES), *APPS, playwrights_own()):
        if candidate and os.path.exists(candidate) and runs(candidate):
            return candidate
    return None


def attempt(what, *commands):
    print(f"No browser found: {what} …", flush=True)
    for command in commands:
        if subprocess.run(command, capture_output=True).returncode:
            return False
    return True


def ensure():
    """The path of a browser, installed if need be, or None."""
    if path := find():
        return path
    if attempt("installing playwright's Chromium (some 150 MB)", [sys.executable, "-m", "playwright", "install", "chromium"]):
        if path := find():
            return path
    if shutil.which("apt-get") and os.geteuid() == 0:
        if attempt("installing Debian's chromium", ["apt-get", "-q", "update"], ["apt-get", "-qy", "install", "chromium"]):
            return find()
    return None


if __name__ == "__main__":
    browser = ensure()
    if not browser:
        sys.exit(
            "The browser tests need Chromium or Chrome, and none could be found or installed. "
            "Install one, or name it in the variable CHROME."
        )
    print(f"Browser: {browser}")
