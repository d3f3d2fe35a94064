"""Every notebook is a test. This runs what `nbdev_test` runs, one test per notebook, so that the report counts them."""
from pathlib import Path

import pytest
from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev import test as nbdev_test

ROOT = Path(__file__).parent.parent
get_config(path=ROOT)
NOTEBOOKS = sorted(nbglob(ROOT / "nbs", as_path=True))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: str(p.relative_to(ROOT)))
def test_notebook(notebook, monkeypatch):
    monkeypatch.setenv("IN_TEST", "1")
    monkeypatch.chdir(notebook.parent)
    passed, _ = nbdev_test.test_nb(notebook, skip_flags=get_config().tst_flags.split(), force_flags=[], basepath=ROOT)
    assert passed, f"{notebook.name} failed; the traceback is above"
