"""A new key for the token cache, which leaves those who still have the old one alone."""

from cryptography.fernet import Fernet

from mautic_bootstrap.api.token_cache import is_fernet_key


def renewed(keys: str) -> str:
    """Return the keys of the token cache with a new one first and the one before it second.

    The first one encrypts, both decrypt: an application that starts with the new list reads what one with the
    old key wrote. What such a one cannot read is a token it asks for itself.

    Args:
        keys: Those that were there, commas between them, the newest first; an empty text where none was.
    """
    before = keys.partition(",")[0].strip()
    new = Fernet.generate_key().decode()
    return f"{new},{before}" if is_fernet_key(before) else new
