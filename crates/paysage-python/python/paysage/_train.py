"""Training of models on tables."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np

from paysage import _core
from paysage._arrays import seed_of
from paysage._machines import _layers, _listed, plain
from paysage._model import Model
from paysage._progress import progress_of
from paysage._tables import is_pandas, is_polars, source_of


def train(
    table,
    *,
    schema=None,
    hidden=100,
    method=None,
    epochs=None,
    batch_size=None,
    learning_rate=None,
    validation=None,
    out=None,
    device="auto",
    verbose=0,
    random_state=0,
    **settings,
):
    """Train a Boltzmann machine on a table, as the program `paysage train` does.

    Parameters
    ----------
    table : data frame, array-like or path
        Training data: a data frame of pandas or polars, an array of numbers, a path, or ``"builtin:digits"``.
    schema : {"infer"}, path or None, default=None
        Kinds of the columns: ``"infer"`` for categorical and numeric columns, a schema file, or None for columns of
        numbers alone. Data frames with columns that are not numbers have the schema ``"infer"``.
    hidden : int, str or tuple, default=100
        Hidden layers: a number of binary units, kind and number such as ``"spin:200"``, or several of them for a deep
        machine.
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
    out : path or None, default=None
        Folder of the run, which keeps model, metrics, checkpoint, figures and report; nothing is kept where it is
        None.
    device : str, default="auto"
        Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.
    verbose : int, default=0
        Whether a progress bar is shown.
    random_state : int, RandomState instance or None, default=0
        Random seed.
    **settings
        Further settings by their names in docs/configuration.md, such as ``visible="bernoulli"``,
        ``threshold=0.5``, ``labels="labels.csv"``, ``tempering=5`` or ``no_figures=True``.

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
    if schema is None and _has_text(table):
        schema = "infer"
    given = {
        "schema": None if schema is None else os.fspath(schema),
        "hidden": _layers(hidden),
        "method": method,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "validation": validation,
        "device": device,
        "seed": random_state if isinstance(random_state, int) else seed_of(random_state),
        **settings,
    }
    for rule in ("penalty", "constraint", "metrics", "columns", "drop", "freeze"):
        if rule in given:
            given[rule] = _listed(given[rule])
    given = {name.replace("_", "-"): plain(x) for name, x in given.items() if x is not None}
    with (
        source_of(table) as source,
        _folder(out) as folder,
        progress_of(verbose, "training") as progress,
    ):
        text = json.dumps({**given, "data": source})
        core, notes = _core.train(text, folder, progress)
        history, report = _results(Path(folder))
    if not isinstance(table, (str, os.PathLike)):
        report = report and report.replace(source, "table")
    return Model(
        core,
        template=_template(table),
        history=history,
        report=report,
        notes=notes,
    )


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


def _results(folder):
    """Metrics of each epoch, and the report."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], (folder / "report.html").read_text(
        encoding="utf-8"
    )


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
