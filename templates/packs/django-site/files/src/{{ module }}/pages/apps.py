"""Pages that everybody may see."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Registers the app."""

    name = "{{ module }}.pages"
    label = "pages"
