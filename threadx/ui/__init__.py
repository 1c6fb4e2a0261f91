"""The window: views of Tk, each with a presenter that decides. `threadx.ui.app.main` opens it."""
