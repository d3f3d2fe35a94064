"""Sweeps whose processes are killed, hang, compete or run out of disk: what a notebook cannot do to itself."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from wtf_book.records import Identity, Input, Model, Record, load_records, record_line
from wtf_book.runs import run_id, sweep

ROOT = Path(__file__).parent.parent
PROFILE = ROOT / "nbs" / "runs" / "profile.ipynb"
LINE = record_line(Record(Identity("ID", "2026-01-31T12:00:00Z"), Model("toy"), Input(0, "exact")))

PARAMETERS = f"""x: int = 1
behaviour: str = "work"
gate: str = ""       # wait until this file exists
line: str = {LINE!r}
records: str = ""
record_id: str = ""
"""
WORK = """import os, pathlib, subprocess, time
out = pathlib.Path(records)
with open(out / "runs" / "started.txt", "a") as file:
    file.write(f"{x} {os.getpid()}" + chr(10))
if behaviour == "hang":
    (out / "runs" / "child.txt").write_text(str(subprocess.Popen(["sleep", "600"]).pid))
    time.sleep(600)
if behaviour == "die":
    os.kill(os.getpid(), 9)
while gate and not os.path.exists(gate):
    time.sleep(0.02)
if behaviour != "forget":
    part = out / f".{record_id}.part"
    part.write_text(line.replace("ID", record_id))
    os.replace(part, out / f"{record_id}.jsonl")
if behaviour == "late":
    raise ValueError("the figure failed")
"""


sweeps: list[subprocess.Popen] = []  # started by `command`


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Kernels find the package of this checkout, nothing writes into it, and no sweep outlives its test."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("WTF_BOOK_RECORDS", str(tmp_path / "local"))
    monkeypatch.delenv("IN_TEST", raising=False)
    yield
    while sweeps:
        with sweeps.pop() as process:
            process.kill()


def write_notebook(path: Path, kernel: str = "python3") -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in (PARAMETERS, WORK)]
    cells[0].metadata["tags"] = ["parameters"]
    metadata = dict(kernelspec=dict(name=kernel, display_name=kernel, language="python"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def toy(tmp_path):
    return write_notebook(tmp_path / "toy.ipynb")


def command(toy: Path, out: Path, *words: str) -> subprocess.Popen:
    """`wtf-sweep` in a process of its own."""
    main = "import sys; from wtf_book.runs.sweeping import main; sys.exit(main())"
    line = [sys.executable, "-c", main, str(toy), "--out", str(out), "--quiet", *words]
    sweeps.append(subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    return sweeps[-1]


def wait_for(condition, what: str, seconds: float = 180):
    """The first true value of the condition."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(0.02)
    return value


def started(out: Path) -> list[list[int]]:
    """x and process id of every run whose first cell was reached."""
    path = out / "runs" / "started.txt"
    return [[int(word) for word in line.split()] for line in path.read_text().splitlines()] if path.exists() else []


def pid_of(out: Path, x: int) -> int:
    return wait_for(lambda: [pid for number, pid in started(out) if number == x], f"run {x} starts")[-1]


def ends(pid: int) -> None:
    """Wait until a process is gone. One whose parent was killed may stay as a zombie: nobody asks for its exit code."""
    def gone() -> bool:
        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    wait_for(gone, f"process {pid} ends", 10)


def only_whole_files(out: Path, notebooks: int) -> None:
    """Records that all can be read, one executed notebook per run, and nothing else."""
    assert load_records(out).attrs["skipped"] == []
    names = [path.name for path in out.rglob("*") if path.is_file() and path.name not in ("started.txt", "child.txt")]
    expected = [".ipynb"] * notebooks + [".jsonl"] * len(load_records(out))
    assert sorted(Path(name).suffix for name in names) == expected, names
    assert not [name for name in names if name.startswith(".")]


