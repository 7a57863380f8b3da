"""Two Mautics side by side, made by one run that does both at a time."""

import json
from pathlib import Path

from container import docker_cli
from e2e import curl
from e2e.mautic import Mautic
from e2e.playbook import Checkout
from e2e.targets import Target


def test_two_instances_live_side_by_side_and_are_taken_down_apart(tmp_path: Path) -> None:
    target = Target(version="7.0")
    checkout = Checkout.make(tmp_path / "checkout", **target.variables)
    names = {"shop": docker_cli.new_name(), "news": docker_cli.new_name()}
    hosts = {
        host: {"mautic_instance": name, "app_env_path": f".env.{host}", "mautic_client_name": host}
        for host, name in names.items()
    }
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    both = ("-i", str(inventory))
    try:
        answer = checkout.play(*both).ok()
        envs = {host: Mautic.read(checkout.root / f".env.{host}.rehearsal") for host in hosts}
        assert envs["shop"]["MAUTIC_API_URL"] != envs["news"]["MAUTIC_API_URL"]
        assert envs["shop"]["MAUTIC_CLIENT_SECRET"] != envs["news"]["MAUTIC_CLIENT_SECRET"]
        curl.new_contact(envs["shop"], "shop@example.com")
        totals = {host: _contacts(env) for host, env in envs.items()}
        assert totals == {"shop": 1, "news": 0}
        answer.says("OAuth2 client shop, id", "OAuth2 client news, id")
        checkout.play(*both).ok(changed=0)

        checkout.play(
            *both,
            *("--limit", "shop"),
            playbook="playbooks/teardown.yml",
            mautic_remove_volumes=True,
        ).ok(changed=1)
        assert docker_cli.everything(names["shop"]) == []
        assert _contacts(envs["news"]) == 0
        assert (checkout.root / ".secrets" / f"{names['news']}-rehearsal").is_dir()
    finally:
        for name in names.values():
            docker_cli.remove(name)


def _contacts(env: dict[str, str]) -> int:
    return int(curl.get(env, "/api/contacts", curl.token(env))["total"])
