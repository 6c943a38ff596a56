#!/usr/bin/env python3
"""Django's commands: ``./manage.py help``."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

SETTINGS = "{{ module }}.settings"

if __name__ == "__main__":
    # A fresh clone works before the site is installed anywhere.
    sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    execute_from_command_line(sys.argv)
