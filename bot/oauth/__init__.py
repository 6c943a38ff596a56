"""Asking a forge who somebody is. Only this package imports authlib; which forge it is, and
what its answers mean, comes as a value from that forge's adapter.
"""

from bot.oauth.provider import OAuthProvider

__all__ = ["OAuthProvider"]
