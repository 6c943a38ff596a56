"""People who sign in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the app."""

    name = "{{ module }}.accounts"
    label = "accounts"
