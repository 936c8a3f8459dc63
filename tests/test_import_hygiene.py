"""The floors, proven at run time: a headless room never drags the screen along."""

import subprocess
import sys

import pytest

HEADLESS = [
    "city.messages",
    "city.settings",
    "lighting.diagnosis",
    "wifi.diagnosis",
    "headend.service",
    "fake_devices.field",
]


@pytest.mark.parametrize("module", HEADLESS)
def test_a_headless_room_imports_neither_textual_nor_rich(module: str) -> None:
    script = f"import sys, {module}; print(sorted({{'textual', 'rich'}} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
