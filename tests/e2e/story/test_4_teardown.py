"""Taking it down removes exactly what was made; what is not told to go brings it back as it was."""

from container import docker_cli
from container.docker_cli import docker
from e2e import curl
from e2e.mautic import Mautic
from e2e.playbook import Answer
from e2e.targets import ONCE


@ONCE
def test_check_mode_says_what_would_be_removed_and_removes_nothing(mautic: Mautic) -> None:
    made = mautic.made()
    answer = _tear_down(mautic, "--check", "--diff").ok(changed=1)
    answer.says(*(f"container {name}" for name in mautic.containers)).lacks("volume ")
    assert mautic.made() == made


@ONCE
def test_without_its_volumes_everything_goes_but_the_data(mautic: Mautic) -> None:
    curl.new_contact(mautic.env, "stays@example.com")
    volumes, env = mautic.made()["volumes"], mautic.env
    _tear_down(mautic).ok(changed=1)
    assert mautic.made() == {"containers": {}, "networks": [], "volumes": volumes}
    assert (mautic.secrets / "admin_password").exists()
    assert mautic.env == env


@ONCE
def test_the_next_run_brings_the_same_mautic_up_again(mautic: Mautic) -> None:
    env = mautic.env
    mautic.seal()
    mautic.play().ok()
    assert {**mautic.env, "MAUTIC_API_URL": ""} == {**env, "MAUTIC_API_URL": ""}
    contacts = curl.get(mautic.env, "/api/contacts", curl.token(mautic.env))
    assert int(contacts["total"]) >= 1


def test_with_its_volumes_everything_goes_and_nothing_of_anybody_else(mautic: Mautic) -> None:
    _make_foreign_things(mautic)
    env, foreign = mautic.env_path.read_text(), _foreign_things(mautic)
    assert len(foreign) == 3
    _tear_down(mautic, mautic_remove_volumes=True).ok(changed=1)
    assert mautic.made() == {"containers": {}, "networks": [], "volumes": []}
    assert not mautic.secrets.exists()
    assert mautic.env_path.read_text() == env
    assert _foreign_things(mautic) == foreign
    _tear_down(mautic, mautic_remove_volumes=True).ok(changed=0)


def _tear_down(mautic: Mautic, *arguments: str, **variables: object) -> Answer:
    return mautic.play(*arguments, playbook="playbooks/teardown.yml", **variables)


def _make_foreign_things(mautic: Mautic) -> None:
    """Make what bears names like this instance's, but not its label."""
    label = ("--label", f"{docker_cli.LABEL_TEST}={mautic.name}")
    image = docker("inspect", "--format", "{{.Config.Image}}", mautic.web)
    docker("create", *label, "--name", f"{mautic.web}-2", image)
    docker("volume", "create", *label, f"{mautic.instance}-config-old")
    docker("network", "create", *label, f"{mautic.instance}-backup")


def _foreign_things(mautic: Mautic) -> list[str]:
    kinds = ("container", "volume", "network")
    return [
        name
        for kind in kinds
        for name in docker_cli.labelled(kind, mautic.name, label=docker_cli.LABEL_TEST)
    ]
