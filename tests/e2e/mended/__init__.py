"""The endpoints that the proxy answers or mends, one file for each noun of GitHub's.

A route takes the site and a request and gives an answer; most hand the request on and
change what comes back. Nothing in here knows the product.
"""

from __future__ import annotations

from tests.e2e.mended import (
    access,
    changes,
    checks,
    deliveries,
    git,
    milestones,
    repositories,
    reviews,
    rights,
    threads,
)
from tests.e2e.site import Route

#: The first that fits is taken.
ROUTES: tuple[Route, ...] = (
    *access.ROUTES,
    *deliveries.ROUTES,
    *rights.ROUTES,
    *git.ROUTES,
    *changes.ROUTES,
    *reviews.ROUTES,
    *checks.ROUTES,
    *threads.ROUTES,
    *milestones.ROUTES,
    *repositories.ROUTES,
)
