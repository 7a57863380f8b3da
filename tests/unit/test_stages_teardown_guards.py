from typing import Any

import pytest

from mautic_bootstrap.containers.topology import LABEL_INSTANCE
from mautic_bootstrap.stages import teardown
from unit.fakes import FakeEngine, NewRun

_KINDS = ("container", "network", "volume")


def _label(engine: FakeEngine, instance: str, **names: list[str]) -> None:
    engine.labels |= {(kind, f"{LABEL_INSTANCE}={instance}"): names[kind] for kind in names}


def test_what_bears_the_label_but_none_of_our_names_stays(
    new_run: NewRun, engine: FakeEngine
) -> None:
    _label(
        engine,
        "mautic",
        container=["mautic-db", "mautic-web", "mautic-cron", "mautic-worker", "made-of-a-commit"],
        network=["mautic", "other"],
        volume=["mautic-db", "mautic-config", "mautic-logs", "backup"],
    )
    teardown.run(new_run(mautic_remove_volumes=True))
    assert engine.calls == [
        "remove container mautic-db mautic-web mautic-cron mautic-worker",
        "remove network mautic",
        "remove volume mautic-db mautic-config mautic-logs",
    ]


@pytest.mark.parametrize("values", [{}, {"mautic_remove_volumes": True}])
def test_for_a_mautic_that_already_ran_nothing_of_this_machine_goes(
    new_run: NewRun, engine: FakeEngine, values: dict[str, Any]
) -> None:
    for kind in _KINDS:
        _label(engine, "mautic", **{kind: ["mautic-db", "mautic"]})
    new_run().secrets.write("admin_password", "generated-one")
    run = new_run(mautic_manage_containers=False, mautic_url="https://example.com", **values)
    result = teardown.run(run)
    assert not result.changed
    assert result.message == "a Mautic that already ran is not ours to remove"
    assert engine.calls == []
    assert new_run().secrets.read("admin_password") == "generated-one"
