"""Commands as the runner finds them: a module with `run`, some with `question`."""

from __future__ import annotations

import sys
import threading

from threadx.commands.results import Result


def run(request, progress):
    what = request.settings.paths.data_root.name
    if what == "broken":
        raise RuntimeError("the details")
    if what == "stubborn":
        sys.stderr.write("at work\n")
        sys.stderr.flush()
        threading.Event().wait(600)
    if what == "cancelled":
        progress.cancel()
        progress.raise_if_cancelled()
    return Result({"value": 7}, ["seven"], exit_code=3)


def question(request):
    return "Really?"
