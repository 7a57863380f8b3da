"""A stand-in for Mautic's REST API that costs next to nothing, so that what is measured is the client.

Answers one contact of Mautic's size, takes batches, and hands out tokens. Prints its port; ends with its input.
"""

import json
import socket
import sys
import threading
from typing import Any

import uvicorn

_GROUP = "core"
_FIELDS = {
    name: {
        "id": str(n),
        "label": name,
        "alias": name,
        "type": "text",
        "group": _GROUP,
        "value": name,
    }
    for n, name in enumerate(
        ("firstname", "lastname", "email", "company", "city", "phone", "zipcode")
    )
}


def contact(number: int) -> dict[str, Any]:
    """Return a contact as Mautic shows it."""
    values = {name: field["value"] for name, field in _FIELDS.items()}
    return {
        "id": number,
        "isPublished": True,
        "dateAdded": "2026-01-01T00:00:00+00:00",
        "points": 0,
        "tags": [],
        "fields": {_GROUP: _FIELDS, "social": [], "all": values | {"id": str(number)}},
    }


_ONE = json.dumps({"contact": contact(1)}).encode()
_TOKEN = json.dumps({"access_token": "bench", "expires_in": 3600, "token_type": "bearer"}).encode()
_HEADERS = [(b"content-type", b"application/json"), (b"mautic-version", b"7.0.0")]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    status, answer = _answer(scope["path"], body)
    headers = [*_HEADERS, (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def _answer(path: str, body: bytes) -> tuple[int, bytes]:
    if path.endswith("/oauth/v2/token"):
        return 200, _TOKEN
    if path.endswith("/batch/new"):
        rows = range(len(json.loads(body)))
        contacts = [contact(n + 1) for n in rows]
        return 201, json.dumps({"contacts": contacts, "statusCodes": [201 for _ in rows]}).encode()
    return (201 if path.endswith("/new") else 200), _ONE


def main() -> None:
    """Serve on a free port of this machine until the input ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))

    def end_with_input() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_input, daemon=True).start()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
