"""The conventions of scikit-learn."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from paysage import DBM, RBM, BernoulliRBM, Model

SMALL = [
    BernoulliRBM(n_components=5, n_iter=3),
    RBM(5, n_iter=3),
    DBM((5, 4), n_iter=3),
]


# No check is skipped.
@parametrize_with_checks([BernoulliRBM(), RBM(n_iter=2), DBM((8, 4), n_iter=2)])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture
def binary():
    random = np.random.default_rng(0)
    causes = random.integers(0, 2, size=(200, 2))
    noise = random.random((200, 12)) < 0.1
    return (np.repeat(causes, 6, axis=1) ^ noise).astype(np.float64)


@pytest.mark.parametrize("machine", SMALL, ids=lambda machine: type(machine).__name__)
class TestEveryMachine:
    def test_a_seed_gives_a_machine(self, machine, binary):
        machines = [clone(machine).set_params(random_state=seed).fit(binary) for seed in (1, 1, 2)]
        first, same, other = [it.transform(binary) for it in machines]
        np.testing.assert_array_equal(first, same)
        assert np.abs(first - other).max() > 0

    def test_pickles_are_the_same_machine(self, machine, binary):
        machine = clone(machine).set_params(random_state=0).fit(binary)
        copy = pickle.loads(pickle.dumps(machine))
        np.testing.assert_array_equal(machine.transform(binary), copy.transform(binary))
        np.testing.assert_array_equal(machine.gibbs(binary, 3), copy.gibbs(binary, 3))
        copy.partial_fit(binary)
        machine.partial_fit(binary)
        np.testing.assert_array_equal(machine.transform(binary), copy.transform(binary))

    def test_sparse_rows_are_rows(self, machine, binary):
        for kind in (sp.csr_matrix, sp.csc_matrix, sp.coo_array):
            dense, sparse = [clone(machine).set_params(random_state=0) for _ in range(2)]
            dense.fit(binary)
            sparse.fit(kind(binary))
            np.testing.assert_array_equal(dense.transform(binary), sparse.transform(kind(binary)))
            np.testing.assert_allclose(
                dense.score_samples(binary), sparse.score_samples(kind(binary))
            )

    def test_types_are_kept_and_agree(self, machine, binary):
        machine = clone(machine).set_params(random_state=0).fit(binary)
        single = machine.transform(binary.astype(np.float32))
        double = machine.transform(binary)
        assert (single.dtype, double.dtype) == (np.float32, np.float64)
        np.testing.assert_allclose(single, double, atol=1e-5)

    def test_columns_of_data_frames_have_names(self, machine, binary):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(binary, columns=[f"unit {i}" for i in range(12)])
        machine = clone(machine).set_params(random_state=0).fit(frame)
        assert list(machine.feature_names_in_) == list(frame.columns)
        prefix = type(machine).__name__.lower()
        assert machine.get_feature_names_out()[0] == f"{prefix}0"
        assert machine.set_output(transform="pandas").transform(frame).index.equals(frame.index)
        with pytest.raises(ValueError, match="feature names"):
            machine.transform(frame.rename(columns={"unit 0": "other"}))

    def test_samples_and_gibbs_steps_are_rows(self, machine, binary):
        machine = clone(machine).set_params(random_state=0).fit(binary)
        samples = machine.sample(7, sweeps=5)
        steps = machine.gibbs(binary, sweeps=2)
        assert samples.shape == (7, 12) and steps.shape == binary.shape
        assert np.isin(samples, (0, 1)).all() and np.isin(steps, (0, 1)).all()

    def test_scores_are_means_of_rows(self, machine, binary):
        machine = clone(machine).set_params(random_state=0).fit(binary)
        assert machine.score(binary) == pytest.approx(machine.score_samples(binary).mean())

    def test_an_untrained_machine_says_so(self, machine, binary):
        for ask in ("transform", "score_samples", "gibbs"):
            with pytest.raises(NotFittedError):
                getattr(clone(machine), ask)(binary)

    def test_pipelines_and_grid_searches(self, machine, binary):
        classes = (binary[:, :6].sum(axis=1) > 3).astype(int)
        chain = make_pipeline(clone(machine).set_params(random_state=0), LogisticRegression())
        step = chain.steps[0][0]
        search = GridSearchCV(chain, {f"{step}__n_iter": [30, 200]}, cv=2).fit(binary, classes)
        assert search.best_score_ > 0.6
        alone = GridSearchCV(clone(machine), {"n_iter": [1, 2]}, cv=2).fit(binary)
        assert np.isfinite(alone.best_score_)


class TestMissingValues:
    @pytest.mark.parametrize("machine", SMALL[1:], ids=lambda machine: type(machine).__name__)
    def test_they_are_inferred(self, machine, binary):
        gaps = binary.copy()
        gaps[::3, 0] = np.nan
        machine = clone(machine).set_params(random_state=0, n_iter=20).fit(gaps)
        assert np.isfinite(machine.transform(gaps)).all()
        assert np.isfinite(machine.score_samples(gaps)).all()
        filled = machine.impute(gaps, chains=2, burn_in=5, sweeps=5)
        known = ~np.isnan(gaps)
        np.testing.assert_array_equal(filled[known], gaps[known])
        assert np.isin(filled[~known], (0, 1)).all()

    def test_tap_refuses_them(self, binary):
        binary[0, 0] = np.nan
        with pytest.raises(ValueError, match="row 1, column 1 holds NaN"):
            RBM(4, method="tap", n_iter=1).fit(binary)

    def test_gibbs_steps_need_whole_rows(self, binary):
        machine = RBM(4, n_iter=1).fit(binary)
        binary[0, 0] = np.nan
        with pytest.raises(ValueError, match="row 1"):
            machine.gibbs(binary)


class TestRealColumns:
    def test_they_are_standardized_and_restored(self):
        random = np.random.default_rng(0)
        rows = random.normal([100, -3], [10, 0.1], size=(500, 2))
        machine = RBM(4, n_iter=20, random_state=0).fit(rows)
        assert machine.visible_kind_ == "gaussian"
        samples = machine.sample(500, sweeps=20)
        np.testing.assert_allclose(samples.mean(axis=0), [100, -3], rtol=0.05)
        np.testing.assert_allclose(samples.std(axis=0), [10, 0.1], rtol=0.3)

    def test_scores_are_densities_in_the_units_of_the_columns(self):
        random = np.random.default_rng(0)
        rows = random.normal(size=(300, 2))
        scales = np.array([10.0, 0.1])
        near, far = [
            RBM(3, n_iter=5, random_state=0).fit(x).score_samples(x) for x in (rows, rows * scales)
        ]
        np.testing.assert_allclose(near - np.log(scales).sum(), far, atol=1e-3)


class TestModels:
    def test_machines_are_models(self, binary, tmp_path):
        machine = RBM(5, n_iter=5, random_state=0).fit(binary)
        model = machine.model_
        np.testing.assert_allclose(
            model.score_samples(binary)["free_energy"], machine.free_energy(binary), atol=1e-4
        )
        assert model.log_likelihood(binary).exact
        model.save(tmp_path / "model.safetensors")
        assert Model.load(tmp_path / "model.safetensors").visible_kinds == ["bernoulli:12"]
        with pytest.raises(NotFittedError):
            _ = RBM().model_

    def test_columns_keep_their_names_and_units(self):
        pandas = pytest.importorskip("pandas")
        rows = np.random.default_rng(0).normal([100, -3], [10, 0.1], size=(300, 2))
        frame = pandas.DataFrame(rows, columns=["weight", "charge"])
        model = RBM(4, n_iter=5, random_state=0).fit(frame).model_
        found = model.predict(frame, "weight")["weight_mean"]
        assert found.between(50, 150).all() and found.index.equals(frame.index)


class TestDeepMachines:
    def test_scores_are_lower_bounds_of_log_likelihoods(self, binary):
        machine = DBM((5, 4), n_iter=300, random_state=0).fit(binary)
        scores = machine.score_samples(binary)
        partition, doubts = machine._model.log_partition(seed=0)
        assert partition[0] == partition[2] and not doubts
        rows = binary.astype(np.float32)
        exact = machine._model.scores(rows, log_partition=partition, double=True)["log_likelihood"]
        assert (scores < exact + 1e-6).all() and (scores > exact - 3).all()
        # All 4,096 states of the visible units.
        states = (np.arange(1 << 12)[:, None] >> np.arange(12)) & 1
        total = np.exp(machine.score_samples(states)).sum()
        assert 0.5 < total <= 1 + 1e-6
        gaps = binary[:5].copy()
        gaps[:, 0] = np.nan
        assert (machine.score_samples(gaps) > scores[:5] - 1e-3).all()

    def test_scores_of_larger_machines_are_annealed_once(self, binary):
        wide = np.tile(binary, (1, 3))
        machine = DBM((30, 30), n_iter=20, random_state=0).fit(wide)
        scores = machine.score_samples(wide)
        np.testing.assert_array_equal(scores, machine.score_samples(wide))
        copy = pickle.loads(pickle.dumps(machine))
        np.testing.assert_array_equal(scores, copy.score_samples(wide))
        again = DBM((30, 30), n_iter=20, random_state=0).fit(wide)
        np.testing.assert_array_equal(scores[:10], again.score_samples(wide[:10]))
        assert (scores < 0).all()

    def test_scores_are_densities_in_the_units_of_the_columns(self):
        random = np.random.default_rng(0)
        rows = random.normal(size=(300, 2))
        scales = np.array([10.0, 0.1])
        near, far = [
            DBM((3, 2), n_iter=5, random_state=0).fit(x).score_samples(x)
            for x in (rows, rows * scales)
        ]
        np.testing.assert_allclose(near - np.log(scales).sum(), far, atol=1e-3)


class TestErrors:
    @pytest.mark.parametrize(
        ("machine", "message"),
        [
            (RBM(visible="bernoulli"), "row 1, column 1"),
            (RBM("zzz:3"), "hidden"),
            (RBM(method="sgd"), "unknown variant"),
            (RBM(n_iter=0), "epochs"),
            (RBM(settings={"no_such": 1}), "no-such"),
            (RBM(learning_rate=-1.0), "learning_rate"),
            (BernoulliRBM(n_components=0), "n_components"),
            (BernoulliRBM(learning_rate=0), "learning_rate"),
        ],
    )
    def test_they_are_one_line(self, machine, message):
        with pytest.raises(ValueError, match=message) as error:
            machine.fit(np.full((5, 3), 0.25))
        assert "\n" not in str(error.value)

    def test_numbers_too_large_for_single_precision(self):
        with pytest.raises(ValueError, match="float32"):
            BernoulliRBM(n_components=2).fit(np.full((3, 2), 1e300))
