"""Settings files that tests write, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadx.config import FILE_NAME, get_settings
from threadx.errors import ConfigError


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / FILE_NAME
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def refusal(file: Path | str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        get_settings(file)
    return caught.value
