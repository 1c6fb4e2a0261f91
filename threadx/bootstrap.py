"""Self-setup: makes `.venv` beside the project where the running Python lacks packages, and goes on there.

Standard library only, and nothing of ours. Old Pythons read this file too (their user must learn that they are too
old), so it keeps to the syntax of Python 3.6, quotes its annotations and imports later modules inside functions.
`pyproject.toml` is the only list of packages; `constraints.txt` pins the tested versions, for the Python they were
tested with and no other (elsewhere a pinned version may have no wheel).

Everything printed goes to stderr: stdout belongs to the command that is being started.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Runner = Callable[[list[str]], tuple[int, str]]

__all__ = ["check_python", "ensure", "requirements", "unmet"]

PROJECT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)

PIP_FLAGS = ["--disable-pip-version-check", "--no-input", "--retries", "3"]

# The state kept in .venv/threadx-setup while it is being made or changed; empty: whole, or not ours.
MAKING = b"making"
ADDING = b"adding"

UNREACHABLE = (
    r"NewConnectionError|Failed to establish a new connection|Temporary failure in name resolution|getaddrinfo failed"
    r"|Network is unreachable|Connection refused|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|versions: none"
)
NO_INDEX = "The package index"
FAILURES = (
    (
        r"No space left on device|\[Errno 28\]|WinError 112|not enough space",
        "The disk is full: ThreadX's packages need about half a gigabyte in {folder}. Make room and start again.",
    ),
    (
        r"ensurepip is not available|No module named '?(venv|ensurepip|pip)\b",
        (
            "This Python ({base}) cannot make a virtual environment.\n"
            "  Debian/Ubuntu:  sudo apt install python3-venv\n"
            "  Or install the packages yourself:  {base} -m pip install {packages}"
        ),
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        (
            NO_INDEX + " cannot be trusted (TLS). Behind a company's proxy, give pip its certificate:\n"
            "  {python} -m pip config set global.cert FILE"
        ),
    ),
    (
        UNREACHABLE,
        (
            NO_INDEX + " cannot be reached. Check the network and start again; what was fetched is kept.\n"
            "  No network here at all? Where there is one:  python3 -m pip download -d wheels {packages}\n"
            "  then here:  {python} -m pip install --no-index --find-links wheels {packages}"
        ),
    ),
    (
        r"Permission denied|\[Errno (13|30)\]|Access is denied|Read-only file system",
        (
            "{folder} cannot be written. Move the project to a folder of yours, or install the packages yourself:\n"
            "  {base} -m pip install {packages}"
        ),
    ),
)
UNKNOWN_FAILURE = "The packages could not be installed; the reason stands above. To try by hand:\n  {command}"


def check_python(version: "tuple[int, ...]" = tuple(sys.version_info[:3])) -> None:
    """Leave with a clear message where Python is too old.

    Raises:
        SystemExit: `version` is below `OLDEST`.
    """
    if version[:2] >= OLDEST:
        return
    sys.exit(
        "ThreadX needs Python {}.{} or newer; this one is {}.{} ({}).\n"
        "Get a newer one from https://www.python.org/downloads/ or your system's packages and start ThreadX with it, "
        "for example:  python3.12 run_tkinter.py".format(*(OLDEST + version[:2] + (sys.executable,)))
    )


def ensure(extra: "str | None" = None, *, project: Path = PROJECT, run: "Runner | None" = None) -> None:
    """Return where the running Python has every package; otherwise continue this start in `.venv`.

    Installs nothing where nothing is missing. An existing `.venv` is used silently when it is whole, completed when
    it is not, and made again when a set-up was killed in the middle. Of two starts at once one sets up, the other
    waits for it.

    Args:
        extra: an extra of `pyproject.toml` whose packages are wanted too.
        project: the folder of `pyproject.toml`; without that file (an installed ThreadX) nothing is checked.
        run: runs a command, shows its output, returns its exit code and what it said.

    Raises:
        SystemExit: the set-up failed; its message says what to do. Or this start ended in `.venv` (Windows).
    """
    wanted = requirements(project / "pyproject.toml", extra)
    if not unmet(wanted):
        return
    venv = project / ".venv"
    inside = venv.is_dir() and Path(sys.prefix).resolve() == venv.resolve()
    if inside or not is_ready(venv, wanted):
        _set_up(venv, wanted, run or run_shown, inside=inside)
    _continue_with(venv_python(venv))


def requirements(pyproject: Path, extra: "str | None" = None) -> "list[str]":
    """Return the requirements of the project, and of one extra, as they are written; none where there is no file."""
    import tomllib  # noqa: PLC0415 - absent before Python 3.11

    if not pyproject.is_file():
        return []
    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    return list(project["dependencies"]) + (project["optional-dependencies"][extra] if extra else [])


def unmet(wanted: "list[str]", path: "list[str] | None" = None) -> "list[str]":
    """Return those of `wanted` that are not installed, or not in a version that fits.

    Looks at the metadata of installed packages, here or in the folders of `path`, and imports none of them.
    """
    from importlib import metadata  # noqa: PLC0415 - absent before Python 3.8

    lacking = []
    for requirement in wanted:
        name, bounds = parse_requirement(requirement)
        found = next(iter(metadata.Distribution.discover(name=name, path=sys.path if path is None else path)), None)
        if found is None or not fits(found.metadata["Version"] or "0", bounds):
            lacking.append(requirement)
    return lacking


def parse_requirement(text: str) -> "tuple[str, list[tuple[str, str]]]":
    """Split `pandas>=3.0,<4` into its name and bounds. Knows what `pyproject.toml` uses, no more.

    Raises:
        ValueError: the text has more than a name and bounds (a marker, an extra, a URL).
    """
    match = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*((?:(?:>=|<=|==|!=|<|>)\s*[0-9.]+\s*,?\s*)*)", text)
    if match is None:
        raise ValueError(f"bootstrap.py does not understand the requirement {text!r}")
    return match.group(1), re.findall(r"(>=|<=|==|!=|<|>)\s*([0-9.]+)", match.group(2))


def fits(version: str, bounds: "list[tuple[str, str]]") -> bool:
    """Return whether a version lies within all bounds, by its release number."""
    have = _release(version)
    return all(
        {
            ">=": have >= _release(bound),
            "<=": have <= _release(bound),
            "==": have == _release(bound),
            "!=": have != _release(bound),
            "<": have < _release(bound),
            ">": have > _release(bound),
        }[sign]
        for sign, bound in bounds
    )


def _release(version: str) -> "tuple[int, ...]":
    digits = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in digits.group().split(".")] if digits else []
    while numbers and numbers[-1] == 0:  # 3.0 and 3 are one version
        numbers.pop()
    return tuple(numbers)


def is_ready(venv: Path, wanted: "list[str]") -> bool:
    """Return whether `.venv` is whole and has everything: told from its files, without starting its Python."""
    state = venv / "threadx-setup"
    if not venv_python(venv).exists() or (state.is_file() and state.stat().st_size > 0):
        return False
    return not unmet(wanted, [str(folder) for folder in _site_packages(venv)])


def venv_python(venv: Path) -> Path:
    """Return the path of the Python in a virtual environment."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def _site_packages(venv: Path) -> "list[Path]":
    pattern = "Lib/site-packages" if os.name == "nt" else "lib/python3*/site-packages"
    return sorted(venv.glob(pattern))


