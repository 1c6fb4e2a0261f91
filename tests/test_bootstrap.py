"""Self-setup, told apart case by case with a runner that plays pip; and once for real, with a bare Python."""

from __future__ import annotations

import ast
import io
import os
import signal
import subprocess
import sys
import threading
import venv as stdlib_venv
from pathlib import Path

import pytest

from threadx import bootstrap

PROJECT = Path(__file__).resolve().parents[1]
posix_only = pytest.mark.skipif(os.name == "nt", reason="plays with POSIX files and signals")


class Pip:
    """Plays venv and pip: makes the folders they would make, remembers what was asked, says what it is told to."""

    def __init__(self, *, fails: str = "", on: str = "install", times: int = 99) -> None:
        self.fails = fails
        self.on = on
        self.times = times
        self.asked: list[list[str]] = []

    def __call__(self, command: list[str]) -> tuple[int, str]:
        self.asked.append(command[1:])
        if self.fails and self.on in command and self.times > 0:
            self.times -= 1
            return 1, self.fails
        if command[1:3] == ["-m", "venv"]:
            stdlib_venv.create(command[3], symlinks=os.name != "nt")
        else:
            install_in(Path(command[0]).parents[1], command)
        return 0, ""


def install_in(folder: Path, words: list[str]) -> None:
    site = next(folder.glob("[lL]ib/python3*/site-packages" if os.name != "nt" else "Lib/site-packages"))
    for name in [word.split(">=")[0] for word in words if ">=" in word]:
        info = site / f"{name.replace('-', '_')}-1.5.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")


@pytest.fixture
def project(tmp_path):
    """A project that wants two packages nobody has."""
    text = '[project]\nname = "p"\ndependencies = ["no-such-a>=1,<2"]\n[project.optional-dependencies]\n'
    (tmp_path / "pyproject.toml").write_text(text + 'test = ["no-such-b>=1"]\n')
    return tmp_path


def start(project: Path, pip: Pip, extra: str | None = None) -> None:
    """Set up as a start would, up to the moment it would go on in `.venv`."""
    wanted = bootstrap.requirements(project / "pyproject.toml", extra)
    venv = project / ".venv"
    if not bootstrap.is_ready(venv, wanted):
        bootstrap._set_up(venv, wanted, pip, inside=False)


def ready(project: Path, extra: str | None = None) -> bool:
    return bootstrap.is_ready(project / ".venv", bootstrap.requirements(project / "pyproject.toml", extra))


def state_of(project: Path) -> bytes:
    return (project / ".venv" / "threadx-setup").read_bytes()


# --- what is needed ----------------------------------------------------------------------------------------------


def test_every_requirement_of_the_project_is_understood_and_met_here():
    wanted = bootstrap.requirements(PROJECT / "pyproject.toml", "test")
    assert len(wanted) > 15
    assert all(bootstrap.parse_requirement(requirement)[1] for requirement in wanted)
    assert bootstrap.unmet(wanted) == []


def test_the_cluster_extra_is_understood_too():
    wanted = bootstrap.requirements(PROJECT / "pyproject.toml", "cluster")
    assert [bootstrap.parse_requirement(each)[0] for each in wanted][-1] == "distributed"


def test_without_a_pyproject_nothing_is_wanted(tmp_path):
    assert bootstrap.requirements(tmp_path / "pyproject.toml", "test") == []


@pytest.mark.parametrize("text", ["", "pandas; python_version > '3'", "pandas[parquet]>=3", "x @ https://y", "x>=3rc1"])
def test_a_requirement_beyond_name_and_bounds_is_refused(text):
    with pytest.raises(ValueError, match="does not understand"):
        bootstrap.parse_requirement(text)


@pytest.mark.parametrize(
    ("version", "bounds", "expected"),
    [
        ("3.1.1", ">=3.0,<4", True),
        ("3", ">=3.0.0,<4", True),
        ("4.0", ">=3,<4", False),
        ("2.9.9", ">=3,<4", False),
        ("3.10", ">=3.9", True),
        ("2026.6", ">=2025.1,<2027", True),
        ("3.1.0rc1", ">=3.1", True),
        ("1.5.post2+local", "==1.5", True),
        ("1.5", "!=1.5", False),
        ("1.5", ">1.5", False),
        ("1.5", "<=1.5", True),
        ("junk", ">=1", False),
        ("7", "", True),
    ],
)
def test_versions_are_held_against_bounds(version, bounds, expected):
    assert bootstrap.fits(version, bootstrap.parse_requirement("x" + bounds)[1]) == expected


def test_a_package_that_is_too_old_counts_as_missing():
    assert bootstrap.unmet(["pytest>=1", "pytest>=9999"]) == ["pytest>=9999"]


def test_pip_gets_the_tested_versions_on_the_python_they_were_tested_with(project):
    pins = project / "constraints.txt"
    assert bootstrap._pins(project) == []
    pins.write_text(f"# Python {sys.version_info[0]}.{sys.version_info[1]}: tested\nx==1\n")
    assert bootstrap._pins(project) == ["-c", str(pins)]
    pins.write_text(f"# Python {sys.version_info[0]}.{sys.version_info[1]}9: tested\nx==1\n")
    assert bootstrap._pins(project) == []


