"""The monitor over HTTP: the page and its files, the events that it follows, and the orders that it gives."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.reports.monitor.guard import Guard
from broadcast_orchestrator.reports.monitor.orders import LONGEST_TEXT, kinds_for, obey
from broadcast_orchestrator.reports.monitor.page_style import state_graph, style_sheet
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.saved import pytest_text, run_text
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.output.page_shell import environment
from broadcast_orchestrator.reports.viewer.facts.page_facts import as_json
from broadcast_orchestrator.reports.viewer.run_page import SCRIPTS, meanings, part
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.input.text_files import decoded
from broadcast_orchestrator.sim.world.faults import BY_NAME

LARGEST_ORDER, LARGEST_TRACE = 4_096, 4_194_304
"""How long the body of an order and of a trace may be, in bytes."""

BEAT_S, TICK_S, ALIVE_S = 0.04, 1.0, 15.0
"""How often the run goes on, the pages are told the time, and a silent stream says that it still is, in seconds."""

FILES = {
    "monitor.js": "text/javascript",
    "alarm.js": "text/javascript",
    "choosing.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""The page's own files; its style sheet is put together from several."""

SHARED = tuple(f"{name}.js" for name in SCRIPTS if name not in ("step_list", "page"))
"""The parts of the viewer's script that show a run here, too."""


def application(session: Session, token: str) -> Starlette:
    """The monitor of this session; orders need the token."""
    monitor = Monitor(session, token)
    return Starlette(
        routes=[
            Route("/", monitor.page),
            Route("/monitor.css", monitor.style),
            *(Route(f"/{name}", monitor.file) for name in FILES),
            *(Route(f"/{name}", monitor.shared) for name in SHARED),
            Route("/events", monitor.events),
            Route("/moments/{number:int}", monitor.moment),
            Route("/choices/{number:int}", monitor.choices),
            Route("/broadcast.jsonl", monitor.trace),
            Route("/test_broadcast_session.py", monitor.test),
            Route("/orders", monitor.order, methods=["POST"]),
            Route("/traces", monitor.load, methods=["POST"]),
        ],
        middleware=[Middleware(Guard)],
        lifespan=monitor.lifespan,
    )


Endpoint = Callable[["Monitor", Request], Awaitable[Response]]


