"""`mautic-bootstrap serve`: the health endpoint, as a server of its own."""

import argparse
import ipaddress
import logging
import signal
import socket
import sys
from pathlib import Path

from mautic_bootstrap.cli.exit_codes import ExitCode
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.health.settings import HealthSettings
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.urls import bracketed

_EXTRA = ("prometheus_client", "starlette", "uvicorn")
_MOST_CONNECTIONS = 512
# As many are accepted in one go, and only then looked at; few enough not to fill the above before that.
_MOST_AT_ONCE = 64
_GRACE_S = 10

_log = logging.getLogger("mautic_bootstrap.health")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Serve /health/live, /health/ready and /metrics. The last two are answered on this machine alone, or"
        " to whoever sends MAUTIC_HEALTH_TOKEN as a bearer token; without it no other address is listened on."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; %(default)s")
    parser.add_argument(
        "--port", type=_port, default=8085, help="port to listen on, 0 for any; %(default)s"
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="PATH", help="by default .env, where there is one"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, redactor: Redactor) -> ExitCode:
    del redactor
    try:
        import uvicorn  # noqa: PLC0415  # an extra

        from mautic_bootstrap.health.asgi import Health, create_app  # noqa: PLC0415  # needs that, too
        from mautic_bootstrap.health.connections import ImpatientProtocol  # noqa: PLC0415  # likewise
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise SettingsError(
            ["serve needs the extra [server]: pip install 'mautic-bootstrap[server]'"]
        ) from exc
    settings = HealthSettings.from_env(arguments.env_file)
    app = create_app(Health(settings))
    with _listening(arguments.host, arguments.port, is_guarded=settings.token is not None) as place:
        logging.basicConfig(
            stream=sys.stderr,
            level=logging.INFO,
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
        host, port = place.getsockname()[:2]
        _log.info("Health of %s on http://%s:%d", settings.mautic.api_url, bracketed(host), port)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # a line for each probe would drown everything else
            server_header=False,
            proxy_headers=False,  # who may ask is judged by the peer itself
            http=ImpatientProtocol,  # of uvicorn's h11, which takes no head of a request beyond 16 KiB
            ws="none",  # a WebSocket would be beyond all of these bounds
            limit_concurrency=_MOST_CONNECTIONS,
            backlog=_MOST_AT_ONCE,
            timeout_graceful_shutdown=_GRACE_S,
        )
        # Asked to stop, uvicorn does so in order, and then raises the signal again for whoever handled it before.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[place])
    return ExitCode.FINE


def _listening(host: str, port: int, *, is_guarded: bool) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SettingsError: Others could ask, and no token would keep them out; or the system refused.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        if not is_guarded and not ipaddress.ip_address(address[0]).is_loopback:
            raise SettingsError(
                [
                    f"--host {host} is open to other machines; set MAUTIC_HEALTH_TOKEN, or listen on 127.0.0.1"
                ]
            )
        return socket.create_server((str(address[0]), port), family=family)
    except OSError as exc:
        # Python adds the address, which is named already.
        reason = (exc.strerror or type(exc).__name__).lower().partition(" (")[0]
        raise SettingsError(
            [f"--host {host} --port {port} cannot be listened on: {reason}"]
        ) from exc


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
