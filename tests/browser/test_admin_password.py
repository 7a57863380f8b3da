"""A new password for the admin, through the page of one's own account."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from browser.conftest import wish_for
from browser.mautics import Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin import password
from mautic_bootstrap.admin.model import Wish
from mautic_bootstrap.errors import LoginRejectedError, SaveNotConfirmedError, UiError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.versions import VERSIONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_NEW = SecretStr("Thrift-lantern_47-eastward")


def _is_now(mautic: Mautic, secret: str) -> bool:
    admin = people.user(mautic.site.database, 1)
    assert admin is not None
    return people.matches(secret, admin["password"])


def _change(mautic: Mautic, folder: Path, new: SecretStr = _NEW) -> None:
    redactor = Redactor()
    wish = wish_for(mautic.url, folder / "evidence")
    password.change(wish, new, redactor=redactor, progress=Progress())
    assert redactor.mask(new.get_secret_value()) == "********"


def _works(wish: Wish, secret: SecretStr) -> bool:
    return password.works(wish, secret, redactor=Redactor(), progress=Progress())


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_the_new_password_logs_in_and_the_old_one_does_not(version: str, tmp_path: Path) -> None:
    with Mautic(version) as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)

        _change(mautic, tmp_path)

        assert _is_now(mautic, _NEW.get_secret_value())
        sent = [request.path for request in mautic.posts()]
        assert sent == ["/s/login_check", "/s/account", "/s/login_check"]
        wish = wish_for(mautic.url, tmp_path / "evidence")
        assert _works(wish, _NEW)
        assert not _works(wish, wish.password)


def test_one_that_mautic_does_not_take_leaves_the_old_one(tmp_path: Path) -> None:
    with Mautic() as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)

        with pytest.raises(SaveNotConfirmedError) as caught:
            _change(mautic, tmp_path, SecretStr("short"))

        assert caught.value.expected == "Mautic to take the new password"
        assert caught.value.hint.startswith("The old one is still the one.")
        assert "short" not in caught.value.seen
        assert _is_now(mautic, ADMIN_PASSWORD)


def test_an_error_page_instead_of_an_answer_leaves_the_old_one(tmp_path: Path) -> None:
    with Mautic() as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        mautic.fails = lambda request: (request.method, request.path) == ("POST", "/s/account")

        with pytest.raises(UiError, match="change the password on"):
            _change(mautic, tmp_path)

        assert _is_now(mautic, ADMIN_PASSWORD)


def test_one_that_was_taken_and_does_not_log_in_is_told(tmp_path: Path) -> None:
    with Mautic() as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        logins = iter(["the first", "the second"])

        def forgets(request: object) -> bool:
            if getattr(request, "path", "") == "/s/login_check" and next(logins) == "the second":
                mautic.set_user(1, password=people.hash_password("something else"))
            return False

        mautic.fails = forgets
        with pytest.raises(LoginRejectedError, match="log in with the new password on"):
            _change(mautic, tmp_path)
