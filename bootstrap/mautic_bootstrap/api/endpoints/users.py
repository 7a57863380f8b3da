"""Users of Mautic."""

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.endpoints.answers import ask
from mautic_bootstrap.api.models import User
from mautic_bootstrap.api.operations import Group, Mode, operation


class Users(Group[Mode]):
    """Users.

    Source: `UserBundle/Controller/Api/UserApiController.php`; live 5.1.0, 7.0.0.
    """

    @operation
    def self(self) -> Steps[User]:
        """Return who calls, and with which role; the cheapest way to prove that everything works.

        Of an API client, Mautic makes a pseudo user without an id: `username` is "<name> [<id>]".

        Raises:
            ApiError, UnreachableError: It does not.
        """
        answer = yield from ask(self._pipeline, Call(method="GET", path="/api/users/self"))
        answer.require("username")
        return answer.read(answer.body, User)
