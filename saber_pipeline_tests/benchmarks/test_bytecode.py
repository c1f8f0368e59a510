"""What is measured has bytecode, as what pip installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.bytecode import compile_as_installed


def test_a_measured_command_compiles_none_of_our_modules(tmp_path: Path) -> None:
    """Where bytecode is not to be written, Python finds that of each module all the same, and of changed ones anew."""
    module = tmp_path / "saber_pipeline" / "told.py"
    module.parent.mkdir()
    (module.parent / "__init__.py").touch()
    for value in (1, 2_000):
        module.write_text(f"VALUE = {value}")
        compile_as_installed(tmp_path)
        code = "import saber_pipeline.told as told; print(told.VALUE)"
        done = subprocess.run(
            [sys.executable, "-B", "-v", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"{value}\n"
        assert f"code object from '{module.parent}/__pycache__" in done.stderr
        assert f"code object from {module}" not in done.stderr
