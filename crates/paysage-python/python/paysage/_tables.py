"""Tables of users: arrays, data frames of pandas and polars, and files."""

import contextlib
import csv
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

_NAME = "table"


@contextlib.contextmanager
def source_of(table):
    """The path of a file with a table. Errors name an array or a data frame as `table`."""
    if isinstance(table, (str, os.PathLike)) and not isinstance(table, Sequence):
        yield os.fspath(table)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = _written(table, Path(folder))
        try:
            yield path
        except (ValueError, RuntimeError, OSError) as error:
            message = str(error)
            if path not in message:
                raise
            raise type(error)(message.replace(path, _NAME)) from None


@contextlib.contextmanager
def column_of(values, name, rows=None):
    """The path of a file with one value for each row; a text is a path or the name of a column. Errors name the values."""
    if values is None or isinstance(values, (str, os.PathLike)):
        yield values if values is None else os.fspath(values)
        return
    cells = _cells(values, name)
    if rows is not None and len(cells) != rows:
        raise ValueError(f"{name}: expected one value for each of {rows} rows, got {len(cells)}")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"{name}.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            lines.writerow([name])
            lines.writerows([["NA" if cell is None else cell] for cell in cells])
        try:
            yield path
        except (ValueError, RuntimeError, OSError) as error:
            message = str(error)
            if path not in message:
                raise
            raise type(error)(message.replace(path, name)) from None


def _cells(values, name):
    """The text of each value, None where it is missing."""
    if hasattr(values, "isna"):
        values = values.astype(object).where(~values.isna(), None)
    values = values.to_list() if hasattr(values, "to_list") else np.asarray(values).tolist()
    if not isinstance(values, list) or any(isinstance(value, list) for value in values):
        raise ValueError(
            f"{name}: expected one value for each row, a path or the name of a column, got an array of other axes"
        )
    cells = [None if value is None or value != value else _text(value) for value in values]
    if any("\n" in cell or "\r" in cell for cell in cells if cell is not None):
        raise ValueError(f"{name}: expected values without line breaks")
    return cells


def count_of(table):
    """The number of rows of a table in memory; nothing for files."""
    return None if isinstance(table, (str, os.PathLike)) else len(table)


def without_labels(table, labels):
    """A table without the column of a data frame that the labels are the name of, and the values of this column."""
    if not isinstance(labels, str) or labels not in (names_of(table) or ()):
        return table, labels
    if is_polars(table):
        return table.drop(labels), table[labels]
    column = _named(table, labels)
    return table.drop(columns=[column]), table[column]


def with_labels(table, labels, name):
    """A data frame with a column of labels; other tables as they are."""
    if labels is None or isinstance(labels, (str, os.PathLike)):
        return table
    if is_pandas(table):
        return table.assign(**{name: np.asarray(labels)})
    if is_polars(table):
        import polars

        return table.with_columns(polars.Series(name, np.asarray(labels).tolist()))
    return table


class Sequence(str):
    """The letters of a sequence."""

    __slots__ = ()


def _written(table, folder):
    if isinstance(table, Sequence):
        path = str(folder / "sequence.fasta")
        Path(path).write_text(f">sequence\n{table}\n", encoding="utf-8")
    elif is_pandas(table):
        path = str(folder / "table.csv")
        table.to_csv(path, index=False)
    elif is_polars(table):
        path = str(folder / "table.csv")
        _plain(table).write_csv(path)
    else:
        path = str(folder / "table.npy")
        values = np.asarray(table)
        if values.dtype.kind not in "fiub" or values.ndim != 2:
            raise ValueError(
                f"table: expected a path, a data frame of pandas or polars, or an array of numbers of two axes, "
                f"got {type(table).__name__} of shape {values.shape} and type {values.dtype}"
            )
        np.save(path, np.ascontiguousarray(values, dtype=np.float32))
    return path


