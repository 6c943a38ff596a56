"""Secrets that the program makes for itself at its first start, each in a file of mode 0600."""

from __future__ import annotations

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigurationError
from bot.setting_keys import Secret
from bot.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What signs cookies, who operates the server, and what signs the local forge's hooks."""

    secret_key: Secret
    admin_token: Secret
    local_webhook_secret: Secret


def open_keys(settings: Settings) -> Keys:
    """The keys in force: those of the settings, else those of the data folder.

    Raises:
        ConfigurationError: Where the data folder cannot be written.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Keys(
            secret_key=settings.secret_key or _kept(folder / "secret-key"),
            admin_token=settings.admin_token or _kept(folder / "admin-token"),
            local_webhook_secret=_kept(folder / "local-webhook-secret"),
        )
    except OSError as exc:
        raise ConfigurationError(
            f"The data folder {folder} cannot be used: {exc.strerror}.",
            reason="data_folder",
            remedy="Set FIRSTCOMMIT_DATA_DIR to a folder that this user may write.",
        ) from exc


def _kept(path: Path) -> Secret:
    """The secret in ``path``, made there by whoever comes first; all others read that one."""
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            os.write(handle, secrets.token_urlsafe(32).encode())
            os.fsync(handle)
            # A link fails where the name exists, so of two first starts only one wins.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            os.close(handle)
            Path(temporary).unlink()
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise ConfigurationError(
            f"{path} is empty.",
            reason="empty_key",
            remedy=f"Remove {path}; a new one is made at the next start.",
        )
    return Secret(value)
