"""Removing exactly what this project made: what bears its label and its names, and nothing else."""

from mautic_bootstrap.containers.topology import BACKGROUND_ROLES, LABEL_INSTANCE, Topology
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
    if not run.variables.mautic_manage_containers:
        # An instance of that name on this machine is another inventory's.
        return StageResult(State(), message="a Mautic that already ran is not ours to remove")
    engine = run.engine
    gone: list[str] = []
    for instance in (run.variables.mautic_instance, f"{run.variables.mautic_instance}-rehearsal"):
        label = f"{LABEL_INSTANCE}={instance}"
        topology = Topology(instance, BACKGROUND_ROLES)
        made = {"container": topology.containers, "network": (topology.network,)}
        if run.variables.mautic_remove_volumes:
            made["volume"] = topology.volumes
        for kind, ours in made.items():
            # A container of somebody else's inherits the label with an image committed from one of ours.
            names = [name for name in engine.labelled(kind, label) if name in ours]
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