def _plain(table):
    """The same cells of text as those of pandas: `True` and `False`, and no NaN."""
    import polars

    columns = polars.selectors
    names = [name for name, dtype in table.schema.items() if dtype == polars.Boolean]
    texts = [
        table[name].cast(polars.String).replace({"true": "True", "false": "False"})
        for name in names
    ]
    return table.with_columns(texts).with_columns(columns.float().fill_nan(None))


def is_pandas(table):
    """Whether a table is a data frame of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


def is_polars(table):
    """Whether a table is a data frame of polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(table, polars.DataFrame)


def names_of(table):
    """The names of the columns of a data frame; nothing for other tables."""
    if is_pandas(table) or is_polars(table):
        return [str(name) for name in table.columns]
    return None


def frame_like(table, columns, *, keeps_index=True):
    """A data frame of new columns, of the library of a table and with its index; of pandas for arrays and files."""
    if is_polars(table):
        import polars

        return polars.DataFrame(columns)
    pandas = _pandas()
    if pandas is None:
        return columns
    return pandas.DataFrame(
        columns, index=table.index if keeps_index and is_pandas(table) else None
    )


def _pandas():
    try:
        import pandas
    except ImportError:
        return None
    return pandas


def filled(table, cells):
    """A data frame whose missing values are those of cells of text, by column. Other values are not changed."""
    if is_polars(table):
        return _filled_polars(table, cells)
    frame = table.copy()
    for name, texts in cells.items():
        column = _named(frame, name)
        series = frame[column]
        is_missing = series.isna().to_numpy()
        if is_missing.any():
            values = _values(series.dropna().unique(), series.dtype, texts)
            frame.loc[is_missing, column] = [
                value for value, missing in zip(values, is_missing) if missing
            ]
    return frame


def replaced(table, cells):
    """A data frame whose columns are those of cells of text, by column, in the types of a table."""
    if is_polars(table):
        import polars

        columns = {}
        for name, texts in cells.items():
            series = table[name]
            values = _values(series.drop_nulls().unique().to_list(), series.dtype, texts)
            columns[name] = polars.Series(name, values, dtype=series.dtype)
        return polars.DataFrame(columns)
    import pandas

    columns = {}
    for name, texts in cells.items():
        series = table[_named(table, name)]
        known = series.cat.categories if hasattr(series, "cat") else series.dropna().unique()
        values = _values(known, series.dtype, texts)
        columns[series.name] = pandas.Series(values, dtype=series.dtype)
    return pandas.DataFrame(columns)


def frame_of(cells):
    """A data frame of cells of text, in numbers where all cells of a column are numbers."""
    columns = {name: _numbers(texts) for name, texts in cells.items()}
    pandas = _pandas()
    return columns if pandas is None else pandas.DataFrame(columns)


def _filled_polars(table, cells):
    import polars

    columns = []
    for name, texts in cells.items():
        series = table[name]
        if not series.null_count() and not (series.dtype.is_float() and series.is_nan().any()):
            continue
        values = _values(series.drop_nulls().unique().to_list(), series.dtype, texts)
        old = series.fill_nan(None) if series.dtype.is_float() else series
        both = [new if value is None else value for value, new in zip(old.to_list(), values)]
        columns.append(polars.Series(name, both, dtype=series.dtype))
    return table.with_columns(columns)


def _named(frame, name):
    """The column of a name, which may be no string."""
    return next(column for column in frame.columns if str(column) == name)


def _values(known, dtype, texts):
    """Values of a column by their texts: known ones of any type, and numbers."""
    by_text = {_text(value): value for value in known}
    whole = str(dtype).lower().startswith(("int", "uint"))

    def value(text):
        if text in by_text:
            return by_text[text]
        number = _number(text)
        if number is None:
            return text or None
        return round(number) if whole else number

    return [value(text) for text in texts]


def _text(value):
    """The text of a value as tables write it."""
    if isinstance(value, (bool, np.bool_)):
        return "True" if value else "False"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _numbers(texts):
    numbers = [np.nan if text == "" else _number(text) for text in texts]
    if any(number is None for number in numbers):
        return [text or None for text in texts]
    return np.asarray(numbers, dtype=np.float64)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None
