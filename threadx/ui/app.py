"""The way in: settings, language, log and lock of the data folder; then the window."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import signal
import sys
import tkinter as tk
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from threadx import i18n, logs
from threadx.bridge import ThreadXBridge
from threadx.config import Settings, get_settings
from threadx.errors import ConfigError, StoreError, ThreadXError
from threadx.i18n import _, translate_error
from threadx.startup_check import tk_advice
from threadx.ui.dialogs import Choice, ask
from threadx.ui.instance import Instance
from threadx.ui.pump import Fault
from threadx.ui.shell import App
from threadx.ui.theme import Theme

__all__ = ["App", "main"]

END_S = 2.0
"""How long the process waits for worker threads after its window is gone."""
SWITCH_S = 0.001
"""How long a worker may compute before Tk's thread gets its turn. With Python's own 5 ms, and four workers between two
turns, every call of Tk would wait: during 200 downloads the longest blocks are about twice as long."""

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return its exit code when it is closed. Main thread.

    Args:
        argv: `--demo`, `--config FILE`, `--data-root FOLDER`, without the program's name; None: none.
    """
    try:
        settings = read_settings(argv or ())
    except ThreadXError as error:
        i18n.activate("auto")
        return _refuse(error)
    i18n.activate(settings.ui.language)
    try:
        logs.set_up(settings)
    except StoreError as error:
        _write(translate_error(error)[0])  # a window without a log file is better than none
    try:
        return _serve(settings)
    finally:
        logs.tear_down()


def read_settings(argv: Sequence[str]) -> Settings:
    """Return the settings that the flags of the window ask for.

    Raises:
        ConfigError: the file or a flag is wrong.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--config")
    parser.add_argument("--data-root")
    try:
        flags, unknown = parser.parse_known_args(list(argv))
    except argparse.ArgumentError as error:
        raise _not_understood(argv) from error
    if unknown:
        raise _not_understood(unknown)
    settings = get_settings(flags.config)
    if flags.data_root:
        settings = settings.with_data_root(Path(flags.data_root))
    if flags.demo:
        settings = dataclasses.replace(settings, source=dataclasses.replace(settings.source, name="demo"))
    return settings


def _not_understood(words: Sequence[str]) -> ConfigError:
    return ConfigError("{words}: not understood", hint="see: python3 run_tkinter.py --help", words=" ".join(words))


def _serve(settings: Settings) -> int:
    sys.setswitchinterval(SWITCH_S)
    instance = Instance(settings.paths.data_root)
    try:
        bridge = _bridge(settings, instance)
        try:
            app = App(settings, bridge, make_bridge=lambda changed: _bridge(changed, instance))
        except tk.TclError as error:  # no screen, or no usable Tk
            bridge.close()
            _write(tk_advice(error))
            return 1
        if not instance.first:
            warn_of_second_start(app)
        app.litter.start()
        with _heard_signals(app):
            app.run()
    finally:
        instance.release()
    if not app.all_ended(END_S):  # a thread stuck in a system call would keep the process alive without a window
        log.warning("quitting while worker threads are still ending")
        logs.tear_down()
        os._exit(0)
    return 0


@contextmanager
def _heard_signals(app: App) -> Iterator[None]:
    """Take Ctrl+C in the terminal for a wish to close, and the end of the session (SIGTERM) for two: quit now."""

    def asked(number: int, _frame: FrameType | None) -> None:
        # no Tk here: a signal may come in the middle of a Tk call; the pump hears it within 50 ms
        for _time in range(1 if number == signal.SIGINT else 2):
            app.failures.events.put(Fault(KeyboardInterrupt()))

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bridge(settings: Settings, instance: Instance) -> ThreadXBridge:
    bridge = ThreadXBridge(settings)
    if not instance.first:
        bridge.leave_memory()
    return bridge


def warn_of_second_start(app: App) -> None:
    """Say, once the window is there, that another one works on the same data."""
    app.state.keep = False
    app.later(
        1,
        lambda: ask(
            app.root,
            app.theme,
            _("ThreadX is already open on this data folder"),
            _("{folder}\n\nTwo windows cannot damage the data: writing is locked. But they wait for each other, share"
              " the exchange's limits, and this one will not remember its layout.").format(
                folder=app.settings.paths.data_root),
            (
                Choice(_("Quit"), app.close, "Primary.TButton"),
                Choice(_("Go on"), lambda: None),
            ),
        ),
    )  # fmt: skip


def _refuse(error: ThreadXError) -> int:
    """Say why there is no window: in the terminal, or on the screen for those who have none."""
    message, hint = translate_error(error)
    _write(f"{message}\n{hint}" if hint else message)
    if sys.stderr is not None and sys.stderr.isatty():
        return error.exit_code  # who sits at a terminal has read it
    try:
        theme = Theme()
    except tk.TclError:
        return error.exit_code
    theme.root.title("ThreadX")
    closing = Choice(_("Close"), theme.close, "Primary.TButton")
    ask(theme.root, theme, _("ThreadX cannot start"), f"{message}\n\n{hint}", (closing,), on_close=theme.close)
    theme.root.mainloop()
    return error.exit_code


def _write(text: str) -> None:
    if sys.stderr is not None:  # there is none behind an icon on Windows
        sys.stderr.write(f"{text}\n")