def test_a_sweep_killed_twice_ends_with_the_same_records(toy, tmp_path):
    out, gate = tmp_path / "out", tmp_path / "gate"
    grid = dict(x=[1, 2, 3], gate=str(gate))
    words = ["-p", "x=1,2,3", "-p", f"gate={gate}"]

    first = command(toy, out, *words)
    wait_for(lambda: [lock for lock in out.glob("runs/*.lock") if lock.stat().st_size], "the first run is claimed")
    first.kill()  # while its kernel comes up
    first.communicate()

    second = command(toy, out, *words)
    gate.touch()
    pid_of(out, 1)
    wait_for(lambda: list(out.glob("*.jsonl")), "the first record")
    gate.unlink()
    kernel = psutil.Process(pid_of(out, 2))
    connection = json.loads(Path(kernel.cmdline()[kernel.cmdline().index("-f") + 1]).read_text())
    assert connection["transport"] == "ipc" and len(connection["ip"]) < 90
    second.kill()  # in the middle of the second run
    second.communicate()
    for _, pid in started(out):
        ends(pid)
    assert load_records(out).attrs["skipped"] == [] and len(load_records(out)) == 1

    gate.touch()
    table = sweep(toy, grid, out, workers=2, progress=False)
    assert list(table.status) == ["ok"] * 3 and list(table.action) == ["skipped", "ran", "ran"]
    assert set(load_records(out).id) == {run_id(toy, dict(x=x, gate=str(gate))) for x in (1, 2, 3)}
    assert sorted(x for x, _ in started(out)) == [1, 2, 2, 3]
    only_whole_files(out, 3)


def test_every_way_to_end_leaves_a_record_and_the_sweep_goes_on(toy, tmp_path):
    out = tmp_path / "out"
    grid = dict(behaviour=["die", "forget", "late", "work"])
    table = sweep(toy, grid, out, workers=2, progress=False).set_index("behaviour")
    assert table.status.to_dict() == dict(die="error", forget="error", late="ok", work="ok")
    assert table.reason["die"].startswith("The process of the run died (killed by SIGKILL")
    assert table.reason["forget"] == "The notebook ended without writing its record."
    assert table.reason["late"] == "ValueError: the figure failed"  # its record had been written, and stands
    left = load_records(out).set_index("id").loc[table.id]
    assert list(left.status) == list(table.status) and list(left.error[:2]) == list(table.reason[:2])
    only_whole_files(out, 4)


def test_a_run_that_takes_too_long_is_ended_with_its_children(toy, tmp_path):
    out = tmp_path / "out"
    begin = time.monotonic()
    table = sweep(toy, dict(behaviour="hang"), out, timeout_seconds=6, progress=False)
    assert time.monotonic() - begin < 20
    assert list(table.reason) == ["Timed out after 6 seconds."] and list(load_records(out).error) == list(table.reason)
    for _, pid in started(out):
        ends(pid)
    for child in out.glob("runs/child.txt"):
        ends(int(child.read_text()))


def test_two_sweeps_at_once_share_the_work(toy, tmp_path):
    out = tmp_path / "out"
    other = command(toy, out, "-p", "x=1,2,3,4", "--workers", "2")
    wait_for(lambda: list(out.glob("runs/*.lock")), "the other sweep begins")
    table = sweep(toy, dict(x=[1, 2, 3, 4]), out, workers=2, progress=False)
    said, _ = other.communicate(timeout=180)
    assert other.returncode == 0, said
    assert sorted(x for x, _ in started(out)) == [1, 2, 3, 4]
    assert list(table.status) == ["ok"] * 4 and "elsewhere" in set(table.action)
    only_whole_files(out, 4)


