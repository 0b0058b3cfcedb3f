"""Who may talk to the monitor: this machine's own page, under a loopback name, and nobody else.

A page from elsewhere cannot read or do anything: a name that was rebound to this machine is not a loopback name, a
request from another page carries that page's origin, and an order needs the token that only our page was given.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""What the monitor may be called; under any port, since one may come through a tunnel."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy: nothing but our own files."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Lets requests through that come from this machine's own page, and says so in every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or hand it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if problem := refused(Headers(scope=scope)):
            return await PlainTextResponse(f"{problem}\n", 403, HEADERS)(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        return await self._app(scope, receive, guarded)


def refused(headers: Headers) -> str:
    """Why a request with these headers is not for us, "" where it is."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or name_of(hosts[0]) not in LOOPBACK:
        return "the monitor is reached as 127.0.0.1 or localhost, and under no other name"
    if any(origin != f"http://{hosts[0]}" for origin in origins):
        return "the monitor takes no requests from other pages"
    return ""


def name_of(host: str) -> str:
    """The host without its port, "" where the port is no number."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host
    return name if port.isascii() and port.isdigit() else ""
