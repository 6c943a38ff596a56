"""Files that forges, editors and tools act on by themselves, without anybody asking them to."""

from __future__ import annotations

#: Of these, what lies in the folder is run: by a forge on a push, or by whoever opens a checkout.
_FOLDERS = (
    *(".github/workflows/", ".github/actions/", ".gitea/workflows/", ".forgejo/workflows/"),
    *(".gitlab/ci/", ".circleci/", ".buildkite/", ".woodpecker/", ".semaphore/", ".teamcity/"),
    *(".vscode/", ".idea/", ".devcontainer/", ".husky/", ".githooks/"),
)
_FILES = frozenset(
    {
        *(".gitlab-ci.yml", ".gitlab-ci.yaml", "azure-pipelines.yml", "azure-pipelines.yaml"),
        *(".travis.yml", "jenkinsfile", "bitbucket-pipelines.yml", ".drone.yml", ".cirrus.yml"),
        *(".woodpecker.yml", ".woodpecker.yaml", "appveyor.yml", ".appveyor.yml", "buildspec.yml"),
        *("cloudbuild.yaml", "cloudbuild.yml", ".gitpod.yml", ".devcontainer.json", ".envrc"),
        *(".pre-commit-config.yaml", ".github/dependabot.yml", ".github/dependabot.yaml"),
        # Who has to agree to a change, and from where others' code is fetched.
        *("codeowners", ".github/codeowners", ".gitlab/codeowners", "docs/codeowners"),
        *(".gitmodules", ".lfsconfig", ".npmrc", ".yarnrc", ".yarnrc.yml"),
    }
)


def acts_by_itself(path: str) -> bool:
    """Whether a file at that path of a repository does something without being asked to."""
    folded = path.casefold()
    return folded in _FILES or folded.startswith(_FOLDERS)