def test_an_interrupted_sweep_leaves_nothing_half_done(toy, tmp_path):
    """Ctrl-C, and the polite kill of a job script, each on a sweep of its own."""
    folders = {sign: tmp_path / sign.name for sign in (signal.SIGINT, signal.SIGTERM)}
    running = {sign: command(toy, out, "-p", f"gate={tmp_path / 'gate'}") for sign, out in folders.items()}
    for sign, out in folders.items():
        kernel = pid_of(out, 1)
        running[sign].send_signal(sign)
        said, _ = running[sign].communicate(timeout=60)
        assert running[sign].returncode == 130 and "the same command continues" in said
        assert not psutil.pid_exists(kernel)
        assert [path.name for path in out.rglob("*") if path.is_file()] == ["started.txt"]


def test_a_kernel_that_does_not_come_up_is_tried_once_more(tmp_path, monkeypatch):
    """A kernel specification whose program fails the first time it is called."""
    folder = tmp_path / "share" / "kernels" / "moody"
    folder.mkdir(parents=True)
    script = 'test -e "$0.tried" || { touch "$0.tried"; exit 3; }; exec "$@"'
    (folder / "moody.sh").write_text(script)
    line = ["sh", str(folder / "moody.sh"), sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps(dict(argv=line, display_name="moody", language="python")))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    moody = write_notebook(tmp_path / "moody.ipynb", "moody")
    table = sweep(moody, dict(x=1), tmp_path / "out", progress=False)
    assert list(table.status) == ["ok"] and (folder / "moody.sh.tried").exists()

    (folder / "moody.sh").write_text("exit 3")
    table = sweep(moody, dict(x=2), tmp_path / "out", progress=False)
    assert list(table.status) == ["error"]
    assert table.reason[0].startswith("The process of the run did not start: RuntimeError")


FULL_DISK = """
import sys
from pathlib import Path
from wtf_book.records import load_records
from wtf_book.runs import sweep
toy, out = sys.argv[1], Path(sys.argv[2])
filler = (out / "filler").open("wb", buffering=0)
try:
    while filler.write(bytes(4096)): pass
except OSError: pass
table = sweep(toy, dict(x=[1, 2]), out, progress=False)
assert list(table.status) == ["error"] * 2, table
assert all("No space left on device" in reason for reason in table.reason), list(table.reason)
filler.truncate(filler.tell() - 2 * 4096)  # the claim fits, the executed notebook does not
table = sweep(toy, dict(x=[1]), out, progress=False)
assert list(table.status) == ["error"] and "No space left on device" in table.reason[0], table
assert not list(out.rglob("*.ipynb"))
filler.truncate(0)
table = sweep(toy, dict(x=[1, 2]), out, progress=False)
assert list(table.status) == ["ok", "ok"], table
assert load_records(out).attrs["skipped"] == [] and not list(out.rglob("*.lock"))
"""


def test_a_full_disk_stops_runs_but_not_the_sweep(toy, tmp_path):
    out = tmp_path / "small"
    out.mkdir()
    small_disk = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=128k none "{out}" && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*small_disk, "true"], capture_output=True).returncode:
        pytest.skip("a small disk of one's own needs the right to mount")
    script = [*small_disk, sys.executable, "-c", FULL_DISK, str(toy), str(out)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


REFUSED = {
    "-p modle resnet50": "ValueError: this notebook has no parameter 'modle'; did you mean 'model'?",
    "-r img_size 224": "TypeError: The parameter 'img_size' of this notebook must be int, not '224' of type str.",
}


def test_papermill_refuses_what_the_notebook_does_not_declare(tmp_path):
    records = tmp_path / "records"
    line = [sys.executable, "-m", "papermill", str(PROFILE), "-", "-p", "records", str(records)]
    calls = [subprocess.Popen([*line, *words.split()], stdout=-1, stderr=-1, text=True, cwd=ROOT) for words in REFUSED]
    for call, sentence in zip(calls, REFUSED.values(), strict=True):
        _, said = call.communicate(timeout=300)
        assert call.returncode != 0 and said.strip().endswith(sentence), said
    assert not records.exists() and not (tmp_path / "local").exists()