def answering(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose problems become one line for whoever asked."""

    async def answered(monitor: "Monitor", request: Request) -> Response:
        try:
            return await endpoint(monitor, request)
        except Forbidden as problem:
            return JSONResponse({"problem": str(problem)}, 403)
        except TooLarge as problem:
            return JSONResponse({"problem": str(problem)}, 413)
        except Problem as problem:
            return JSONResponse({"problem": str(problem)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)

    return answered


class Forbidden(Problem):
    """An order without the page's own token."""


class TooLarge(Problem):
    """A body that is longer than it may be."""


class Monitor:
    """The endpoints of one session."""

    def __init__(self, session: Session, token: str) -> None:
        self.session = session
        self._token = token
        self.html = _page(token)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Let the run go on as long as the server does."""
        pace = asyncio.create_task(self._pace())
        try:
            yield
        finally:
            pace.cancel()
            self.session.tabs.part()

    async def _pace(self) -> None:
        clock = asyncio.get_running_loop().time
        last = told = clock()
        while True:
            await asyncio.sleep(BEAT_S)
            now = clock()
            self.session.advance(now - last)
            last = now
            self.session.look_for_more()
            if now - told >= TICK_S:
                self.session.tick()
                told = now

    # -- Looking ------------------------------------------------------------------------------------

    async def page(self, _: Request) -> Response:
        """The page, with the token that it gives its orders with."""
        return Response(self.html, media_type="text/html")

    async def style(self, _: Request) -> Response:
        """The style sheet."""
        return Response(style_sheet(), media_type="text/css")

    async def file(self, request: Request) -> Response:
        """One of the page's other files."""
        name = request.url.path.removeprefix("/")
        return Response(_read(name), media_type=FILES[name])

    async def shared(self, request: Request) -> Response:
        """One of the parts of the viewer's script."""
        return Response(part(request.url.path.removeprefix("/")), media_type="text/javascript")

    @answering
    async def events(self, _: Request) -> Response:
        """Everything, and from then on whatever is new, as server-sent events."""
        return StreamingResponse(self._stream(self.session.join()), media_type="text/event-stream")

    async def _stream(self, queue: "asyncio.Queue[str | None]") -> AsyncIterator[str]:
        try:
            while (message := await _next(queue)) is not None:
                yield message
        finally:
            self.session.tabs.leave(queue)

    @answering
    async def moment(self, request: Request) -> Response:
        """Everything there was to see after so many steps."""
        try:
            view = self.session.facts.view(request.path_params["number"])
        except IndexError as mistake:
            raise Problem(str(mistake)) from None
        return Response(as_json(view), media_type="application/json")

    @answering
    async def choices(self, request: Request) -> Response:
        """What can be chosen after so many steps; a start is for the `session`, too, where one is named."""
        session = request.query_params.get("session", "")[:LONGEST_TEXT] or None
        try:
            choices = self.session.choices(request.path_params["number"], session)
        except IndexError as mistake:
            raise Problem(str(mistake)) from None
        return Response(as_json(choices), media_type="application/json")

    @answering
    async def trace(self, _: Request) -> Response:
        """The run so far as a trace, to be saved."""
        return _download(run_text(self.session.run), "application/jsonl", "broadcast.jsonl")

    @answering
    async def test(self, request: Request) -> Response:
        """The run, as far as the step `until`, as a pytest file, to be saved."""
        until = request.query_params.get("until", str(self.session.run.shown))
        if not (until.isascii() and until.isdigit() and len(until) < 10):
            raise Problem("until: expected the number of a step")
        return _download(pytest_text(self.session.run, int(until)), "text/x-python", "test_broadcast_session.py")

    # -- Doing --------------------------------------------------------------------------------------

    @answering
    async def order(self, request: Request) -> Response:
        """Do what the page asks for."""
        self._check(request)
        try:
            order = json_value((await _body(request, LARGEST_ORDER)).decode(errors="replace"))
        except NoPlainData:
            raise Problem("an order is a JSON object") from None
        if not isinstance(order, dict):
            raise Problem("an order is a JSON object")
        return JSONResponse({"refused": obey(self.session, order)})

    @answering
    async def load(self, request: Request) -> Response:
        """Show the trace that is the body of the request."""
        self._check(request)
        content = await _body(request, LARGEST_TRACE)
        name = "".join(sign for sign in request.query_params.get("name", "")[:100] if sign.isprintable()) or "trace"
        self.session.read(decoded(content, name, Problem, "trace"), name)
        return JSONResponse({"refused": ""})

    def _check(self, request: Request) -> None:
        given = request.headers.get("x-broadcast-token", "")
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            raise Forbidden("orders are taken from the monitor's own page alone; load it anew")


async def _next(queue: "asyncio.Queue[str | None]") -> str | None:
    """The next message; a comment where there is none for so long that one might think the stream is dead."""
    try:
        return await asyncio.wait_for(queue.get(), ALIVE_S)
    except TimeoutError:
        return ": still here\n\n"


async def _body(request: Request, largest: int) -> bytes:
    """The body, never more of it than is allowed; raises `TooLarge`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise TooLarge(f"the request is longer than {largest:,} bytes")
    return bytes(body)


def _download(text: str, media_type: str, name: str) -> Response:
    return Response(text, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _read(name: str) -> str:
    return resources.files("broadcast_orchestrator.reports.monitor").joinpath("page", name).read_text(encoding="utf-8")


BEFALLS = (
    ("Reload", '{"do": "reload"}', "The page is reloaded: it forgets everything, and the services go on"),
    ("Sleep 30 s", '{"do": "suspend", "ms": 30000}', "Nothing is heard for 30 s, then all that is overdue comes"),
    ("Start elsewhere", '{"do": "elsewhere", "name": "start_broadcast"}', "Another dashboard starts a broadcast"),
    ("Stop elsewhere", '{"do": "elsewhere", "name": "stop_broadcast"}', "Another dashboard stops what is on air"),
)
"""What befalls the dashboard by a button: what is on it, what it orders, and what that means."""


def _page(token: str) -> str:
    by_service = {service: [o for o, each in OPERATIONS.items() if each.service == service] for service in SERVICES}
    return (
        environment()
        .get_template("monitor.html.jinja")
        .render(
            token=token,
            faults=meanings(),
            graph=state_graph(),
            services=by_service,
            befalls=BEFALLS,
            kinds={operation: [BY_NAME[kind] for kind in kinds_for(operation)] for operation in OPERATIONS},
        )
    )
