"""Training time of scikit-learn's BernoulliRBM and of that of Paysage, on the digits of scikit-learn.

Each runs several times in turn, and the fastest run counts.
"""

import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM as Reference

from paysage import BernoulliRBM

REPEATS = 3


def seconds(machine, rows):
    started = time.perf_counter()
    machine.fit(rows)
    return time.perf_counter() - started


def main():
    rows = load_digits().data / 16
    print("hidden units | batch | type | scikit-learn | paysage | ratio")
    for hidden, batch in [(100, 10), (100, 100), (500, 10), (500, 100)]:
        for dtype in (np.float64, np.float32):
            settings = {
                "n_components": hidden,
                "batch_size": batch,
                "n_iter": 10,
                "learning_rate": 0.06,
                "random_state": 0,
            }
            data = rows.astype(dtype)
            both = [
                [seconds(kind(**settings), data) for kind in (Reference, BernoulliRBM)]
                for _ in range(REPEATS)
            ]
            reference, paysage = np.min(both, axis=0)
            print(
                f"{hidden} | {batch} | {np.dtype(dtype).name} | {reference:.2f} s | {paysage:.2f} s | "
                f"{reference / paysage:.1f}"
            )


if __name__ == "__main__":
    main()
