"""Forms made of a pack's questions, and the answers that come back when one is filled in.

Pure: a pack goes in, text comes out, and the other way round. Who may have a form, where it is put
and what is done with the answers is decided elsewhere.
"""

from __future__ import annotations

from bot.forms.fields import FormField, form_fields
from bot.forms.reading import with_form_answers
from bot.forms.rendering import FORGES, FormFile, form_file

__all__ = ["FORGES", "FormField", "FormFile", "form_fields", "form_file", "with_form_answers"]
