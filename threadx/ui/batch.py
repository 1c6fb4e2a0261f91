"""What the menu starts on many symbols or files: the dialog Pipeline, the import of legacy files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadx.i18n import _

if TYPE_CHECKING:
    from threadx.ui.dialogs import Dialog
    from threadx.ui.shell import App

__all__ = ["convert_now", "open_import", "open_pipeline", "show_result_of"]


def open_pipeline(app: App) -> Dialog:
    """Open the dialog Pipeline."""
    from threadx.ui.pipeline_dialog import PipelineDialog  # noqa: PLC0415 - the window must not wait for it
    from threadx.ui.presenters.pipeline_form import PipelineForm  # noqa: PLC0415 - likewise

    form = PipelineForm(app.bridge, app.selection, app.state)
    return PipelineDialog(app.root, app.context, form, lambda job_id: show_result_of(app, job_id)).show()


def open_import(app: App) -> Dialog:
    """Open the wizard that imports legacy data."""
    from threadx.ui.import_dialog import ImportDialog  # noqa: PLC0415 - the window must not wait for it
    from threadx.ui.presenters.legacy_import import LegacyImport  # noqa: PLC0415 - likewise

    return ImportDialog(app.root, app.context, LegacyImport(app.bridge, app.pump)).show()


def convert_now(app: App) -> int:
    """Take in what is new in the legacy folder of the settings; return the id of the job."""
    job_id = app.bridge.convert()
    show_result_of(app, job_id)
    app.notify(_("Converting the files of {folder}…").format(folder=app.settings.paths.legacy))
    return job_id


def show_result_of(app: App, job_id: int) -> None:
    """Show the table of jobs, and as soon as this one ends what came of it."""
    app.open_tab("data_manager")
    presenter = app.presenters.get("data_manager")
    if presenter is not None:
        presenter.desk.want_result(job_id)
