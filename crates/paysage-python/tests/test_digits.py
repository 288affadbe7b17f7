"""The digits of scikit-learn: Paysage in place of scikit-learn's `BernoulliRBM`."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM as Reference

from paysage import BernoulliRBM

SETTINGS = {"n_components": 100, "learning_rate": 0.06, "n_iter": 20, "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    rows, classes = load_digits(return_X_y=True)
    return train_test_split(rows / 16, classes, test_size=0.25, random_state=0)


@pytest.fixture(scope="module")
def machines(digits):
    training = digits[0]
    return [kind(**SETTINGS).fit(training) for kind in (Reference, BernoulliRBM)]


def pseudo_log_likelihood(machine, rows):
    """By the free energies of the reference, in whatever machine the parameters are from."""
    reference = Reference(**SETTINGS)
    for name in ("components_", "intercept_hidden_", "intercept_visible_"):
        setattr(reference, name, getattr(machine, name))
    free, sums = reference._free_energy(rows), np.zeros(len(rows))
    for unit in range(rows.shape[1]):
        flipped = rows.copy()
        flipped[:, unit] = 1 - rows[:, unit]
        sums -= np.logaddexp(0, free - reference._free_energy(flipped))
    return sums


def test_formulas_are_those_of_scikit_learn(machines, digits):
    reference, machine = machines
    rows = digits[1]
    for name in ("components_", "intercept_hidden_", "intercept_visible_"):
        setattr(reference, name, getattr(machine, name))
    np.testing.assert_allclose(machine.transform(rows), reference.transform(rows), atol=1e-6)
    np.testing.assert_allclose(machine.free_energy(rows), reference._free_energy(rows), rtol=1e-5)
    expected = pseudo_log_likelihood(machine, rows)
    np.testing.assert_allclose(machine.score_samples(rows), expected, rtol=1e-5)


def test_a_step_is_that_of_scikit_learn():
    # Without chains of the model, which are random: both start from saturated hidden units, whose visible units are 1.
    rows = np.random.default_rng(0).random((10, 4))
    machines = [kind(n_components=3, learning_rate=0.5) for kind in (Reference, BernoulliRBM)]
    for machine in machines:
        machine.components_ = np.full((3, 4), 50.0)
        machine.intercept_hidden_ = np.zeros(3)
        machine.intercept_visible_ = np.zeros(4)
        machine.h_samples_ = np.ones((10, 3))
        machine.n_features_in_ = 4
        machine.partial_fit(rows)
    reference, machine = machines
    for name in ("components_", "intercept_hidden_", "intercept_visible_", "h_samples_"):
        np.testing.assert_allclose(getattr(machine, name), getattr(reference, name), atol=1e-5)


def test_pseudo_likelihoods_are_alike(machines, digits):
    reference, machine = [pseudo_log_likelihood(it, digits[1]).mean() for it in machines]
    # Two seeds of scikit-learn differ by 0.1.
    assert machine > reference - 0.5, (machine, reference)


def test_hidden_units_classify_as_well(machines, digits):
    training, test, classes, expected = digits
    scores = []
    for machine in machines:
        model = LogisticRegression(C=100, max_iter=300).fit(machine.transform(training), classes)
        scores.append(model.score(machine.transform(test), expected))
    reference, score = scores
    # 450 digits: a standard error of 0.01.
    assert score > reference - 0.02, scores
