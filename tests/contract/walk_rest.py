"""The walk's steps over plain HTTP: public addresses, OAuth2, REST."""

from dataclasses import dataclass

import httpx

from contract import page_facts
from contract.targets import Target
from contract.walk import Caller

TOKEN = "/oauth/v2/token"
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Client:
    """An OAuth2 client's credentials."""

    id: str
    secret: str

    @classmethod
    def on_page(cls, html: str) -> "Client":
        """Read them from the page that shows a client."""
        return cls(*(page_facts.control_value(html, f"client_{x}") for x in ("publicId", "secret")))

    def request(self, grant: str = "client_credentials", **more: str) -> dict[str, str]:
        """Return the fields of a token request."""
        named = {"client_id": self.id, "client_secret": self.secret}
        return {"grant_type": grant, **named, **more}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a bearer call."""
    return {"Authorization": f"Bearer {token}"}


def before_enabling(caller: Caller) -> None:
    """The API is off, nobody is logged in."""
    caller.call("api disabled: list contacts, no auth", "GET", "/api/contacts?limit=1")
    nobody = Client("1_none", "none").request()
    caller.call("api disabled: token", "POST", TOKEN, data=nobody)
    for label, path in {
        "root, no session": "/",
        "/admin, no session": "/admin",
        "dashboard, no session": "/s/dashboard",
        "login page": "/s/login",
        "/s, no session": "/s",
        "/s/, no session": "/s/",
        "installer, installed": "/installer",
        "installer, the address it is sent to": "/index.php/installer",
        "password reset": "/passwordreset",
    }.items():
        caller.call(label, "GET", path)
    caller.call("config post, no session", "POST", "/s/config/edit", data={"x": "1"})


def token_endpoint(caller: Caller, client: Client) -> str:
    """Every refusal, every way in; return a token."""
    caller.call("list contacts, no auth", "GET", "/api/contacts?limit=1")
    contacts = "/api/contacts?limit=1"
    caller.call("list contacts, bad bearer", "GET", contacts, headers=bearer("nonsense"))
    wrong = Client(client.id, "wrong")
    unknown = Client("99_unknown", "wrong")
    for label, fields in {
        "token, wrong secret": wrong.request(),
        "token, unknown client": unknown.request(),
        "token, password grant": client.request("password", username="admin", password="x"),
        "token, no grant type": {"client_id": client.id, "client_secret": client.secret},
        "token, unknown grant": client.request("nope"),
        "token, no client id": {"grant_type": "client_credentials"},
        "token, no secret": {"grant_type": "client_credentials", "client_id": client.id},
        "token, code grant without code": client.request("authorization_code"),
        "token, refresh grant without token": client.request("refresh_token"),
    }.items():
        caller.call(label, "POST", TOKEN, data=fields)
    basic = httpx.BasicAuth(client.id, client.secret)
    grant = {"grant_type": "client_credentials"}
    label = "token, HTTP Basic client auth (basic auth on)"
    caller.call(label, "POST", TOKEN, data=grant, auth=basic)
    caller.call("token, JSON body", "POST", TOKEN, json=client.request())
    caller.call("token, in the query", "GET", TOKEN, params=client.request())
    answer = caller.call("token, client_credentials", "POST", TOKEN, data=client.request())
    return str(answer.json()["access_token"])


def rest(caller: Caller, target: Target, token: str) -> None:
    """The calls of the recordings, in their order."""
    auth = bearer(token)
    for label, path in {
        "list contacts": "/api/contacts?limit=2",
        "list campaigns": "/api/campaigns?limit=2",
        "list emails": "/api/emails?limit=2",
        "list segments": "/api/segments?limit=2",
        "list users": "/api/users?limit=2",
        "list roles": "/api/roles?limit=2",
        "users/self with client_credentials": "/api/users/self",
    }.items():
        caller.call(label, "GET", path, headers=auth)
    ada = {"email": "ada@example.com", "firstname": "Ada", "tags": ["signup"]}
    again = {"email": "ada@example.com", "lastname": "Lovelace"}
    new = "/api/contacts/new"
    caller.call("contact new, created", "POST", new, headers=auth, json=ada)
    caller.call("contact new, same email", "POST", new, headers=auth, json=again)
    caller.call("contact new, bad email", "POST", new, headers=auth, json={"email": "not-an-email"})
    broken = {**auth, **_JSON}
    caller.call("contact new, broken JSON", "POST", new, headers=broken, content="{broken")
    batch = "/api/contacts/batch/new"
    some = [{"email": e} for e in ("b0@example.com", "b1@example.com", "b2@example.com", "bad")]
    caller.call("contacts batch new, one bad", "POST", batch, headers=auth, json=some)
    many = [{"email": f"m{i}@example.com"} for i in range(201)]
    caller.call("contacts batch new, 201", "POST", batch, headers=auth, json=many)
    found = "/api/contacts?limit=2&search=email:ada@example.com"
    caller.call("list contacts, found", "GET", found, headers=auth)
    caller.call("contact, unknown id", "GET", "/api/contacts/999999", headers=auth)
    caller.call("unknown path", "GET", "/api/nope", headers=auth)
    caller.call("contact delete", "DELETE", "/api/contacts/1/delete", headers=auth)
    caller.call("v2 contacts", "GET", "/api/v2/contacts", headers=auth)
    caller.call("v2 docs", "GET", "/api/v2/docs", headers={"Accept": "text/html"})
    admin = httpx.BasicAuth(target.username, target.password)
    contacts = "/api/contacts?limit=1"
    caller.call("list contacts, basic auth", "GET", contacts, auth=admin)
    wrong = httpx.BasicAuth(target.username, "x9-Right_Strong_But_Wrong")
    caller.call("list contacts, basic auth wrong", "GET", contacts, auth=wrong)
    _more_rest(caller, token, admin, wrong)


def _more_rest(caller: Caller, token: str, admin: httpx.BasicAuth, wrong: httpx.BasicAuth) -> None:
    """Calls the recordings do not hold; none of them makes or removes a contact."""
    auth = bearer(token)
    caller.call("contact, every field", "GET", "/api/contacts/2", headers=auth, whole=True)
    one = "/api/contacts?limit=1"
    caller.call("list contacts, every field", "GET", one, headers=auth, whole=True)
    caller.call("list contacts, page", "GET", "/api/contacts?start=1&limit=1", headers=auth)
    caller.call("list contacts, none found", "GET", "/api/contacts?search=xyzzy", headers=auth)
    change = {"firstname": "Augusta"}
    caller.call("contact edit", "PATCH", "/api/contacts/2/edit", headers=auth, json=change)
    caller.call(
        "contact edit, back",
        "PATCH",
        "/api/contacts/2/edit",
        headers=auth,
        json={"firstname": "Ada"},
    )
    gone = "/api/contacts/999999/delete"
    caller.call("contact delete, unknown", "DELETE", gone, headers=auth)
    caller.call("unknown path with a query", "GET", "/api/nope?x=1", headers=auth)
    caller.call("unknown path, no auth", "GET", "/api/nope")
    caller.call("api root", "GET", "/api", headers=auth)
    caller.call("api root, no auth", "GET", "/api")
    twice = f"{one}&access_token={token}"
    caller.call("list contacts, token twice", "GET", twice, headers=auth)
    caller.call("list contacts, token in the query", "GET", twice)
    caller.call("v2 contacts, basic auth wrong", "GET", "/api/v2/contacts", auth=wrong)
    caller.call("v2 contacts, bad bearer", "GET", "/api/v2/contacts", headers=bearer("nope"))
    caller.call("v2 contacts, no auth", "GET", "/api/v2/contacts")
    caller.call("v2 unknown, basic auth", "GET", "/api/v2/nope", auth=admin)
    caller.call("users/self, basic auth", "GET", "/api/users/self", auth=admin)
    caller.call("user", "GET", "/api/users/1", headers=auth)
    caller.call("user, unknown", "GET", "/api/users/99", headers=auth)
    caller.call("role", "GET", "/api/roles/1", headers=auth)


def after_deletion(caller: Caller, client: Client, token: str) -> None:
    """The first client is gone."""
    caller.call("token, deleted client", "POST", TOKEN, data=client.request())
    contacts = "/api/contacts?limit=1"
    caller.call("token of a deleted client", "GET", contacts, headers=bearer(token))


def basic_off(caller: Caller, target: Target, client: Client) -> None:
    """Basic auth is off again."""
    admin = httpx.BasicAuth(target.username, target.password)
    contacts = "/api/contacts?limit=1"
    caller.call("list contacts, basic auth off", "GET", contacts, auth=admin)
    basic = httpx.BasicAuth(client.id, client.secret)
    grant = {"grant_type": "client_credentials"}
    label = "token, HTTP Basic client auth (basic auth off)"
    caller.call(label, "POST", TOKEN, data=grant, auth=basic)
