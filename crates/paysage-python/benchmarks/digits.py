"""scikit-learn's BernoulliRBM and that of Paysage on the digits of scikit-learn: training time and quality.

Each is trained several times in turn, and the fastest run counts.
"""

import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM as Reference

from paysage import BernoulliRBM

REPEATS = 5


def seconds(machine, rows):
    started = time.perf_counter()
    machine.fit(rows)
    return time.perf_counter() - started


def quality(kind, seed):
    """Exact pseudo-log-likelihood of test rows, and accuracy of a logistic regression on hidden units."""
    rows, classes = load_digits(return_X_y=True)
    training, test, of_training, of_test = train_test_split(
        rows / 16, classes, test_size=0.25, random_state=0
    )
    settings = {"n_components": 100, "learning_rate": 0.06, "n_iter": 20, "random_state": seed}
    machine = kind(**settings).fit(training)
    same = BernoulliRBM(**settings).fit(training[:10])
    for name in ("components_", "intercept_hidden_", "intercept_visible_"):
        setattr(same, name, getattr(machine, name))
    model = LogisticRegression(C=100, max_iter=500).fit(machine.transform(training), of_training)
    return same.score(test), model.score(machine.transform(test), of_test)


def main():
    for kind in (Reference, BernoulliRBM):
        scores = np.array([quality(kind, seed) for seed in range(3)])
        (likelihood, accuracy), (spread, of_accuracy) = scores.mean(axis=0), scores.std(axis=0)
        print(
            f"{kind.__module__.split('.')[0]}: pseudo-log-likelihood {likelihood:.2f} ± {spread:.2f} nats per row, "
            f"accuracy {accuracy:.3f} ± {of_accuracy:.3f}"
        )
    rows = load_digits().data / 16
    print("hidden units | batch | type | scikit-learn | paysage | ratio")
    for hidden, batch in [(256, 10), (256, 100), (500, 100), (100, 10)]:
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
