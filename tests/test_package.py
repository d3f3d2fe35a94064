"""What only the installed package can show: it is light to import, complete when built, and quick to refuse."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIGHT = ["wtf_book", "wtf_book.taxonomy", "wtf_book.records", "wtf_book.analysis", "wtf_book.analysis.claims", "wtf_book.runs",
         "wtf_book.runs.sweeping", "wtf_book.profiling"]


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **kwargs)


@pytest.mark.parametrize("module", LIGHT)
def test_import_needs_no_torch(module):
    done = run(sys.executable, "-c", f"import sys, {module}; print(*{{'torch', 'timm', 'papermill', 'IPython'}} & set(sys.modules))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [], f"importing {module} also imports {done.stdout}"


def test_built_package_is_complete(tmp_path):
    done = run(sys.executable, "setup.py", "-q", "build", "-b", str(tmp_path), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    built = {str(p.relative_to(tmp_path / "lib")) for p in (tmp_path / "lib").rglob("*") if p.is_file()}
    tracked = run("git", "ls-files", "wtf_book", cwd=ROOT).stdout.split()
    missing = sorted(set(tracked) - built)
    assert tracked and not missing, f"the built package lacks {missing[:5]}; see package_data in settings.ini"


def test_unknown_model_is_one_sentence():
    done = run(sys.executable, "-c", "from wtf_book.models import create_model; create_model('vit_smal_patch16')")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and last.startswith("ValueError: there is no model 'vit_smal_patch16'; did you mean 'vit_small_patch16")
