"""Answers that a reader asks for again: an ETag of their bytes, and 304 where nothing changed. Knows no content."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class TaggedRoute(APIRoute):
    """The `route_class` of a router whose GET answers get an ETag."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle: Callable[[Request], Any] = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response: Response = await handle(request)
            return tag(request, response) if request.method == "GET" and response.status_code == 200 else response

        return tagged


def tag(request: Request, response: Response) -> Response:
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    asked = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if etag in asked or "*" in asked:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
