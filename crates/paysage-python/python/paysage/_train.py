"""Training of models on tables."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from paysage import _core
from paysage._arrays import seed_of
from paysage._machines import _layers, _listed, plain
from paysage._model import Model, results_of
from paysage._progress import progress_of
from paysage._tables import (
    column_of,
    count_of,
    is_pandas,
    is_polars,
    source_of,
    with_labels,
    without_labels,
)


def train(
    table,
    *,
    schema=None,
    hidden=None,
    method=None,
    epochs=None,
    batch_size=None,
    learning_rate=None,
    validation=None,
    labels=None,
    weights=None,
    out=None,
    resume=False,
    device=None,
    verbose=0,
    random_state=0,
    **settings,
):
    """Train a Boltzmann machine on a table, as the program `paysage train` does.

    Parameters
    ----------
    table : data frame, array-like, path or None
        Training data: a data frame of pandas or polars, an array of numbers, a path, or ``"builtin:digits"``. None is
        the file of a run that is resumed.
    schema : {"infer"}, path or None, default=None
        Kinds of the columns: ``"infer"`` for categorical and numeric columns, a schema file, or None for columns of
        numbers alone. Data frames with columns that are not numbers have the schema ``"infer"``.
    hidden : int, str, tuple or None, default=None
        Hidden layers: a number of binary units, kind and number such as ``"spin:200"``, or several of them for a deep
        machine; 100 where it is None.
    method : {"pcd", "cd", "ptt", "ucd", "tap"} or None, default=None
        Estimator of the gradient; persistent contrastive divergence where it is None.
    epochs : int or None, default=None
        Number of epochs; as many as 10,000 steps take, and 10 at least, where it is None.
    batch_size : int or None, default=None
        Number of rows in each step; 100 where it is None.
    learning_rate : float or None, default=None
        Initial learning rate; the default of the optimizer where it is None.
    validation : float or None, default=None
        Fraction of rows held out for validation.
    labels : array-like, str, path or None, default=None
        Class of each row, a text or a whole number, which the machine models too: one value for each row, the name of
        a column of a data frame, or a file. A table with a schema has them in a column.
    weights : array-like, str, path or None, default=None
        Weight of each row: one number for each row, the name of a column, which is then not modelled, or a file.
    out : path or None, default=None
        Folder of the run, which keeps model, metrics, checkpoint, figures and report; nothing is kept where it is
        None.
    resume : bool, default=False
        Whether the run in the folder `out` continues after its last checkpoint, with its settings. The result of a run
        that was stopped is bit for bit that of one without a stop. The data must be those of the run; of the
        settings, `epochs`, `learning_rate` and those that do not change the training may be given anew.
    device : str or None, default=None
        Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``; ``"auto"`` where it is None.
    verbose : int, default=0
        Whether a progress bar is shown.
    random_state : int, RandomState instance or None, default=0
        Random seed. A run that is resumed keeps its own.
    **settings
        Further settings by their names in docs/configuration.md, such as ``visible="bernoulli"``,
        ``threshold=0.5``, ``tempering=5`` or ``no_figures=True``.

    Returns
    -------
    model : Model
        The trained model, with its report.

    Examples
    --------
    >>> import paysage
    >>> model = paysage.train("builtin:bars-and-stripes", hidden=8, epochs=2, no_figures=True)
    >>> model
    <paysage.Model bernoulli:16 – bernoulli:8>
    """
    if table is None and not resume:
        raise ValueError(
            "table: expected data, got None, which is the data of a run that is resumed"
        )
    if resume and out is None:
        raise ValueError("resume: give the folder of the run as out")
    columns, classes = without_labels(table, labels)
    has_schema = schema is not None or _has_text(columns)
    if schema is None and has_schema and not resume:
        schema = "infer"
    if has_schema and labels is not None:
        if classes is labels:
            raise ValueError(
                "labels: a table with a schema has its labels in a column: give the name of the column"
            )
        # It is a column as all others.
        columns, classes, labels = table, None, None
    given = {
        "schema": None if schema is None else os.fspath(schema),
        "hidden": None if hidden is None else _layers(hidden),
        "method": method,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "validation": validation,
        "device": device,
        **settings,
    }
    if not resume:
        is_seed = isinstance(random_state, int)
        given["seed"] = random_state if is_seed else seed_of(random_state)
    for rule in ("penalty", "constraint", "metrics", "columns", "drop", "freeze"):
        if rule in given:
            given[rule] = _listed(given[rule])
    given = {name.replace("_", "-"): plain(x) for name, x in given.items() if x is not None}
    with contextlib.ExitStack() as stack:
        rows = None if table is None else count_of(columns)
        # Files of the caller are settings of the run; those that are written here are not.
        written = {}
        for name, values in {"data": columns, "labels": classes, "weights": weights}.items():
            if values is not None:
                is_text = isinstance(values, (str, os.PathLike))
                path = source_of(values) if name == "data" else column_of(values, name, rows)
                (given if is_text else written)[name] = stack.enter_context(path)
        folder = stack.enter_context(_folder(out))
        progress = stack.enter_context(progress_of(verbose, "training"))
        if resume:
            core, notes = _core.resume(json.dumps(given), json.dumps(written), folder, progress)
        else:
            core, notes = _core.train(json.dumps({**given, **written}), folder, progress)
        history, report = results_of(Path(folder))
    for name, path in written.items():
        report = report and report.replace(path, "table" if name == "data" else name)
    column = labels if classes is not labels else None
    whole = table if column else with_labels(table, labels, core.columns[-1])
    return Model(
        core,
        template=_template(whole),
        labels=column,
        history=history,
        report=report,
        notes=notes,
    )


def report(folder, *, verbose=0):
    """Write the figures and the report of a run again, as the program `paysage report` does.

    Parameters
    ----------
    folder : path-like
        Folder of a run on a file, whose data are read again.
    verbose : int, default=0
        Whether a progress bar is shown.

    Returns
    -------
    report : str
        The report as HTML, which is also in the folder.
    """
    with progress_of(verbose, "figures") as progress:
        _core.report(os.fspath(folder), progress)
    return results_of(Path(folder))[1]


class _folder:
    """The folder of a run: that of the user, or a temporary one."""

    def __init__(self, out):
        self._out, self._temporary = out, None

    def __enter__(self):
        if self._out is not None:
            return os.fspath(self._out)
        self._temporary = tempfile.TemporaryDirectory()
        return str(Path(self._temporary.name) / "run")

    def __exit__(self, *error):
        if self._temporary is not None:
            self._temporary.cleanup()


def _has_text(table):
    """Whether a data frame has columns that are not numbers."""
    if is_pandas(table):
        return any(not _is_number(dtype) for dtype in table.dtypes)
    if is_polars(table):
        return any(not dtype.is_numeric() for dtype in table.dtypes)
    return False


def _is_number(dtype):
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)


def _template(table):
    """Rows of a data frame with each value of the columns that are not numbers, which samples have too."""
    if is_pandas(table):
        texts = [name for name in table.columns if not _is_number(table[name].dtype)]
        rows = {0}
        for name in texts:
            rows.update(np.flatnonzero(~table[name].duplicated()))
        return table.iloc[sorted(rows)]
    if is_polars(table):
        texts = [name for name, dtype in table.schema.items() if not dtype.is_numeric()]
        rows = {0}
        for name in texts:
            rows.update(table[name].arg_unique().to_list())
        return table[sorted(rows)]
    return None
