"""A pooler that lies: it stands before a server and changes what that answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from chaos.clients.postgres import Endpoint

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
ROLLED_BACK = b"C\x00\x00\x00\x0dROLLBACK\x00"


@contextmanager
def lying(before: Endpoint, says: bytes, claims: bytes) -> Iterator[Endpoint]:
    """One connection's worth of a proxy in which one answer is another."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=_serve, args=(server, before, says, claims), daemon=True).start()
        yield Endpoint("127.0.0.1", server.getsockname()[1])


def _serve(server: socket.socket, before: Endpoint, says: bytes, claims: bytes) -> None:
    with server.accept()[0] as client, socket.create_connection((before.host, before.port)) as backend:
        threading.Thread(target=_pass_on, args=(client, backend), daemon=True).start()
        _pass_on(backend, client, says, claims)


def _pass_on(source: socket.socket, sink: socket.socket, says: bytes = b"", claims: bytes = b"") -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data.replace(says, claims) if says else data)
        sink.shutdown(socket.SHUT_WR)
