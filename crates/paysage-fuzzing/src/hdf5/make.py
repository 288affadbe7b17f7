"""Writes the HDF5 files of the battery: python make.py (h5py 3.16, HDF5 2.0)."""

from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).parent
FLOATS = np.array([[0, 1], [-2.5, 3e4], [1e-30, 7]])


def create(name, version, fill):
    with h5py.File(FOLDER / name, "w", libver=version) as file:
        fill(file)


def chunked(kind, **how):
    """A table in chunks."""
    how = {"chunks": (2, 1), "compression": "gzip", "shuffle": True} | how
    return lambda file: file.create_dataset("x", data=FLOATS.astype(kind), **how)


def plain(file):
    file["g/x"] = FLOATS.astype("f4")
    file["y"] = np.arange(3)


create("plain.h5", "earliest", plain)
create("tree.h5", "earliest", chunked(">f8"))
create("fixed.h5", "latest", chunked("f4"))
create("longer.h5", "latest", chunked("f8", maxshape=(None, 2)))
create("larger.h5", "latest", chunked("f4", maxshape=(None, None), compression=None, shuffle=False))
create("bool.h5", "latest", lambda file: file.create_dataset("x", data=FLOATS > 0))
