"""Measures the API client on a local server: beside bare httpx, beside Node's, and by the contacts in an hour."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import OAuth2Credentials
from mautic_bootstrap.api.limits import open_store
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.errors import RateLimitedError

_HERE = Path(__file__).parent
_NODE_CLIENT = "node-mautic@1.2.7"
_REQUESTS = 300
_MUCH = 10**9
_PATH = "/api/contacts/1"
_HEADERS = {"Authorization": "Bearer bench"}
_PAIRS = 9


@dataclass(frozen=True)
class Cost:
    """Seconds for one request."""

    wall: float
    cpu: float


def overhead() -> None:
    """Compare a call of the client with the same by httpx alone: with the shared hourly budget, and without one."""
    for budget, limit in (("shared budget", _MUCH), ("no budget", 0)):
        with _server() as url, _client(url, limit=limit) as ours, _bare(url) as bare:
            pairs = [
                (
                    _cost(lambda: ours.request("GET", _PATH).json()),
                    _cost(lambda: bare.get(_PATH, headers=_HEADERS).json()),
                )
                for _ in range(_PAIRS)
            ]
        _report(f"client, {budget}", "a request of MauticClient", "of bare httpx", pairs, 1.15)


def node() -> None:
    """Compare a contact read by the client with the same by the most used client of Node."""
    if shutil.which("npm") is None:
        print("node: not measured: no npm on PATH")
        return
    folder = _HERE.parent / ".cache" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "node-mautic").is_dir():
        npm = ["npm", "install", "--silent", "--no-save", "--no-audit", "--prefix", str(folder)]
        subprocess.run([*npm, _NODE_CLIENT], check=True, capture_output=True)
    shutil.copy(_HERE / "node_client.js", folder)
    with _server() as url, _client(url, limit=_MUCH) as ours:
        pairs = [
            (_cost(lambda: ours.contacts.get(1)), _node_cost(folder, url)) for _ in range(_PAIRS)
        ]
    _report("node", "contacts.get of MauticClient", f"getContact of {_NODE_CLIENT}", pairs, None)


def hour() -> None:
    """Count the contacts that reach Mautic within one hour's budget of 100, one by one and in batches."""
    with _server() as url:
        with _client(url, limit=100) as mautic:
            alone = 0
            try:
                while True:
                    mautic.contacts.upsert(email=f"{alone}@example.com")
                    alone += 1
            except RateLimitedError:
                pass
        with _client(url, limit=100) as mautic:
            rows = [{"email": f"{n}@example.com"} for n in range(20_000)]
            results = mautic.contacts.upsert_many(rows)
            batched = sum(result.contact_id is not None for result in results)
            budget = mautic.budget
    used = budget.used if budget is not None else 0
    print(f"hour: {batched} contacts in {used} requests by upsert_many, {alone} by upsert")


@contextmanager
def _server() -> Iterator[str]:
    argv = [sys.executable, str(_HERE / "api_server.py")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()


@contextmanager
def _client(url: str, *, limit: int) -> Iterator[MauticClient]:
    """Return a client as `.env` makes it: with a token, and a budget in a file unless `limit` is 0."""
    credentials = OAuth2Credentials("1_bench", SecretStr("bench-secret"))
    if not limit:
        with MauticClient(url, credentials) as client:
            yield client
        return
    with tempfile.TemporaryDirectory(prefix="mautic-bootstrap-bench-") as folder:
        throttle = Throttle(
            open_store(Path(folder, "state", "limits.db")),
            base_url=url,
            identity="bench",
            limit=limit,
            reserve=0,
            max_wait_s=0,
        )
        with MauticClient(url, credentials, throttle=throttle) as client:
            yield client


@contextmanager
def _bare(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=10) as client:
        yield client


def _cost(request: Callable[[], object]) -> Cost:
    for _ in range(20):
        request()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(_REQUESTS):
        request()
    return Cost((time.perf_counter() - wall) / _REQUESTS, (time.process_time() - cpu) / _REQUESTS)


def _node_cost(folder: Path, url: str) -> Cost:
    argv = ["node", "node_client.js", url, str(_REQUESTS)]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)
    return Cost(**json.loads(done.stdout))


def _report(
    name: str, what: str, beside: str, pairs: list[tuple[Cost, Cost]], goal: float | None
) -> None:
    for kind in ("wall", "cpu"):
        ours, theirs = (
            [getattr(cost, kind) for cost in costs] for costs in zip(*pairs, strict=True)
        )
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        ratio = statistics.median(ratios)
        verdict = "" if goal is None else f"; goal {goal:g}x or less: {_verdict(ratio, goal)}"
        spread = f"{min(ratios):.2f} to {max(ratios):.2f} over {len(ratios)} pairs"
        print(f"{name} ({kind}): {ratio:.2f}x ({spread}){verdict}")
        print(
            f"  {what}: {statistics.median(ours) * 1e3:.2f} ms; {beside}:"
            f" {statistics.median(theirs) * 1e3:.2f} ms"
        )


def _verdict(ratio: float, goal: float) -> str:
    return "met" if ratio <= goal else "missed"
