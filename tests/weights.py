"""What the longest files of tests take: the processor's seconds, their servers' included.

Measured one file at a time, as user and system time of pytest and all that it started, and to the
nearest five. Only the order counts: a file stays with one worker, and the one that is begun last
is what all others wait for. A file that is not named here takes less than any that is.
"""

from __future__ import annotations

from collections.abc import Mapping

SECONDS: Mapping[str, int] = {
    "e2e/test_kills.py": 120,
    "e2e/test_github_faults.py": 55,
    "e2e/test_own_packs.py": 50,
    "e2e/test_serve.py": 45,
    "e2e/test_api_contract.py": 40,
    "e2e/test_github_flow.py": 35,
    "e2e/test_pages.py": 30,
    "e2e/test_api_contract_on_postgresql.py": 30,
    "e2e/test_verified_elsewhere.py": 25,
    "e2e/test_own_workflow.py": 20,
    "e2e/test_client.py": 20,
    "e2e/test_sign_in.py": 15,
    "commands/test_retry.py": 15,
    "commands/test_generate.py": 10,
    "store/test_runs.py": 10,
    "e2e/test_outgoing_hooks.py": 10,
    "e2e/test_api_docs.py": 10,
}
