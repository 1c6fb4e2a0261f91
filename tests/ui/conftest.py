"""Guards and fixtures for what needs a screen: pytest-xvfb gives one where there is none.

Besides the guards of `tests/conftest.py` (threads, ERROR log), a test fails when a Tk callback raised or when an
`after` of ours outlives its widgets. `make_app` makes the whole window, `theme` only a root with its look;
`wait_until` pumps Tk until a condition holds. Presenters' tests, which need no screen, are not touched.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.ui.fakes import QuietBridge
from threadx import i18n

HERE = Path(__file__).parent
WAIT_S = PATIENCE_S


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Free what a test leaves of Tk on this thread: a worker of a later test that did so would abort the process.

    Only here are the test's fixtures no longer held by pytest itself. This hook is called for tests of other folders
    too, and looking through everything takes 0.2 s.
    """
    result = yield
    if _has_a_screen(item):
        gc.collect()
    return result


def _has_a_screen(test: pytest.Item | pytest.FixtureRequest) -> bool:
    return HERE in test.path.parents and "presenters" not in test.path.parts


@pytest.fixture(autouse=True)
def tk_guards(request) -> Iterator[None]:
    """Fail the test on an error in a Tk callback, and on an `after` that is pending when its root has no widgets."""
    if not _has_a_screen(request):
        yield
        return
    tk = pytest.importorskip("tkinter", reason="needs Tk")
    gc.freeze()  # what is there already need not be looked through below
    errors: list[str] = []
    pending: list[str] = []

    def failed(_root, kind, error, trace):
        errors.append("".join(traceback.format_exception(kind, error, trace)))

    original = tk.Tk.destroy

    def destroy(root):
        root.bind("<Destroy>", lambda event: pending.extend(_ours(root)) if event.widget is root else None, add="+")
        original(root)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tk.Tk, "report_callback_exception", failed)
        patch.setattr(tk.Tk, "destroy", destroy)
        yield
        left = tk._default_root
        if left is not None:
            left.destroy()
    i18n.activate("en")
    assert not errors, "a Tk callback raised:\n" + "\n".join(errors)
    assert not pending, f"still pending when the widgets were gone: {pending}"
    assert left is None, "the root window was left open"


def _ours(root) -> list[str]:
    """Return the scripts of pending `after`s that Python made; Tk's own bindings have some too."""
    names = root.tk.splitlist(root.tk.call("after", "info"))
    return [script for name in names if "callit" in (script := str(root.tk.call("after", "info", name)))]


@pytest.fixture
def theme():
    """A root window with its look, shown, 800 x 600."""
    from threadx.ui.theme import Theme

    made = Theme()
    made.root.geometry("800x600")
    made.root.deiconify()
    made.root.update()
    yield made
    made.close()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Pump Tk until a condition holds: `wait_until(lambda: table.shown == 3)`. Fails after `timeout_s`."""
    pause = threading.Event()

    def wait(condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        import tkinter as tk

        deadline = time.monotonic() + timeout_s
        while True:
            if tk._default_root is not None:
                tk._default_root.update()
            held = condition()
            assert isinstance(held, bool), f"a condition is True or False, not {held!r}"
            if held:
                return
            assert time.monotonic() < deadline, "the condition did not come true in time"
            pause.wait(0.005)

    return wait


@pytest.fixture
def english_settings(settings):
    """Settings under the test's folder, in English, light, with the embedded exchange as source."""
    ui = dataclasses.replace(settings.ui, language="en", theme="light")
    return dataclasses.replace(settings, ui=ui, source=dataclasses.replace(settings.source, name="demo"))


@pytest.fixture
def make_app(english_settings, wait_until):
    """Return a function that makes and opens the window; whatever is still open is closed after the test.

    `make_app(tabs)` has a bridge that does nothing (`tests.ui.fakes.QuietBridge`); give `bridge=` for another one.
    """
    from threadx.ui.shell import App

    made: list[App] = []

    def make(tabs: Sequence[object] = (), *, bridge: object = None, opened: bool = True, settings=None) -> App:
        chosen = english_settings if settings is None else settings
        app = App(chosen, QuietBridge(chosen) if bridge is None else bridge, tabs=tabs)
        made.append(app)
        if opened:
            app.open()
            app.root.update()
        return app

    yield make
    for app in made:
        if not app.closed:
            app.close()
            if not app.closed:
                app.close()  # again: quit now
            wait_until(lambda app=app: app.closed)
        assert app.all_ended(WAIT_S), "worker threads did not end"


@pytest.fixture(autouse=True)
def hooks_are_put_back() -> Iterator[None]:
    """Fail a test that leaves an exception hook of the window in place."""
    before = (sys.excepthook, threading.excepthook)
    yield
    assert (sys.excepthook, threading.excepthook) == before, "an exception hook was left in place"
