"""The names of what is ours: what is made of a client's name, and what is read in a name."""

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest

from mautic_bootstrap import naming
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.naming import Named, Word
from mautic_bootstrap.variables import load

_AT = datetime(2026, 11, 23, 20, 15, 0, tzinfo=UTC)
_WORDS: tuple[Word, ...] = get_args(Word)
# `oauth2_clients.name`, `roles.name`, `users.username` and `users.email` of Mautic's tables; 5.1.0, 7.0.0.
_LONGEST = 191
# What `mautic_client_name` takes and a parser may stumble over.
_STRANGE = [
    "app",
    "APP",
    "a",
    "7",
    "app (next x)",
    "app (next)",
    "app (next 20261123T201500Z) 2",
    "(next 20261123T201500Z)",
    "app(next 20261123T201500Z)",
    "app (Next 20261123T201500Z)",
    "app (final 20261123T201500Z)",
    "app (next 2026-11-23)",
    "a.b*c+d?[e]{f}^$|(g)",
    "mautic-bootstrap: app",
    "x / y : z # 100%",
    "Ünïcødé-Büro",
    "顧客管理",
    "🚀",
    "-",
    "a  b",
    "n" * 100,
    "顧" * 100,
]


@pytest.mark.parametrize("base", _STRANGE)
def test_strange_names_are_taken_and_read_back_as_plain(base: str) -> None:
    assert load({"mautic_client_name": base}).mautic_client_name == base
    assert naming.read(base, base) == Named(None, None)


@pytest.mark.parametrize("word", _WORDS)
@pytest.mark.parametrize("base", _STRANGE)
def test_what_is_stamped_is_read_back(base: str, word: Word) -> None:
    for name in (base, naming.role_of(base)):
        assert naming.read(naming.stamped(name, word, _AT), name) == Named(word, _AT)


@pytest.mark.parametrize("base", _STRANGE)
def test_no_name_is_of_two_families(base: str) -> None:
    for other in (name for name in _STRANGE if name != base):
        for word in _WORDS:
            assert naming.read(naming.stamped(other, word, _AT), base) is None
        assert naming.read(other, base) is None
        assert naming.read(naming.role_of(other), naming.role_of(base)) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ap",
        "app2",
        "app ",
        " app",
        "App",
        "my app",
        "app (next)",
        "app (next )",
        "app (next 20261123T201500)",
        "app (next 20261123 201500Z)",
        "app  (next 20261123T201500Z)",
        "app (next  20261123T201500Z)",
        "app (next 20261123T201500Z) ",
        "app (next 20261123T201500Z)\n",
        "app (next 20261123T201500Z) (next 20261123T201501Z)",
        "app (NEXT 20261123T201500Z)",
        "app (former 20261123T201500Z)",
        "app (next 20261323T201500Z)",
        "app (next 20260230T201500Z)",
        "app (next 20261123T251500Z)",
        "app (next 00000000T000000Z)",
        "app (next \N{ARABIC-INDIC DIGIT TWO}0261123T201500Z)",
    ],
)
def test_another_name_is_none_of_the_family(name: str) -> None:
    assert naming.read(name, "app") is None


@pytest.mark.parametrize("word", _WORDS)
def test_a_name_that_a_rotation_gives_is_none_to_choose_for_a_client(word: Word) -> None:
    for name in ("app", "other", "app (next x)"):
        assert naming.is_reserved(naming.stamped(name, word, _AT))
    name = naming.stamped("app", word, _AT)
    with pytest.raises(SettingsError) as caught:
        load({"mautic_client_name": name})
    assert caught.value.problems == [
        f"mautic_client_name is {name!r}; such an ending is what a rotation gives to names"
    ]


@pytest.mark.parametrize("name", _STRANGE)
def test_every_other_name_may_be_chosen(name: str) -> None:
    # "(next ...)" alone has no space before it, and so is a name like any other.
    assert not naming.is_reserved(name)


