"""Who we are towards GitHub: an App, by its id and its private key."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.errors import ConfigurationError

_SETTING = "GITHUB_PRIVATE_KEY"


def read_private_key(text: str) -> str:
    """The key as PEM with real line ends; environments often carry them as ``\\n``.

    Raises:
        ConfigurationError: It is not the private RSA key that GitHub gave out.
    """
    pem = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n")
    if not pem:
        raise _bad("is empty")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause, which may say something about the key.
        raise _bad("is no private key in PEM form, or it is encrypted") from None
    if not isinstance(key, RSAPrivateKey):
        raise _bad("is not an RSA key")
    return pem + "\n"


def _bad(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{_SETTING} {why}.",
        reason="bad_private_key",
        remedy=f"Put the .pem file that GitHub gave for the App into {_SETTING}, "
        f"or its path into {_SETTING}_PATH.",
    )
