"""What the end-to-end tests run against: the rehearsal of each version, and each real image that is here."""

from dataclasses import dataclass

import pytest

from lanes import DATABASE_IMAGE, MAUTIC_IMAGES, no_image

# No registry can serve these, and none has them: the engine's answer is that of a machine without a network.
NO_IMAGE = "registry.invalid/mautic:none"
NO_DATABASE_IMAGE = "registry.invalid/mariadb:none"


@dataclass(frozen=True)
class Target:
    """One kind of Mautic."""

    image: str = ""
    """A real image; empty for the rehearsal."""

    version: str = ""
    """The version that the rehearsal imitates."""

    @property
    def name(self) -> str:
        """The name in test ids and marks."""
        return self.image or f"rehearsal-{self.version}"

    @property
    def is_rehearsal(self) -> bool:
        """Whether the embedded stand-in is what runs."""
        return not self.image

    @property
    def obstacle(self) -> str:
        """Why nothing can run against it here; an empty text means that it can."""
        return no_image(self.image) if self.image else ""

    @property
    def variables(self) -> dict[str, object]:
        """What the playbook is told about it."""
        if self.image:
            # The tests' network leads nowhere; without this every call of Mautic's own would hang.
            return {
                "mautic_image": self.image,
                "mautic_db_image": DATABASE_IMAGE,
                "mautic_block_phone_home": True,
            }
        return {
            "mautic_image": NO_IMAGE,
            "mautic_db_image": NO_DATABASE_IMAGE,
            "mautic_fallback": "rehearsal",
            "mautic_rehearsal_version": self.version,
        }


TARGETS = (
    Target(version="7.0"),
    Target(version="5.1"),
    *(Target(image=image) for image in reversed(MAUTIC_IMAGES)),
)

# `make test` has minutes: what differs little between targets is tried on one, `make test-long` tries it on all.
ONCE = pytest.mark.long_on(*(target.name for target in TARGETS[1:]))
ONE_REHEARSAL = pytest.mark.long_on(TARGETS[1].name)
ONE_OF_EACH_KIND = pytest.mark.long_on(TARGETS[1].name, TARGETS[3].name)