@pytest.mark.parametrize(
    ("at", "stamp"),
    [
        (_AT, "20261123T201500Z"),
        (_AT.replace(microsecond=999_999), "20261123T201500Z"),
        (_AT.astimezone(timezone(timedelta(hours=5, minutes=30))), "20261123T201500Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-8))), "20260102T110405Z"),
    ],
)
def test_a_stamp_is_utc_to_the_second(at: datetime, stamp: str) -> None:
    assert naming.stamped("app", "next", at) == f"app (next {stamp})"


def test_later_stamps_are_later_in_the_alphabet() -> None:
    moments = [_AT + timedelta(seconds=s) for s in (0, 1, 3600, 86_400, 40 * 86_400, 400 * 86_400)]
    names = [naming.stamped("app", "retiring", at) for at in moments]
    assert names == sorted(names)


def test_the_names_of_a_client_s_role_user_and_address() -> None:
    assert naming.role_of("app") == "mautic-bootstrap: app"
    assert naming.user_of("app") == "mautic-bootstrap-app"
    assert naming.address_of("app") == "mautic-bootstrap-app@mautic-bootstrap.invalid"


@pytest.mark.parametrize(
    ("client", "begins"),
    [
        ("shop-2", "mautic-bootstrap-shop-2"),
        ("Shop 2", "mautic-bootstrap-shop-2-"),
        ("  ".join("ab"), "mautic-bootstrap-a-b-"),
        ("-app-", "mautic-bootstrap-app-"),
        ("Büro", "mautic-bootstrap-b-ro-"),
        ("顧客", "mautic-bootstrap-"),
        ("n" * 40, "mautic-bootstrap-" + "n" * 40),
        ("n" * 41, "mautic-bootstrap-" + "n" * 40 + "-"),
        ("n" * 39 + "-n", "mautic-bootstrap-" + "n" * 39 + "-"),
    ],
)
def test_a_user_is_named_by_a_slug_and_a_digest_where_that_is_not_the_whole_name(
    client: str, begins: str
) -> None:
    user = naming.user_of(client)
    assert user.startswith(begins)
    assert len(user) == len(begins) + (8 if client not in {"shop-2", "n" * 40} else 0)
    assert "--" not in user


def test_names_whose_slugs_are_the_same_have_users_of_their_own() -> None:
    alike = [
        *("a-b", "a b", "A-B", "a_b", "a--b", "-a-b", "a-b-", "a.b", "a/b", "ä-b", "a  b"),
        *("n" * 40, "n" * 41, "n" * 100, "N" * 40),
        *("顧", "客", "🚀", "-", "--", "?", "顧客"),
    ]
    users = {naming.user_of(name) for name in alike}
    assert len(users) == len(alike)
    # Mautic's database compares names without regard to case.
    assert {user.lower() for user in users} == users


@pytest.mark.parametrize("client", _STRANGE)
def test_a_user_s_name_and_address_are_made_of_plain_letters(client: str) -> None:
    assert set(naming.user_of(client)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert naming.user_of(client) == naming.user_of(client)
    local, _, domain = naming.address_of(client).partition("@")
    assert (local, domain) == (naming.user_of(client), "mautic-bootstrap.invalid")


@pytest.mark.parametrize("letter", ["n", "顧", "🚀", "É"])
def test_the_longest_client_name_leaves_room_for_everything_made_of_it(letter: str) -> None:
    client = letter * 100
    names = [
        *(naming.stamped(client, word, _AT) for word in _WORDS),
        *(naming.stamped(naming.role_of(client), word, _AT) for word in _WORDS),
        naming.user_of(client),
        naming.address_of(client),
        # The pseudo user of an API client, in `created_by_user` columns of as many characters.
        f"{naming.stamped(client, 'retiring', _AT)} [2147483647]",
    ]
    assert max(len(name) for name in names) <= _LONGEST


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("maker", "age", "at_work"),
    [
        ("elsewhere:1a2b", _minutes(0), True),
        ("elsewhere:1a2b", _minutes(1.9), True),
        ("elsewhere:1a2b", _minutes(-1.9), True),
        ("elsewhere:1a2b", _minutes(2), False),
        ("elsewhere:1a2b", _minutes(-2), False),
        ("elsewhere:1a2b", _minutes(9999), False),
        ("here:1a2b", _minutes(0), False),
        ("here-too:1a2b", _minutes(0), True),
        ("elsewhere", _minutes(0), True),
    ],
)
def test_a_role_tells_which_machine_makes_a_client_with_it_just_now(
    maker: str, age: timedelta, at_work: bool
) -> None:
    for replaced in (None, 3):
        description = naming.being_made(maker, _AT - age, replaced)
        assert naming.MARKER in description
        assert naming.is_others_work(description, "here", _AT) is at_work


@pytest.mark.parametrize(
    "description",
    [
        "",
        naming.MARKER,
        f"{naming.MARKER}; being made by elsewhere:1a2b",
        f"{naming.MARKER}; being made by elsewhere:1a2b since yesterday",
        f"{naming.MARKER}; being made by elsewhere:1a2b since 20269923T201500Z",
        "being made by elsewhere:1a2b since 20261123T201500Z",
    ],
)
def test_a_description_that_does_not_tell_it_is_nobody_s_work(description: str) -> None:
    assert not naming.is_others_work(description, "here", _AT)


@pytest.mark.parametrize("number", [None, 1, 2147483647])
def test_a_role_tells_which_client_its_own_replaces_from_its_first_moment(
    number: int | None,
) -> None:
    for description in (
        naming.replacing(number),
        naming.being_made("elsewhere:1a2b", _AT, number),
    ):
        assert description.startswith(naming.MARKER)
        assert naming.replaces(description) == number
    assert naming.replacing(None) == naming.MARKER


@pytest.mark.parametrize(
    "description",
    [
        "",
        "its client replaces number 3",
        "Managed by somebody else; its client replaces number 3",
        f"{naming.MARKER}; its client replaces number",
        f"{naming.MARKER}; its client replaces number x",
        f"{naming.MARKER}; its client replaces number -3",
        f"{naming.MARKER}, its client replaces number 3",
    ],
)
def test_a_description_that_does_not_tell_it_replaces_nothing(description: str) -> None:
    assert naming.replaces(description) is None


@pytest.mark.parametrize(
    ("text", "marked", "making"),
    [
        (naming.MARKER, True, False),
        (naming.replacing(3), True, False),
        (naming.being_made("here:1a2b", _AT), True, True),
        (naming.being_made("elsewhere:1a2b", _AT, 3), True, True),
        ("", False, False),
        (f"{naming.MARKER} too", False, False),
        (f"not {naming.MARKER}", False, False),
        (f"{naming.MARKER};", False, False),
        ("being made by here:1a2b since 20261123T201500Z", False, False),
    ],
)
def test_what_is_ours_is_marked_and_tells_whether_it_is_still_an_admin_s(
    text: str, marked: bool, making: bool
) -> None:
    assert (naming.is_marked(text), naming.is_being_made(text)) == (marked, making)
