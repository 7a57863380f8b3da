"""How to do by hand what the browser does: the one text, for errors and for the README.

Source: the menu's and the pages' English names, `ApiBundle/Translations/en_US/messages.ini`,
`ConfigBundle/Translations/en_US/messages.ini`, `CoreBundle/Resources/views/Menu/admin.html.twig`; 5.1.0, 7.0.0.
"""

_DEFAULT_URL = "http://localhost:8080"
_DEFAULT_REDIRECT_URI = "https://localhost/callback"


def render(
    *,
    base_url: str = _DEFAULT_URL,
    client_name: str | None = "app",
    redirect_uri: str = _DEFAULT_REDIRECT_URI,
    basic_auth: bool | None = None,
) -> str:
    """Return numbered steps for a person in the admin UI, and how to carry on from there.

    Args:
        base_url: Mautic's base URL, no slash at the end.
        client_name: Name for the OAuth2 client; None: none is wanted, HTTP basic auth is used instead.
        redirect_uri: What to type where Mautic demands one.
        basic_auth: HTTP basic auth on, off, or None: left as it is.
    """
    opened = f"Open {base_url}/s/config/edit?tab=apiconfig in any browser and log in as the admin"
    steps = [
        f"{opened} (menu: the cog at the top right, Configuration, API Settings).",
        'Set "API enabled?" to Yes.',
    ]
    if basic_auth is not None:
        steps.append(f'Set "Enable HTTP basic auth?" to {"Yes" if basic_auth else "No"}.')
    steps.append('Press "Save" and wait for "Configuration successfully updated".')
    steps += _basic_steps(base_url) if client_name is None else []
    if client_name is not None:
        steps += _client_steps(base_url, client_name, redirect_uri)
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    return "\n".join(["By hand, without a browser on this machine:", *numbered])


def _client_steps(base_url: str, client_name: str, redirect_uri: str) -> list[str]:
    listed = f"Open {base_url}/s/credentials (menu: the cog, API Credentials)"
    return [
        f"{listed}. If {client_name} is in the list already, leave out the next step.",
        f'Press "New", type {client_name} as "Name" and {redirect_uri} as "Redirect URI", press "Save".',
        'Copy "Client ID" (in the list: "Public Key") and "Client Secret" ("Secret Key").',
        "Set mautic_client_id and mautic_client_secret to them, best in a vaulted file of the inventory.",
        "Run the playbook again: it carries on from there and starts no browser.",
    ]


def _basic_steps(base_url: str) -> list[str]:
    return [
        f"Write MAUTIC_API_URL={base_url}, MAUTIC_USERNAME and MAUTIC_PASSWORD into the `.env` file, mode 0600.",
        "Run `ansible-playbook playbooks/verify.yml`, which proves them.",
    ]