def _set_up(venv: Path, wanted: "list[str]", run: "Runner", *, inside: bool) -> None:
    """Make or complete `.venv`, unless another start has done so by the time it is our turn."""
    _say("ThreadX needs packages that {} does not have: {}".format(sys.executable, ", ".join(unmet(wanted))))
    try:
        with _locked(venv) as state:
            if inside or not is_ready(venv, wanted):
                _say(f"Setting up {venv} (once; some minutes, about half a gigabyte) ...")
                _make(venv, wanted, state, run)
                _say("Set up.")
    except OSError as error:
        raise SystemExit(_advice(str(error), venv, wanted) or str(error)) from error
    except KeyboardInterrupt:
        raise SystemExit("Set-up interrupted; start again to finish it.") from None


def _make(venv: Path, wanted: "list[str]", state: BinaryIO, run: "Runner") -> None:
    """Bring `.venv` from any state to a whole one; `state` tells whether an earlier attempt broke off."""
    state.seek(0)
    earlier = state.read()
    if earlier == MAKING or not _has_pip(venv):
        if earlier:
            _say("An earlier set-up was cut short; starting it again.")
        _write(state, MAKING)
        _clear(venv)
        _checked(run, [_base_python(), "-m", "venv", str(venv)], venv, wanted)
    elif not earlier:
        _write(state, ADDING)
    again = ["--force-reinstall"] if earlier == ADDING else []
    try:
        _install(venv, wanted, again, run)
    except SystemExit as ended:
        if earlier != ADDING and str(ended).startswith(NO_INDEX):  # pip has changed nothing; packages may come by hand
            _write(state, b"")
        raise
    _write(state, b"")


def _install(venv: Path, wanted: "list[str]", again: "list[str]", run: "Runner") -> None:
    pip = [str(venv_python(venv)), "-m", "pip", "install", *PIP_FLAGS]
    pins = _pins(venv.parent)
    code = 1
    if pins:
        code, said = run([*pip, *again, *pins, *wanted])
        if code != 0 and _advice(said, venv, wanted) is not None:
            raise SystemExit(_advice(said, venv, wanted))
    if code != 0:
        _checked(run, [*pip, *again, *wanted], venv, wanted)
    checked = subprocess.run(
        [str(venv_python(venv)), "-I", __file__, *wanted], stdout=subprocess.PIPE, text=True, check=False
    )
    if checked.returncode != 0:  # also where starting again would find the same lack, for ever
        raise SystemExit(
            f"pip ended well, yet {venv} still lacks: {checked.stdout.strip()}. Remove it and start again."
        )


