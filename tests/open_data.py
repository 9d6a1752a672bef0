"""A server on this machine that answers as stores of open data do: files by range, and the ways in which they fail."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Store:
    """Files under a folder; how they are served can be changed while it runs.

    `ranges`: it knows them. `halves`: so many answers break off in the middle. `busy`: so many are refused with 503.
    `slow_s`: it waits so long before it answers. `dies_after`: so many answers, then it only breaks off.
    `moved`: paths that send on, and where to.
    """

    root: Path
    ranges: bool = True
    halves: int = 0
    busy: int = 0
    slow_s: float = 0.0
    dies_after: int | None = None
    tag: str = '"one"'
    asked: list[tuple[str, str]] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    address: str = ""

    def taken(self, name: str) -> bool:
        """One of a count is used up, if there is one left."""
        left = getattr(self, name)
        setattr(self, name, max(left - 1, 0))
        return bool(left)


@contextmanager
def serving(root: Path, *, certificate: tuple[Path, Path] | None = None) -> Iterator[Store]:
    """A running store; with a certificate it speaks https."""
    store = Store(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = root / self.path.lstrip("/")
            store.asked.append((self.path, self.headers.get("Range", "")))
            time.sleep(store.slow_s)
            if store.taken("busy"):
                return self.send_error(503)
            if self.path in store.moved:
                self.send_response(302)
                self.send_header("Location", store.moved[self.path])
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if not path.is_file():
                return self.send_error(404)
            size = path.stat().st_size
            told = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")) if store.ranges else None
            first, last = (int(told[1]), min(int(told[2]), size - 1)) if told else (0, size - 1)
            with path.open("rb") as file:
                file.seek(first)
                content = file.read(last - first + 1)
            self.send_response(206 if told else 200)
            if told:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.send_header("ETag", store.tag)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            dead = store.dies_after is not None and len(store.asked) > store.dies_after
            if dead or store.taken("halves"):
                content = content[: len(content) // 2]
                self.close_connection = True
            self.wfile.write(content)
            store.sent += len(content)
            return None

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    store.address = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = (folder / "certificate.pem", folder / "key.pem")
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
