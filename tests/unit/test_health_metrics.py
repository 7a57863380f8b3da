"""What Prometheus is told, and that nobody is named in it."""

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mautic_bootstrap.api.logs import CallRecord
from mautic_bootstrap.health.metrics import path_template
from unit.fake_mautic import FakeMautic
from unit.health_support import asking, health

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mautic")]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def record(**changes: Any) -> CallRecord:
    made: dict[str, Any] = {
        "request_id": "1",
        "method": "GET",
        "path": "/api/contacts/7",
        "attempt": 1,
        "milliseconds": 300.0,
        "status": 200,
        "error": "",
        "budget_left": 9,
        "mautic_version": "7.0.0",
        "params": {"search": "email:ada@example.com"},
    }
    return CallRecord(**made | changes)


def samples(text: str) -> dict[str, float]:
    """Return name and labels of every sample to its value."""
    return {
        f"{sample.name}{sorted(sample.labels.items()) if sample.labels else ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/contacts/47", "/api/contacts/{id}"),
        ("/api/contacts/47/edit", "/api/contacts/{id}/edit"),
        ("/api/contacts/batch/new", "/api/contacts/batch/new"),
        ("/api/contacts/47/dnc/email/add", "/api/contacts/{id}/dnc/email/add"),
        ("/api/segments/3/contact/47/remove", "/api/segments/{id}/contact/{id}/remove"),
        ("/api/emails/3/contact/47/send", "/api/emails/{id}/contact/{id}/send"),
        ("/api/users/self", "/api/users/self"),
        ("/api/companies", "/api/companies"),
        ("/api/v2/contacts/47", "/api/v2/contacts/{id}"),
        ("/api/contacts/ada@example.com", "/api/contacts/{id}"),
        ("/api/contacts/ada", "/api/contacts/{id}"),
        ("/api/ada@example.com", "/api/{id}"),
        ("/api/contacts?search=ada@example.com", "/api/contacts"),
        ("/oauth/v2/token", "/oauth/v2/token"),
        ("/s/login", "other"),
        ("", "other"),
        ("/api" + "/7" * 50, "other"),
    ],
)
def test_a_path_becomes_its_template(path: str, template: str) -> None:
    assert path_template(path) == template


async def test_calls_are_counted_by_what_came_of_them(tmp_path: Path) -> None:
    here = health(tmp_path, health_calls_per_hour=0)
    here.observe(record())
    here.observe(record(path="/api/contacts/8", milliseconds=900.0))
    here.observe(record(status=503))
    here.observe(record(status=200, attempt=2))
    here.observe(record(status=None, error="ReadTimeout", method="BREW"))
    async with asking(here) as client:
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    got = samples(response.text)
    path = "('path', '/api/contacts/{id}')"
    get = f"[('method', 'GET'), {path}"
    assert got[f"mautic_api_calls_total{get}, ('status', '200')]"] == 3
    assert got[f"mautic_api_calls_total{get}, ('status', '503')]"] == 1
    other = f"mautic_api_calls_total[('method', 'other'), {path}, ('status', 'ReadTimeout')]"
    assert got[other] == 1
    assert got[f"mautic_api_retries_total{get}]"] == 1
    assert got[f"mautic_api_call_duration_seconds_count{get}]"] == 4
    assert got[f"mautic_api_call_duration_seconds_sum{get}]"] == pytest.approx(1.8)
    below = f"mautic_api_call_duration_seconds_bucket[('le', '0.5'), ('method', 'GET'), {path}]"
    assert got[below] == 3
    assert "ada" not in response.text


async def test_how_it_stands(tmp_path: Path, mautic: FakeMautic) -> None:
    async with asking(health(tmp_path)) as client:
        got = samples((await client.get("/metrics")).text)
    assert got["mautic_ready"] == 1
    for check in ("reachable", "token", "api_call", "mautic_version", "budget"):
        assert got[f"mautic_check_ok[('check', '{check}')]"] == 1
    assert got["mautic_budget_left"] == 99
    assert got["mautic_budget_per_hour"] == 100
    assert got["mautic_health_calls_left"] == 3
    assert got["mautic_info[('version', '7.0.0')]"] == 1
    assert got["mautic_token_renewals_total"] == 1
    token = "[('method', 'POST'), ('path', '/oauth/v2/token'), ('status', '200')]"
    assert got[f"mautic_api_calls_total{token}"] == 1


async def test_what_fails_shows_and_what_nobody_knows_is_left_out(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    mautic.clients.clear()
    here = health(tmp_path, rate_limit_per_hour=0, rate_limit_reserve=0)
    async with asking(here) as client:
        response = await client.get("/metrics")
    got = samples(response.text)
    assert response.status_code == 200
    assert got["mautic_ready"] == 0
    assert got["mautic_check_ok[('check', 'token')]"] == 0
    assert "mautic_check_ok[('check', 'api_call')]" not in got
    assert "mautic_budget_left" not in got
    assert not any(name.startswith("mautic_info") for name in got)
    assert got["mautic_token_renewals_total"] == 0


async def test_two_processes_worth_of_metrics_do_not_mix(tmp_path: Path) -> None:
    one, other = health(tmp_path), health(tmp_path)
    one.observe(record(path="/api/campaigns/1"))
    async with asking(other) as client:
        assert "campaigns" not in (await client.get("/metrics")).text
