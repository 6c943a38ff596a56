"""{{ description }}"""

COLOUR = "{{ colour }}"
LINES = {{ lines }}
