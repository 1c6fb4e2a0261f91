"""The tree keeps the rules of tests/architecture.py, and each rule goes red on a small bad snippet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import MAY_IMPORT, violations

PROJECT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(PROJECT / "threadx").with_suffix("").parts).removesuffix("__init__").rstrip("."): path
    for path in sorted((PROJECT / "threadx").rglob("*.py"))
} | {"run_tkinter": PROJECT / "run_tkinter.py"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_the_rules(module):
    assert violations(module, MODULES[module].read_text("utf-8")) == []


BAD = {
    "bars above itself": ("bars.gaps", "from threadx.store import Store"),
    "bars by import": ("bars.gaps", "import threadx.exchange.rest"),
    "bars by name": ("bars.gaps", "from threadx import data"),
    "store asks the exchange": ("store.store", "from threadx.exchange.rest import BinanceRest"),
    "store looks up": ("store.store", "from threadx.data.ingest import IngestionManager"),
    "exchange looks up": ("exchange.rest", "from threadx.data import plan"),
    "data knows the bridge": ("data.ingest", "from threadx.bridge import ThreadXBridge"),
    "bridge knows the window": ("bridge.jobs", "from threadx.ui.app import main"),
    "command line knows the window": ("cli", "import threadx.ui.app"),
    "presenter knows a view": ("ui.presenters.charts", "from threadx.ui.charts import Charts"),
    "strategy knows the store": ("strategies.cross", "from threadx.store import Store"),
    "leaf imports a room": ("config", "from threadx.bars.timeframe import TIMEFRAMES"),
    "demo imports a leaf": ("demo.server", "from threadx.errors import ThreadXError"),
    "demo imports the exchange": ("demo.server", "from threadx.exchange import decode"),
    "bootstrap imports ours": ("bootstrap", "from threadx.errors import ThreadXError"),
    "unknown room": ("helpers.things", "x = 1"),
    "import inside a function": ("bars.gaps", "def f():\n    from threadx.store import Store"),
    "relative import": ("bars.gaps", "from . import schema"),
    "tkinter in the engine": ("bridge.jobs", "import tkinter"),
    "tkinter in a presenter": ("ui.presenters.charts", "from tkinter import ttk"),
    "requests outside": ("data.ingest", "import requests"),
    "requests by name": ("data.ingest", "from requests import Session"),
    "another HTTP client": ("data.tokens", "from urllib.request import urlopen"),
    "parquet outside": ("data.io", "import pyarrow.parquet as pq"),
    "parquet by name": ("data.io", "from pyarrow import parquet"),
    "dataset outside": ("exchange.archive", "import pyarrow.dataset"),
    "pandas reads parquet": ("data.io", "import pandas as pd\npd.read_parquet('x')"),
    "pandas writes parquet": ("data.io", "frame.to_parquet('x')"),
    "thread outside": ("data.ingest", "import threading\nthreading.Thread(target=f).start()"),
    "thread by name": ("exchange.rest", "from threading import Timer\nTimer(1, f)"),
    "subclass of Thread": ("exchange.rest", "import threading\nclass T(threading.Thread): pass"),
    "pool outside": ("store.verify", "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2)"),
    "processes outside": ("indicators.bank", "import multiprocessing"),
    "pickle": ("store.objects", "import pickle"),
    "print": ("data.ingest", "print('done')"),
    "sleep": ("exchange.limits", "import time\ntime.sleep(1)"),
    "sleep by name": ("exchange.limits", "from time import sleep"),
    "environment": ("config", "import os\nx = os.environ['X']"),
    "environment by name": ("config", "from os import environ"),
    "getenv": ("exchange.session", "import os\nos.getenv('HTTPS_PROXY')"),
    "home folder": ("config", "from pathlib import Path\nPath('~/x').expanduser()"),
    "naive now": ("data.plan", "from datetime import datetime\ndatetime.now()"),
    "naive now by module": ("data.plan", "import datetime\ndatetime.datetime.now()"),
    "utcnow": ("data.plan", "from datetime import datetime\ndatetime.utcnow()"),
    "today": ("data.plan", "from datetime import date\ndate.today()"),
    "fromtimestamp": ("data.plan", "from datetime import datetime\ndatetime.fromtimestamp(0)"),
    "files in the domain": ("bars.schema", "from pathlib import Path"),
    "a clock in the domain": ("bars.resample", "import time"),
    "paths in a backtest": ("backtest.engine", "import os.path"),
    "store in a pure indicator": ("indicators.trend", "from threadx.store import Store"),
    "too long": ("bars.gaps", "x = 1\n" * 401),
}


@pytest.mark.parametrize("name", BAD)
def test_each_rule_goes_red(name):
    assert violations(*BAD[name]) != []


GOOD = {
    "down the stairs": (
        "data.ingest",
        "from threadx.exchange.rest import BinanceRest\nfrom threadx.errors import DataError",
    ),
    "demo uses bars": ("demo.market", "from threadx.bars.schema import OPEN_TIME\nimport numpy as np"),
    "a view and its presenter": ("ui.charts", "import tkinter as tk\nfrom threadx.ui.presenters.charts import Charts"),
    "CSV in the exchange": ("exchange.archive", "import pyarrow.csv"),
    "threads where they start": ("workers", "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2)"),
    "jobs": ("bridge.crew", "import threading\nthreading.Thread(target=f)"),
    "aware time": ("data.plan", "from datetime import UTC, datetime\ndatetime.now(UTC)\ndatetime.now(tz=UTC)"),
    "aware from a stamp": ("data.plan", "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, tz=UTC)"),
    "the version": ("store.manifest", "from threadx import __version__"),
    "400 lines": ("bars.gaps", "x = 1\n" * 400),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_allowed_stays_green(name):
    assert violations(*GOOD[name]) == []


def test_the_table_has_no_way_back_up():
    above: dict[str, set[str]] = {}
    for _ in MAY_IMPORT:
        for room, below in MAY_IMPORT.items():
            above[room] = below | {deeper for each in below for deeper in above.get(each, set())}
    assert [room for room, reachable in above.items() if room in reachable] == []


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import threadx", {"numpy", "pandas", "pyarrow", "requests", "tkinter", "matplotlib"}),
        ("import threadx.cli", {"numpy", "pandas", "pyarrow", "requests", "tkinter", "matplotlib", "pandera", "rich"}),
        ("import threadx.config", {"numpy", "pandas", "pyarrow", "requests", "tkinter"}),
        ("import threadx.bridge", {"numpy", "pandas", "pyarrow", "requests", "tkinter", "matplotlib", "xlsxwriter"}),
        ("import threadx.bootstrap", {"tomli", "numpy", "threadx.errors", "threadx.config"}),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement, unwanted):
    code = f"{statement}; import sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert unwanted & set(done.stdout.split()) == set()
