"""Serves as in production: ``python -m``, with the name of this package."""

import sys

import uvicorn
from pydantic import ValidationError

from .app import create_app
from .settings import Settings, problems

GRACE_S = 20


def main() -> int:
    """Serve until the process is told to stop; return its exit code."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write("\n".join(problems(error)) + "\n")
        return 2
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        # The service writes one line a request itself; what uvicorn has to say looks the same.
        log_config=None,
        access_log=False,
        server_header=False,
        # Whose word about the caller is believed.
        proxy_headers=bool(settings.proxy_addresses),
        forwarded_allow_ips=settings.proxy_addresses,
        timeout_graceful_shutdown=GRACE_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
