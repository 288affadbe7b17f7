"""Between arrays of users and rows of the core."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state

# The largest seed, of a type that all versions of NumPy draw.
_SEEDS = np.iinfo(np.int32).max


def dense(X):
    """Rows of a checked array as a C-contiguous array of ``float32``, which is not copied where it is one."""
    if sp.issparse(X):
        X = X.toarray()
    # The core refuses numbers that are too large.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(X, dtype=np.float32)


def chunks(X, size=10_000):
    """Parts of a checked array; sparse ones become dense part by part."""
    if not sp.issparse(X):
        yield dense(X)
        return
    for start in range(0, X.shape[0], size):
        yield dense(X[start : start + size])


def doubles(values):
    """A C-contiguous array of ``float64``."""
    return np.ascontiguousarray(values, dtype=np.float64)


def is_double(X):
    """Whether results are computed in 64-bit numbers: those of all types but ``float32``."""
    return X.dtype != np.float32


def seed_of(random_state):
    """A seed of the core for a `random_state` of scikit-learn."""
    return int(check_random_state(random_state).randint(_SEEDS))
