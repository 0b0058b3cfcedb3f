"""The server of the monitor: one socket on loopback, until Ctrl-C, or until its terminal or supervisor goes."""

import errno
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from broadcast_orchestrator.reports.monitor.app import application
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.output.files import BadInput

ADDRESS = "127.0.0.1"
"""The only address that the monitor is ever bound to."""


class Server(uvicorn.Server):
    """A server that ends the streams of its pages before it waits for them."""

    def __init__(self, config: uvicorn.Config, session: Session) -> None:
        super().__init__(config)
        self._session = session

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A terminal that goes ends the server as Ctrl-C does, unless that is ignored, as after nohup."""
        before = signal.getsignal(signal.SIGHUP)
        minded = threading.current_thread() is threading.main_thread() and before is not signal.SIG_IGN
        if minded:
            signal.signal(signal.SIGHUP, self.handle_exit)
        try:
            with super().capture_signals():
                yield
        finally:
            if minded:
                signal.signal(signal.SIGHUP, before)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell every page that this is the end."""
        self._session.tabs.part()
        await super().shutdown(sockets)


def serve(session: Session, port: int) -> None:
    """Serve the session until Ctrl-C. Raises BadInput where the port is taken or may not be."""
    taken = listening(port)
    print(f"the state monitor is at http://{ADDRESS}:{taken.getsockname()[1]}/ (Ctrl-C ends it)", flush=True)
    config = uvicorn.Config(
        application(session, secrets.token_urlsafe(32)),
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    with suppress(KeyboardInterrupt), taken:
        Server(config, session).run(sockets=[taken])


def listening(port: int) -> socket.socket:
    """A socket on loopback; port 0 takes any that is free. Raises BadInput, one line."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((ADDRESS, port))
        taken.listen(64)
    except OSError as mistake:
        taken.close()
        what = "is in use" if mistake.errno == errno.EADDRINUSE else str(mistake.strerror).lower()
        raise BadInput(f"--port {port}: {what}, try --port 0, which takes a free one") from None
    return taken
