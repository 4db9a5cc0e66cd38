"""Serve _build/html on this computer, on the given port or the next free one, compressed as a web host would, never from a stale cache."""

import errno
import gzip
import os
import signal
import sys
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build/html"
PLAIN = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".ipynb", ".xml", ".txt")


@lru_cache(maxsize=256)
def packed(path, changed_ns):
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".ipynb": "application/x-ipynb+json",
        ".svg": "image/svg+xml",
    }

    def send_head(self):
        """Text goes out compressed; everything else as the standard handler sends it."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        if path.suffix not in PLAIN or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return self.not_found() if not path.exists() else super().send_head()
        changed = path.stat().st_mtime_ns
        tag = f'"{changed:x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return None
        body = packed(str(path), changed)
        self.send_response(200)
        kind = self.guess_type(str(path))
        self.send_header("Content-Type", kind + ("; charset=utf-8" if kind.startswith("text/") else ""))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return None

    def not_found(self):
        """The book's own page, as a web host sends it."""
        page = Path(self.directory, "404.html")
        body = page.read_bytes() if page.exists() else b"There is no such page."
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # ask again each time; 304 if nothing changed
        super().end_headers()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would share a port that is taken

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a reader who left is no error
            super().handle_error(request, address)


def open_server(directory=HTML, port=0, tries=1):
    """A server on localhost, on the first free one of `tries` ports from `port` on (0: any port)."""
    for number in range(port, port + tries):
        try:
            return Server(("127.0.0.1", number), partial(Handler, directory=str(directory)))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(errno.EADDRINUSE, f"no free port from {port} to {port + tries - 1}")


def main(wanted):
    if not (HTML / "index.html").exists():
        sys.exit("There is no book in _build/html yet: run python book.py book.")
    try:
        server = open_server(port=wanted, tries=50)
    except OSError as error:
        sys.exit(f"The book could not be served: {error.strerror}.")
    port = server.server_address[1]
    if port != wanted:
        print(f"Port {wanted} is taken.")
    print(f"The book is at http://localhost:{port}/ (Ctrl-C stops).", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        server.server_close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
