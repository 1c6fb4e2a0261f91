"""Bars as pictures: few of them, shared, and freed by hand."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.widgets.progress_images import STEPS, ProgressImages


def test_pictures_are_shared_and_few(theme):
    images = ProgressImages(theme.root, theme)
    names = {images.get("primary", n / 1000) for n in range(1001)}
    assert len(names) == STEPS + 1
    assert images.get("primary", 0.5) == images.get("primary", 0.5001)
    assert images.get("success", 0.5) != images.get("primary", 0.5)
    images.close()


def test_the_smallest_share_is_visible(theme):
    images = ProgressImages(theme.root, theme)
    assert images.get("primary", 0.001) != images.get("primary", 0.0)
    images.close()


def test_closing_frees_them_all(theme):
    before = set(theme.root.tk.splitlist(theme.root.tk.call("image", "names")))
    images = ProgressImages(theme.root, theme)
    images.get("danger", 1.0)
    images.close()
    assert set(theme.root.tk.splitlist(theme.root.tk.call("image", "names"))) == before
