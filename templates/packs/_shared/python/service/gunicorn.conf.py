"""How gunicorn serves the service. Everything else is a setting of the service itself."""

import os
from pathlib import Path

wsgi_app = "{{ wsgi_app }}"

# Whoever starts the service decides who can reach it.
bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
timeout = 30
graceful_timeout = 20

# A container's disk may be slow; the heartbeat of the workers must not wait for it.
_memory = Path("/dev/shm")  # noqa: S108
worker_tmp_dir = str(_memory) if _memory.is_dir() else None

# Signals are all that a platform needs, and a socket wants a home folder to write to.
control_socket_disable = True

# The service writes one line a request itself; what gunicorn has to say looks the same.
accesslog = None
_formatter = "{{ module }}.logs.JsonFormatter"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": _formatter}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"level": "INFO", "handlers": ["stdout"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
    },
}
