"""What a run's page says of its verification."""

from __future__ import annotations

from flask.testing import FlaskClient

from bot.store.port import NewVerification
from bot.verification.evidence import (
    CheckEvidence,
    Evidence,
    Note,
    Result,
    evidence_to_dict,
)
from tests.web.world import World

EVIDENCE = Evidence(
    files_digest="ab" * 32,
    files=3,
    pack="python-package@1.0.0",
    toolchains={"python": "80c13dd667a66cfc"},
    checks=(
        CheckEvidence(
            name="tests",
            command=("pytest", "-q"),
            result=Result.FAILED,
            ending="exited",
            exit_code=1,
            duration_s=1.25,
            output="<b>1 failed</b>",
        ),
        CheckEvidence(
            name="types",
            command=("mypy",),
            result=Result.NOT_RUN,
            needs="the python toolchain of python-package",
            remedy="firstcommit toolchains build python-package",
        ),
    ),
    findings=(Note(path="Dockerfile", line=2, message="there is no FROM"),),
)


def test_evidence_stands_on_the_page_of_its_run(world: World, browser: FlaskClient) -> None:
    run = world.start(world.open_thread("/generate python-package name=orders"))
    world.store.verifications.save(
        NewVerification(
            run_id=run.id,
            step_id="checks",
            round=0,
            project_id=str(run.project_id),
            snapshot=1,
            digest=EVIDENCE.digest,
            document=evidence_to_dict(EVIDENCE),
        )
    )
    text = browser.get(f"/runs/{run.id}").text
    assert "0 passed, 1 failed, 1 not run, 1 found" in text
    assert "exit code 1, 1.2 s" in text
    assert "&lt;b&gt;1 failed&lt;/b&gt;" in text
    assert "<code>firstcommit toolchains build python-package</code>" in text
    assert "<code>Dockerfile:2</code> there is no FROM" in text
    assert EVIDENCE.digest[:12] in text


def test_a_run_whose_checks_failed_does_not_look_as_if_all_were_well(
    world: World, browser: FlaskClient
) -> None:
    failed = [{"name": "tests", "result": "failed"}, {"name": "types", "result": "passed"}]
    world.verified = {**world.verified, "checks": failed}
    run = world.work(world.start(world.open_thread("/generate python-package name=orders")))
    for path in (f"/runs/{run.id}", "/threads/demo/ideas/1"):
        text = browser.get(path).text
        assert "Completed, 1 check failed</span>" in text
        assert '<span class="state completed">' not in text
        assert '<li id="step-checks" class="warning">' in text
        assert ": completed, 1 check failed</span>" in text
