"""What the README quotes is what the software says."""

import re
from pathlib import Path

import pytest

from mautic_bootstrap.admin import manual_guide
from mautic_bootstrap.settings_example import example
from mautic_bootstrap.variables import Variables
from unit.env_example import quoted_example

_ROOT = Path(__file__).parents[2]
README = (_ROOT / "README.md").read_text(encoding="utf-8")


def test_guide_for_doing_it_by_hand_is_the_one_the_error_carries() -> None:
    defaults = Variables()
    guide = manual_guide.render(
        base_url=defaults.mautic_url,
        client_name=defaults.mautic_client_name,
        redirect_uri=defaults.mautic_client_redirect_uri,
        basic_auth=None,
    )
    steps = [line for line in guide.splitlines() if line[:1].isdigit()]
    assert len(steps) > 5
    assert [step for step in steps if step not in README] == []


def test_its_example_of_settings_is_what_the_command_prints() -> None:
    assert quoted_example(README) == example()


@pytest.mark.parametrize("document", ["README.md", "docs/security.md"])
def test_what_it_links_to_is_there(document: str) -> None:
    text = (_ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert links
    for link in links:
        file = link.partition("#")[0]
        assert "://" in link or (_ROOT / document).parent.joinpath(file).exists(), link
