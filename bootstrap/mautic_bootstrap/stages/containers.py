"""Stage 2: images, passwords and the plan for the containers; the role's YAML then declares them."""

from mautic_bootstrap import passwords
from mautic_bootstrap.containers import images
from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.errors import RegistryUnreachableError, SecretLostError, SettingsError
from mautic_bootstrap.install import database
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import fallback, observe, preflight
from mautic_bootstrap.urls import bracketed

# Anything below 500 is an answer, the redirect to the installer included.
_WEB_CHECK = (
    '$h = @get_headers("http://127.0.0.1/s/login", false, stream_context_create(["http" =>'
    ' ["timeout" => 20, "follow_location" => 0]])); exit($h && $h[0] && substr($h[0], 9, 1) < "5" ? 0 : 1);'
)
# The variables the database passwords travel in; both official database images know these names.
_PASSWORDS = {"db_password": "MYSQL_PASSWORD", "db_root_password": "MYSQL_ROOT_PASSWORD"}


def run(run: Run, state: State) -> StageResult:
    """Get what is missing and say how the containers will change.

    Side effects:
        Pulls or loads images, or builds the rehearsal's; writes the database passwords to `.secrets`. Nothing
        of this in check mode.

    Raises:
        ContainerError, SecretLostError, SettingsError: As they say.
    """
    got: list[str] = []
    if state.missing_images:
        got = _get_images(run, state)
        problems = preflight.check(run, state)
        if problems:
            raise SettingsError(problems, touched="the images" if got and not run.check else "")
        state.settled = preflight.is_settled(run, state)
    snapshot = observe.containers(run, state)
    lines = got + state.differences
    if not state.containers_current:
        _ensure_passwords(run, snapshot)
    # What the containers themselves change is reported by the tasks that change them.
    return _result(state, lines, run, changed=bool(lines) if run.check else bool(got))


def _result(state: State, lines: list[str], run: Run, *, changed: bool) -> StageResult:
    return StageResult(
        state,
        changed=changed,
        before="\n".join(line.partition(" -> ")[0] for line in lines),
        after="\n".join(lines),
        message="; ".join(lines) or "the containers run as wanted",
        facts={"containers": _for_tasks(run, state)},
    )


def _for_tasks(run: Run, state: State) -> dict[str, object]:
    """Return what the role's container tasks are told; no secret, only where they lie."""
    topology, variables = run.topology, run.variables
    blocked = observe.PHONE_HOME_HOSTS if state.phone_home_blocked else ()
    return {
        # Ansible's modules know no contexts of docker's: left alone they might work on another engine.
        "engine": run.engine.address(),
        "instance": topology.instance,
        "database": topology.database,
        "web": topology.web,
        "background": list(topology.background),
        "unwanted": list(topology.unwanted),
        "image": variables.mautic_image,
        "database_image": variables.mautic_db_image,
        "publish": f"{bracketed(variables.mautic_bind_address)}:{variables.port}:80",
        "etc_hosts": dict.fromkeys(blocked, "127.0.0.1"),
        "secrets_path": str(run.secrets.path),
        "database_check": f"echo 'SELECT 1' | {{ {database.CLIENT}; }}",
        "web_check": _WEB_CHECK,
    }


def _get_images(run: Run, state: State) -> list[str]:
    """Get the missing images; where no registry answers and the variables allow it, rehearse.

    In check mode nothing is got, but a registry is asked whether it would hand the image over.
    """
    variables, engine = run.variables, run.engine
    archive = variables.mautic_image_archive
    got = []
    try:
        for name in state.missing_images:
            if run.check:
                how = images.planned(engine, name, archive)
            else:
                with run.progress.step(f"Get the image {name}"):
                    how = images.get(engine, name, archive)
            got.append(f"image {name}: absent -> {how}")
    except RegistryUnreachableError:
        if variables.mautic_fallback != "rehearsal":
            raise
        return fallback.switch(run, state)
    return got


def _ensure_passwords(run: Run, snapshot: Snapshot) -> None:
    """Have the database passwords in `.secrets`: kept, read back from the containers, or generated.

    In check mode they are only looked for.

    Raises:
        SecretLostError: The volumes live, but neither `.secrets` nor a container knows the passwords.
    """
    store, container = run.secrets, run.topology.database
    for name, variable in _PASSWORDS.items():
        if store.read(name) is not None:
            continue
        password = None
        if container in snapshot.containers:
            password = run.engine.environment(container).get(variable)
        if password is None and run.engine.volumes([container]):
            raise SecretLostError(
                f"find the database passwords of {run.topology.instance}",
                expected=f"them in {store.path} or in the container {container}",
                seen="neither, while the volume with the data is still there",
                hint=f"Restore {store.path} from a backup, or give the data up with playbooks/teardown.yml"
                " -e mautic_remove_volumes=true.",
            )
        if not run.check:
            password = password or passwords.generate()
            run.redactor.add(password)
            store.write(name, password)
