"""Removing exactly what this project made: what bears its label, and nothing else."""

from mautic_bootstrap.containers.topology import LABEL_INSTANCE
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.secrets_store import SecretsStore


def run(run: Run) -> StageResult:
    """Remove containers and network of the instance and of its rehearsal; volumes and secrets on request.

    Side effects:
        With `mautic_remove_volumes` the data and `.secrets/<instance>/` go too, and only together: without the
        one the other is of no use. `.env` stays. Nothing goes in check mode.

    Raises:
        ContainerError: The engine cannot be reached or refuses.
    """
    engine = run.engine
    gone: list[str] = []
    for instance in (run.variables.mautic_instance, f"{run.variables.mautic_instance}-rehearsal"):
        label = f"{LABEL_INSTANCE}={instance}"
        kinds = ["container", "network"]
        if run.variables.mautic_remove_volumes:
            kinds.append("volume")
        for kind in kinds:
            names = engine.labelled(kind, label)
            gone += [f"{kind} {name}" for name in names]
            if names and not run.check:
                with run.progress.step(f"Remove {kind} {', '.join(names)}"):
                    engine.remove(kind, names)
        secrets = SecretsStore(run.root, instance)
        if run.variables.mautic_remove_volumes and secrets.exists():
            gone.append(f"secrets {secrets.path}")
            if not run.check:
                secrets.destroy()
    return StageResult(
        State(),
        changed=bool(gone),
        before="\n".join(gone),
        after="",
        message="; ".join(gone) or "nothing of this project is here",
    )