def test_the_tested_versions_satisfy_the_project():
    lines = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in bootstrap.requirements(PROJECT / "pyproject.toml", "test"):
        name, bounds = bootstrap.parse_requirement(requirement)
        assert bootstrap.fits(pins.get(name, ""), bounds), f"{requirement}: run python3 -m tests.freeze"


# --- setting up --------------------------------------------------------------------------------------------------


def test_nothing_is_installed_where_nothing_is_missing(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["pytest>=1"]\n')
    pip = Pip()
    bootstrap.ensure(project=tmp_path, run=pip)
    assert pip.asked == []
    assert not (tmp_path / ".venv").exists()


def test_a_fresh_project_gets_a_venv_with_its_packages(project, capfd):
    pip = Pip()
    start(project, pip, "test")
    assert [command[:3] for command in pip.asked] == [["-m", "venv", str(project / ".venv")], ["-m", "pip", "install"]]
    assert pip.asked[1][-2:] == ["no-such-a>=1,<2", "no-such-b>=1"]
    assert ready(project, "test")
    out, told = capfd.readouterr()
    assert out == ""
    assert "needs packages" in told
    assert ".venv" in told


def test_a_whole_venv_is_used_without_a_word(project, capfd):
    start(project, Pip())
    capfd.readouterr()
    second = Pip()
    start(project, second)
    assert second.asked == []
    assert capfd.readouterr() == ("", "")


def test_a_set_up_killed_while_pip_ran_starts_over(project, capfd):
    with pytest.raises(KeyError):
        start(project, Broken(on="install"))
    assert state_of(project) == bootstrap.MAKING
    (project / ".venv" / "rubbish").write_text("half a file")
    install_in(project / ".venv", ["no-such-a>=1"])  # its metadata is there, its files may not be
    assert not ready(project)
    pip = Pip()
    start(project, pip)
    assert ready(project)
    assert not (project / ".venv" / "rubbish").exists()
    assert "cut short" in capfd.readouterr().err


class Broken(Pip):
    """Dies in the middle, as a killed process does: nothing after it runs."""

    def __call__(self, command: list[str]) -> tuple[int, str]:
        if self.on in command:
            raise KeyError("killed")
        return super().__call__(command)


def test_a_set_up_killed_while_the_venv_was_made_starts_over(project):
    with pytest.raises(KeyError):
        start(project, Broken(on="venv"))
    start(project, Pip())
    assert ready(project)


@posix_only
def test_a_venv_whose_python_is_gone_is_made_again(project):
    start(project, Pip())
    python = bootstrap.venv_python(project / ".venv")
    python.unlink()
    python.symlink_to(project / "uninstalled")
    assert not ready(project)
    start(project, Pip())
    assert ready(project)


def test_a_folder_that_is_no_venv_is_left_alone(project):
    (project / ".venv").mkdir()
    (project / ".venv" / "notes.txt").write_text("mine")
    with pytest.raises(SystemExit, match="something else than a virtual environment"):
        start(project, Pip())
    assert (project / ".venv" / "notes.txt").read_text() == "mine"


def test_an_install_that_changes_nothing_is_an_error_and_not_an_endless_loop(project):
    def lies(command: list[str]) -> tuple[int, str]:
        return Pip()(command[:4] if "install" in command else command)

    with pytest.raises(SystemExit, match=r"still lacks: no-such-a>=1,<2"):
        start(project, lies)


def test_pinned_versions_that_do_not_install_are_tried_without_pins(project):
    (project / "constraints.txt").write_text(f"# Python {sys.version_info[0]}.{sys.version_info[1]}\nno-such-a==1.1\n")
    pip = Pip(fails="ERROR: ResolutionImpossible", times=1)
    start(project, pip)
    assert ["-c" in command for command in pip.asked] == [False, True, False]
    assert ready(project)


FAILURES = {
    "disk": ("OSError: [Errno 28] No space left on device", "disk is full"),
    "dns": ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
    "refused": ("Failed to establish a new connection: [Errno 111] Connection refused", "cannot be reached"),
    "offline": ("ERROR: Could not find a version that satisfies x (from versions: none)", "cannot be reached"),
    "proxy": ("ProxyError('Cannot connect to proxy.')", "cannot be reached"),
    "slow": ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "cannot be reached"),
    "tls": ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "global.cert"),
    "rights": ("ERROR: [Errno 13] Permission denied: '/opt/x/.venv'", "cannot be written"),
    "no pip": ("/usr/bin/python3: No module named pip", "sudo apt install python3-venv"),
    "other": ("ERROR: something new", "To try by hand"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_install_says_what_to_do(project, name):
    said, advice = FAILURES[name]
    with pytest.raises(SystemExit, match=advice) as caught:
        start(project, Pip(fails=said))
    assert "{" not in str(caught.value)
    assert not ready(project)


def test_debian_without_ensurepip_names_the_package_and_the_pip_command(project):
    said = "The virtual environment was not created successfully because ensurepip is not\navailable."
    with pytest.raises(SystemExit) as caught:
        start(project, Pip(fails=said.replace("\n", " "), on="venv"))
    assert "sudo apt install python3-venv" in str(caught.value)
    assert "-m pip install 'no-such-a>=1,<2'" in str(caught.value)


def test_after_a_failed_install_the_next_start_can_succeed(project):
    with pytest.raises(SystemExit):
        start(project, Pip(fails="Read timed out"))
    start(project, Pip())
    assert ready(project)


@pytest.mark.parametrize("said", ["Read timed out", "CERTIFICATE_VERIFY_FAILED"])
def test_packages_installed_by_hand_after_the_index_was_out_of_reach_are_kept(project, said):
    """The advice was followed, `pip install --no-index`, and the next start threw it all away."""
    with pytest.raises(SystemExit):
        start(project, Pip(fails=said))
    install_in(project / ".venv", ["no-such-a>=1"])

    assert ready(project)


@posix_only
def test_a_folder_that_cannot_be_written_is_a_clear_message(project):
    (project / ".venv").write_text("a file")
    with pytest.raises(SystemExit, match=r"\S"):
        start(project, Pip())


def test_of_two_starts_at_once_one_sets_up_and_the_other_waits(project, monkeypatch):
    said = io.StringIO()  # capfd loses what is written while it is read
    monkeypatch.setattr(sys, "stderr", said)
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Pip):
        def __call__(self, command: list[str]) -> tuple[int, str]:
            inside.set()
            assert go_on.wait(60)
            return super().__call__(command)

    slow, second = Slow(), Pip()
    threads = [threading.Thread(target=start, args=(project, slow))]
    threads[0].start()
    assert inside.wait(60)
    threads.append(threading.Thread(target=start, args=(project, second)))
    threads[1].start()
    while "waiting for it" not in said.getvalue():
        assert threads[1].is_alive(), said.getvalue()
    go_on.set()
    for thread in threads:
        thread.join()
    assert second.asked == []
    assert ready(project)


