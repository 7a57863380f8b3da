"""Passwords: generating them, and judging them as Mautic does.

Source: `app/bundles/UserBundle/Model/PasswordStrengthEstimatorModel.php` (5.1.0, 7.0.0): zxcvbn, a score
below 3 is refused at login, and these words count as guessable.
"""

import secrets
import string

_MINIMUM_SCORE = 3
_MINIMUM_LENGTH = 6
_GUESSABLE = ["mautic", "user", "lead", "bundle", "campaign", "company"]
_ALPHABET = string.ascii_letters + string.digits + "-_"


def generate(length: int = 32) -> str:
    """Return a random password that needs no quoting in a shell, a URL or a `.env` file."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def too_weak(password: str) -> str:
    """Say why Mautic would refuse a password at login; an empty text means that it would not."""
    from zxcvbn import zxcvbn  # noqa: PLC0415  # only where a person chose a password: 0.2 s

    if len(password) < _MINIMUM_LENGTH:
        return f"it has {len(password)} characters, Mautic wants at least {_MINIMUM_LENGTH}"
    # zxcvbn's time grows with the length, and nothing beyond 72 characters weakens a password.
    verdict = zxcvbn(password[:72], user_inputs=_GUESSABLE)
    if verdict["score"] >= _MINIMUM_SCORE:
        return ""
    return f"zxcvbn scores it {verdict['score']} of 4, Mautic wants at least {_MINIMUM_SCORE}"