def _base_python() -> str:
    """Return the Python behind the running one: where that is in `.venv`, it may be about to go."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _pins(project: Path) -> "list[str]":
    """Return pip's arguments for the tested versions, where they were tested with this very Python."""
    constraints = project / "constraints.txt"
    if not constraints.is_file():
        return []
    tested = re.match(r"# Python (\d+)\.(\d+)\b", constraints.read_text("utf-8"))
    same = tested is not None and (int(tested.group(1)), int(tested.group(2))) == sys.version_info[:2]
    return ["-c", str(constraints)] if same else []


def _checked(run: "Runner", command: "list[str]", venv: Path, wanted: "list[str]") -> None:
    code, said = run(command)
    if code != 0:
        by_hand = " ".join(_quoted(word) for word in command)
        raise SystemExit(_advice(said, venv, wanted) or UNKNOWN_FAILURE.format(command=by_hand))


def _advice(said: str, venv: Path, wanted: "list[str]") -> "str | None":
    """Return what a person can do about what pip, venv or the system said; None where that is not known."""
    for pattern, advice in FAILURES:
        if re.search(pattern, said):
            packages = " ".join(_quoted(requirement) for requirement in wanted)
            fields = {"base": _base_python(), "python": venv_python(venv), "folder": venv.parent, "packages": packages}
            return advice.format(**fields)
    return None


def _quoted(word: str) -> str:
    quote = '"' if os.name == "nt" else "'"
    return quote + word + quote if re.search(r"[^\w./:=+-]", word) else word


def _has_pip(venv: Path) -> bool:
    python = venv_python(venv)
    if not python.exists():
        return False
    command = [str(python), "-m", "pip", "--version"]
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def _clear(venv: Path) -> None:
    """Empty the folder, all but the lock; leave where it was never a virtual environment."""
    inside = [path for path in venv.iterdir() if path.name != "threadx-setup"]
    if inside and not any(path.name in ("pyvenv.cfg", "lib", "Lib", "bin", "Scripts", "include") for path in inside):
        raise SystemExit(f"{venv} holds something else than a virtual environment; move it away and start again.")
    for path in inside:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()


@contextlib.contextmanager
def _locked(venv: Path) -> "Iterator[BinaryIO]":
    """Hold the set-up of `.venv` for this process; the system lets go of it when the process dies, however."""
    venv.mkdir(exist_ok=True)
    with (venv / "threadx-setup").open("a+b") as state:
        os.set_inheritable(state.fileno(), True)  # noqa: FBT003 - a pip that outlives a killed start keeps the others waiting
        if not _lock(state, wait=False):
            _say("Another start is setting ThreadX up; waiting for it ...")
            while not _lock(state, wait=True):
                pass
        yield state


def _lock(state: BinaryIO, *, wait: bool) -> bool:
    """Take the system's lock on an open file. On Windows a wait ends after 10 s, and is tried again by the caller."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows only

            state.seek(1 << 20)  # far behind the content: a locked byte cannot be read there
            msvcrt.locking(state.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(state, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a disk without locks, or Windows' ten seconds are over
        return sys.platform != "win32"
    return True


def _write(state: BinaryIO, content: bytes) -> None:
    state.seek(0)
    state.truncate()
    state.write(content)
    state.flush()
    os.fsync(state.fileno())


def run_shown(command: "list[str]") -> "tuple[int, str]":
    """Run a command, show all it says on stderr, and return its exit code and what it said.

    On a terminal pip keeps its progress bar (then only its errors are returned).
    """
    bar = os.isatty(2)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=2 if bar and "pip" in command else subprocess.PIPE,
        stderr=subprocess.PIPE if bar and "pip" in command else subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=os.name == "nt",  # elsewhere the lock goes along
    ) as process:
        said = []
        for line in process.stdout or process.stderr or ():
            sys.stderr.write(line)
            sys.stderr.flush()
            said.append(line)
    return process.returncode, "".join(said)


def _continue_with(python: Path) -> None:
    """Start the same command line again with another Python, in place of this process."""
    command = [str(python)] + sys.orig_argv[1:]  # noqa: RUF005 - old Pythons
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - our own command line
    child = subprocess.Popen(command)  # Windows' exec would return to the prompt at once
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:  # the child got it too, and decides
            continue


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":  # asked by `_install`, of the Python in `.venv`: exit 1 and the names where some are unmet
    MISSING = unmet(sys.argv[1:])
    print(", ".join(MISSING))
    sys.exit(bool(MISSING))