@posix_only
def test_a_start_that_was_killed_holds_nobody_up(project):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project / ".venv")], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
    start(project, Pip())
    assert ready(project)


HOLD = """
import sys, pathlib
from threadx import bootstrap
with bootstrap._locked(pathlib.Path(sys.argv[1])) as state:
    bootstrap._write(state, bootstrap.MAKING)
    print("held", flush=True)
    import threading
    threading.Event().wait()
"""


def test_what_a_command_says_is_shown_on_stderr_and_kept(capfd):
    code, said = bootstrap.run_shown([sys.executable, "-c", "import sys; print('out', flush=True); sys.exit('err')"])
    assert (code, said.split()) == (1, ["out", "err"])
    assert capfd.readouterr() == ("", said)


# --- starting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["run_tkinter.py", "threadx/__init__.py", "threadx/bootstrap.py", "tests/__main__.py"])
def test_what_runs_before_the_check_can_be_read_by_old_pythons(file):
    ast.parse((PROJECT / file).read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 99), (2, 7, 18)])
def test_an_old_python_is_told_so(version):
    with pytest.raises(SystemExit, match=rf"needs Python 3\.11 or newer; this one is {version[0]}\.{version[1]}"):
        bootstrap.check_python(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 0), (4, 0, 0)])
def test_a_new_python_is_fine(version):
    bootstrap.check_python(version)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory):
    """A Python without any package, made for real."""
    folder = tmp_path_factory.mktemp("bare")
    stdlib_venv.create(folder, symlinks=os.name != "nt")
    return bootstrap.venv_python(folder)


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_work_before_anything_is_installed(bare_python, word):
    command = [str(bare_python), str(PROJECT / "run_tkinter.py"), word]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stderr) == (0, "")
    assert "threadx" in done.stdout


def test_a_start_goes_on_in_the_venv_with_the_same_words(bare_python, project):
    start(project, Pip())
    lines = (
        "import sys",
        "from pathlib import Path",
        f"sys.path.insert(0, {str(PROJECT)!r})",
        "from threadx import bootstrap",
        f"bootstrap.ensure(project=Path({str(project)!r}))",
        "print(sys.prefix, sys.argv[1:])",
    )
    (project / "run.py").write_text("\n".join(lines))
    command = [str(bare_python), str(project / "run.py"), "--mode", "a b", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{project / '.venv'} {['--mode', 'a b', '']}"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there a window needs no variable to find its screen")
@pytest.mark.parametrize("words", [[], ["--demo"]])
def test_a_window_without_a_screen_ends_with_the_way_out(words):
    command = [sys.executable, "run_tkinter.py", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, env={}, timeout=240)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No screen found" in done.stderr or "apt install python3-tk" in done.stderr
    assert "python3 run_tkinter.py --help" in done.stderr
