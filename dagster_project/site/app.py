"""The site as a web application: its addresses, and what holds for every answer.

Everything can be read and nothing changed: only GET and HEAD are answered. Pages load nothing from elsewhere, and no
other site can frame them. Requests with the name of another host are refused: a page elsewhere whose name is suddenly
that of this machine (DNS rebinding) must not read this site.
Belongs here: addresses, headers and errors. Does not belong here: content (`dagster_project.site.present`,
`dagster_project.site.pages`, `dagster_project.site.metrics`, `dagster_project.site.documents`).
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dagster_project.operations import links
from dagster_project.site import metrics, pages
from dagster_project.site.documents import RUNBOOK, document, documentation
from dagster_project.site.present import Sources
from warehouse.errors import WarehouseError
from warehouse.home import Home

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FILES: Final = ("icon.svg", "style.css")
_METHODS: Final = ("GET", "HEAD")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def application(home: Home) -> Starlette:
    """Return the site of a home."""
    sources = Sources(home)

    def overview(request: Request) -> Response:
        return _page(request, "overview.html.j2", present=sources.present())

    def portal(request: Request) -> Response:
        present = sources.present()
        slug = request.path_params["slug"]
        found = present.state.portal(slug)
        if found is None:
            raise HTTPException(404, f"There is no portal {slug}.")
        ui = links.asset_url("captures", slug.replace("-", "_"))
        return _page(
            request, "portal.html.j2", present=present, portal=found, history=sources.history(found), asset_url=ui
        )

    def show_metrics(_request: Request) -> Response:
        return Response(metrics.exposition(sources.present()), media_type=metrics.CONTENT_TYPE)

    routes = [
        Route("/", overview),
        Route("/portals/{slug}", portal),
        Route("/runbook", _runbook),
        Route("/docs/{name:path}", _documentation),
        Route("/metrics", show_metrics),
        Route("/healthz", _is_up),
        Route("/{name}", _file),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Guard)],
        exception_handlers={HTTPException: _problem, WarehouseError: _unusable, OSError: _unusable},
    )


def _runbook(_request: Request) -> Response:
    # A browser keeps the anchor, and the links of the page lead to its neighbours.
    return RedirectResponse(f"docs/{RUNBOOK}")


def _documentation(request: Request) -> Response:
    files, name = documentation(), request.path_params["name"]
    if name not in files:
        raise HTTPException(404, "There is no such page of the documentation.")
    if not name.endswith(".md"):
        return FileResponse(files[name])
    return _page(request, "document.html.j2", document=document(files, name), is_runbook=name == RUNBOOK)


def _is_up(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404, "There is no such page.")
    return FileResponse(_TEMPLATES / name)


def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _page(request, "problem.html.j2", error.status_code, problem=error.detail)


def _unusable(request: Request, error: Exception) -> Response:
    return _page(request, "problem.html.j2", 503, problem=str(error))


def _page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    # Relative links lead to the right place also where a proxy serves the site below a path.
    root = "../" * (request.url.path.count("/") - 1) or "./"
    return HTMLResponse(pages.rendered(template, root=root, **values), status)


class _Guard:
    """Refuses what would change something or is meant for another host; adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        app = self._app
        request = Request(scope)
        if request.method not in _METHODS:
            app = PlainTextResponse("this site can only be read\n", 405, {"Allow": ", ".join(_METHODS)})
        elif not _is_meant(request.headers.get("host", "")):
            app = PlainTextResponse(
                f"this site is not served under this name; if it should be, set {links.SITE_VARIABLE}\n", 421
            )
        await app(scope, receive, send_with_headers)


def _is_meant(host: str) -> bool:
    """Return whether a request for a host can be meant for this site.

    It can for addresses, for names of the local network, which have no dot, and for the name in the site's address.
    Whoever rebinds a name needs one of the public DNS.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if "." not in name or name == urlsplit(links.site_url()).hostname:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
