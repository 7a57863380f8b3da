"""From nothing to proven credentials, and a second run that has nothing to do."""

from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.files import snapshot
from e2e.mautic import Mautic
from e2e.targets import ONE_REHEARSAL

# What check mode may ask a Mautic for: pages, the login, and a token.
_POSTS = {"POST /s/login_check", "POST /oauth/v2/token"}


@ONE_REHEARSAL
def test_check_mode_on_a_fresh_machine_lists_the_plan_and_makes_nothing(mautic: Mautic) -> None:
    files, made = snapshot(mautic.checkout.root), mautic.made()
    answer = mautic.play("--check", "--diff").ok()
    answer.says(*(f"container {name}: absent -> running" for name in mautic.containers))
    answer.says("+Mautic: installed, admin admin", "+API: on", "+OAuth2 client 'app': created")
    answer.says("+MAUTIC_CLIENT_SECRET=********")
    assert answer.changed > 0
    assert snapshot(mautic.checkout.root) == files
    assert mautic.made() == made
    assert not mautic.recorder.of("chromium")


def test_the_first_run_ends_with_proven_credentials(mautic: Mautic) -> None:
    answer = mautic.play("--diff").ok()
    assert answer.changed > 0
    assert len(mautic.recorder.of("chromium")) == 1, mautic.recorder.calls
    assert sorted(mautic.env) == ["MAUTIC_API_URL", "MAUTIC_CLIENT_ID", "MAUTIC_CLIENT_SECRET"]
    assert mautic.env["MAUTIC_API_URL"] == mautic.url
    assert mautic.env_path.stat().st_mode & 0o777 == 0o600
    answer.says(f"OAuth2 client app, id {mautic.env['MAUTIC_CLIENT_ID']}")
    answer.says(f"Credentials {mautic.env_path} (oauth2)", "token answered in")
    answer.says(
        *(f"GET /api/{name} 200" for name in ("contacts", "campaigns", "emails", "segments"))
    )
    answer.says("GET /api/v2/contacts", "(not required)", "preflight", "install", "verify")
    answer.lacks(*_secrets(mautic))


def test_a_rehearsal_says_so_and_a_real_run_does_not(mautic: Mautic) -> None:
    answer = mautic.last
    assert answer is not None
    if mautic.target.is_rehearsal:
        assert answer.last_line == "REHEARSAL: no .env was written"
        assert mautic.env_path.name == ".env.rehearsal"
        assert not mautic.checkout.env.exists()
        answer.says("imitated by the stand-in", "no registry answers")
    else:
        answer.lacks("REHEARSAL", "rehearsal")
        assert not (mautic.checkout.root / ".env.rehearsal").exists()


def test_the_secrets_are_for_this_user_alone_and_git_sees_none(mautic: Mautic) -> None:
    folders = (mautic.secrets, mautic.secrets.parent)
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]
    files = {file.name: file.stat().st_mode & 0o777 for file in mautic.secrets.iterdir()}
    names = ("admin_password", "db_password", "db_root_password")
    assert files == dict.fromkeys(names, 0o600)
    assert mautic.checkout.untracked() == []


def test_the_credentials_fetch_a_token_and_a_contact_list_with_curl(mautic: Mautic) -> None:
    token = curl.token(mautic.env)
    assert int(curl.get(mautic.env, "/api/contacts", token)["total"]) == 0


def test_mautic_holds_one_client_and_only_the_api_was_switched_on(mautic: Mautic) -> None:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.client_names() == ["app"]
        assert pages.is_on("api_enabled")
        assert not pages.is_on("api_enable_basic_auth")


def test_a_second_run_changes_nothing_and_starts_no_browser(mautic: Mautic) -> None:
    files, made = snapshot(mautic.checkout.root), mautic.made()
    mautic.play("--diff").ok(changed=0)
    assert not mautic.recorder.of("chromium")
    if not mautic.target.is_rehearsal:  # which first has to find out that no registry answers
        (call,) = mautic.recorder.calls
        assert call.startswith("docker inspect "), call
    assert snapshot(mautic.checkout.root) == files
    assert mautic.made() == made


@ONE_REHEARSAL
def test_check_mode_afterwards_says_that_nothing_would_change(mautic: Mautic) -> None:
    files, made = snapshot(mautic.checkout.root), mautic.made()
    with mautic.requests() as requests:
        mautic.play("--check", "--diff").ok(changed=0).lacks("+++")
    assert requests, "the web container logs no requests"
    assert _writes(requests) <= {"POST /oauth/v2/token"}
    assert snapshot(mautic.checkout.root) == files
    assert mautic.made() == made


@ONE_REHEARSAL
def test_check_mode_with_a_browser_only_looks(mautic: Mautic) -> None:
    client, text = mautic.env["MAUTIC_CLIENT_ID"], mautic.env_path.read_text()
    mautic.env_path.unlink()
    files, made = snapshot(mautic.checkout.root), mautic.made()
    with mautic.requests() as requests:
        answer = mautic.play("--check", "--diff").ok()
    assert len(mautic.recorder.of("chromium")) == 1
    assert _writes(requests) <= _POSTS
    assert requests.count("POST /s/login_check") == 1
    answer.says(f"+MAUTIC_CLIENT_ID={client}", "+MAUTIC_CLIENT_SECRET=********")
    assert answer.changed == 1, answer.output
    assert snapshot(mautic.checkout.root) == files
    assert mautic.made() == made
    mautic.env_path.touch(mode=0o600)
    mautic.env_path.write_text(text)


def _writes(requests: list[str]) -> set[str]:
    return {request for request in requests if not request.startswith("GET ")}


def _secrets(mautic: Mautic) -> list[str]:
    files = [file.read_text() for file in mautic.secrets.iterdir()]
    return [*files, mautic.env["MAUTIC_CLIENT_SECRET"]]
