"""One of several applications of a Mautic that already runs, each with a `.env`, and mostly a client, of its own."""

from dataclasses import dataclass, replace
from pathlib import Path

from e2e.mautic import Mautic
from e2e.playbook import Answer

_INSTANCE = "mautic"
"""The default of `mautic_instance`, which `inventory/existing` leaves as it is."""


@dataclass(frozen=True)
class Application:
    """An application, and how a person bootstraps it by the README's words for a Mautic that already runs."""

    mautic: Mautic
    name: str
    """Of its OAuth2 client."""

    env_name: str = ""
    """Of its file; `.env.<name>` unless said otherwise."""

    @property
    def env_path(self) -> Path:
        """Its `.env`."""
        return self.mautic.checkout.root / (self.env_name or f".env.{self.name}")

    @property
    def env(self) -> dict[str, str]:
        """What its `.env` holds."""
        return Mautic.read(self.env_path)

    @property
    def kept(self) -> Path:
        """The client that renews its token."""
        return self.mautic.checkout.root / ".secrets" / _INSTANCE / "client.json"

    @property
    def role(self) -> str:
        """The name of its role."""
        return f"mautic-bootstrap: {self.name}"

    def play(
        self,
        *arguments: str,
        playbook: str = "bootstrap.yml",
        environment: dict[str, str] | None = None,
        **variables: object,
    ) -> Answer:
        """Run a playbook, watched by the recorder of the Mautic, which starts empty."""
        mautic = self.mautic
        mautic.recorder.clear()
        login = {"MAUTIC_URL": mautic.url, "MAUTIC_ADMIN_PASSWORD": mautic.admin_password}
        own: dict[str, object] = {
            "app_env_path": self.env_path.name,
            "mautic_client_name": self.name,
        }
        answer = replace(mautic.checkout, variables=own).play(
            *("-i", "inventory/existing", "--diff", *arguments),
            playbook=playbook,
            timeout_s=300,
            environment=login | (environment or {}),
            **variables,
        )
        assert not mautic.recorder.of("docker")
        return answer
