"""Models of other libraries."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import BernoulliRBM

import paysage
from paysage import Model

FIXTURES = Path(__file__).parents[2] / "paysage-interchange" / "tests" / "fixtures"


def free_energies(model, rows):
    return model.score_samples(np.asarray(rows, dtype=np.float32))["free_energy"]


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(1).integers(0, 2, size=(60, 9)).astype(float)


@pytest.fixture(scope="module")
def fitted(rows):
    return BernoulliRBM(n_components=4, n_iter=3, random_state=0).fit(rows)


def test_a_model_of_scikit_learn_has_its_free_energies(fitted, rows):
    model = Model.from_sklearn(fitted)
    assert model.visible_kinds == ["bernoulli:9"]
    assert np.allclose(free_energies(model, rows), fitted._free_energy(rows), atol=1e-4)
    with pytest.raises(Exception, match="not fitted"):
        Model.from_sklearn(BernoulliRBM())


def test_exported_models_are_read_again(fitted, rows, tmp_path):
    model = Model.from_sklearn(fitted)
    expected = free_energies(model, rows)
    for format, name in [("npz", "model.npz"), ("rbms", "model.h5")]:
        model.export(tmp_path / name, format=format)
        again = Model.from_library(tmp_path / name, format=format)
        assert np.allclose(free_energies(again, rows), expected, atol=1e-4)
    arrays = np.load(tmp_path / "model.npz")
    assert np.allclose(arrays["components_"], fitted.components_, atol=1e-6)
    with pytest.raises(ValueError, match="pickle"):
        model.export(tmp_path / "model", format="pickle")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("file", "energies"),
    [
        ("paysage-bernoulli.h5", "paysage-bernoulli.json"),
        ("rbms-bernoulli.h5", "rbms-bernoulli-200.json"),
        ("julia-binary-relu.h5", "julia-binary-relu.json"),
        ("scikit-learn.npz", "scikit-learn.json"),
    ],
)
def test_files_of_other_libraries_have_their_free_energies(file, energies):
    model = Model.from_library(FIXTURES / file)
    known = json.loads((FIXTURES / energies).read_text())
    found = free_energies(model, known["rows"])
    assert np.allclose(found, known["energies"], atol=1e-4)


def test_faults_are_one_line(tmp_path):
    with pytest.raises(FileNotFoundError):
        Model.from_library(tmp_path / "nothing.h5")
    other = tmp_path / "other.npz"
    np.savez(other, values=np.zeros(3))
    with pytest.raises(ValueError, match="other.npz") as fault:
        Model.from_library(other)
    assert "\n" not in str(fault.value)
    with pytest.raises(ValueError, match="rbm.jl"):
        paysage.Model.from_library(other, format="xml")
