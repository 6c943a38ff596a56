"""How Sphinx makes the site: https://www.sphinx-doc.org/en/master/usage/configuration.html"""

from html import escape

TITLE = {{ title | quoted }}

project = TITLE
author = {{ author | quoted }}
copyright = author
language = "{{ language | replace('-', '_') }}"

# A reference that leads nowhere is a warning.
nitpicky = True
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
# Headings down to this rank can be linked to, as in guide.md#first-steps; such links are checked.
myst_heading_anchors = 3

# What is written is what is shown: --option stays two hyphens.
smartquotes = False

html_theme = "furo"
# The theme puts the title into pages as it is.
html_title = escape(TITLE)
{%- if root %}
html_baseurl = "{{ root }}"
{%- endif %}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# What a code block is in if it does not say.
highlight_language = "text"
