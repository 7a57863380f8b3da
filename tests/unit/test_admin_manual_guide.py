"""The guide for doing it by hand."""

import re

from mautic_bootstrap.admin import manual_guide


def _numbers(guide: str) -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)\. ", guide, re.MULTILINE)]


def test_it_names_the_exact_addresses_what_to_type_and_how_to_carry_on() -> None:
    guide = manual_guide.render(
        base_url="https://m.example/sub", client_name="shop", redirect_uri="https://x/cb"
    )

    assert _numbers(guide) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert "https://m.example/sub/s/config/edit?tab=apiconfig" in guide
    assert "https://m.example/sub/s/credentials (menu" in guide
    assert 'type shop as "Name" and https://x/cb as "Redirect URI"' in guide
    assert "Set mautic_client_id and mautic_client_secret to them" in guide
    assert "basic auth" not in guide


def test_basic_auth_is_a_step_of_its_own_where_it_is_wished() -> None:
    on = manual_guide.render(basic_auth=True)
    off = manual_guide.render(basic_auth=False)

    assert _numbers(on) == list(range(1, 10))
    assert '3. Set "Enable HTTP basic auth?" to Yes.' in on
    assert '3. Set "Enable HTTP basic auth?" to No.' in off


def test_without_a_client_it_ends_with_the_file_and_its_proof() -> None:
    guide = manual_guide.render(client_name=None, basic_auth=True)

    assert "credentials" not in guide
    assert "MAUTIC_API_URL=http://localhost:8080, MAUTIC_USERNAME and MAUTIC_PASSWORD" in guide
    assert guide.endswith("which proves them.")
