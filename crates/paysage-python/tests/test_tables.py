"""Training on tables, and questions to models."""

import os
import pickle
import signal
import threading
import time

import numpy as np
import pandas
import polars
import pytest

import paysage


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(0)
    smoker = random.random(300) < 0.4
    frame = pandas.DataFrame(
        {
            "age": random.integers(20, 80, 300),
            "smoker": np.where(smoker, "yes", "no"),
            "region": pandas.Categorical(
                random.choice(["north", "south", "east"], 300),
                categories=["east", "north", "south"],
            ),
            "member": random.random(300) < 0.5,
            "score": random.normal(100, 15, 300) + 40 * smoker,
        },
        index=[f"person {i}" for i in range(300)],
    )
    frame.loc[frame.index[::7], "region"] = None
    frame.loc[frame.index[::5], "score"] = np.nan
    return frame


@pytest.fixture(scope="module")
def model(people):
    return paysage.train(people, hidden=10, epochs=1500, no_figures=True)


def as_polars(frame):
    """The same cells, without the Arrow that polars would convert with."""
    cells = frame.astype(object).where(frame.notna(), None)
    return polars.DataFrame({name: cells[name].tolist() for name in cells})


def few(people):
    return people.iloc[:20]


class TestTrain:
    def test_a_data_frame_has_a_schema(self, model, people):
        assert model.columns == list(people.columns)
        assert sorted(kind.split(":")[0] for kind in model.visible_kinds) == [
            "bernoulli",
            "gaussian",
            "onehot",
        ]
        assert len(model.history) == 1500 and "<html" in model.report
        assert "/tmp" not in model.report and "srcdoc" in model._repr_html_()

    def test_the_folder_of_a_run_is_that_of_the_program(self, tmp_path):
        model = paysage.train(
            "builtin:bars-and-stripes", hidden=4, epochs=2, out=tmp_path / "run", no_figures=True
        )
        files = {path.name for path in (tmp_path / "run").iterdir()}
        assert {"model.safetensors", "metrics.jsonl", "config.toml", "report.html"} <= files
        loaded = paysage.Model.load(tmp_path / "run" / "model.safetensors")
        for name, value in model.parameters().items():
            np.testing.assert_array_equal(value, loaded.parameters()[name])
        with pytest.raises(ValueError, match="holds a run"):
            paysage.train("builtin:bars-and-stripes", hidden=4, epochs=2, out=tmp_path / "run")

    def test_arrays_and_deep_machines(self):
        rows = np.random.default_rng(0).integers(0, 2, size=(60, 6))
        model = paysage.train(rows, hidden=(5, 4), epochs=2, pretrain_epochs=2, no_figures=True)
        assert model.hidden_kinds == ["bernoulli:5", "bernoulli:4"]
        assert model.transform(rows).shape == (60, 4)
        assert model.transform(rows, layer=1).shape == (60, 5)
        assert model.sample(3, sweeps=2).shape == (3, 6)

    def test_errors_name_the_table(self):
        with pytest.raises(ValueError, match=r"^table: row 1, column 1") as error:
            paysage.train(np.full((4, 3), 0.5), hidden=2, epochs=1)
        assert "--" not in str(error.value) and "/tmp" not in str(error.value)
        with pytest.raises(FileNotFoundError, match="no-such.csv"):
            paysage.train("no-such.csv")
        with pytest.raises(ValueError, match="hiden"):
            paysage.train("builtin:digits", hiden=3)


class TestQuestions:
    def test_imputed_tables_keep_what_was_known(self, model, people):
        table = few(people)
        filled = model.impute(table, chains=3, burn_in=5, sweeps=5, random_state=0)
        assert filled.index.equals(table.index) and not filled.isna().any().any()
        assert list(filled.dtypes) == list(table.dtypes)
        known = table.notna()
        assert (filled.astype(object)[known] == table.astype(object)[known])[known].sum().sum() == (
            known.sum().sum()
        )
        assert set(filled["region"]) <= {"east", "north", "south"}

    def test_polars_is_pandas(self, model, people):
        table = few(people).reset_index(drop=True)
        same = as_polars(table)
        settings = {"chains": 2, "burn_in": 5, "sweeps": 5, "random_state": 0}
        left, right = model.impute(table, **settings), model.impute(same, **settings)
        assert isinstance(right, polars.DataFrame) and right.schema == same.schema
        assert right.null_count().sum_horizontal().item() == 0
        np.testing.assert_allclose(left["score"], right["score"])
        assert list(left["region"]) == right["region"].to_list()
        assert isinstance(
            model.predict(same.drop_nulls().drop("smoker"), "smoker"), polars.DataFrame
        )

    def test_predictions_of_categories_and_numbers(self, model, people):
        table = people.dropna().head(50)
        found = model.predict(table.drop(columns="smoker"), "smoker")
        assert found.index.equals(table.index)
        assert list(found.columns) == ["predicted", "smoker=no", "smoker=yes"]
        np.testing.assert_allclose(found[["smoker=no", "smoker=yes"]].sum(axis=1), 1, atol=1e-5)
        assert (found["predicted"] == "smoker=" + table["smoker"]).mean() > 0.75
        score = model.predict(table, "score")
        assert (score["score_low"] < score["score_mean"]).all()
        assert abs(score["score_mean"].mean() - table["score"].mean()) < 10

    def test_samples_have_the_types_of_the_training_data(self, model, people):
        samples = model.sample(10, sweeps=5, given={"smoker": "yes", "member": True})
        assert list(samples.columns) == list(people.columns)
        assert list(samples.dtypes) == list(people.dtypes)
        assert (samples["smoker"] == "yes").all() and samples["member"].all()

    def test_known_numbers_of_arrays_stay_to_the_bit(self):
        rows = np.random.default_rng(0).normal(1000, 1, size=(50, 3))
        model = paysage.train(rows, visible="gaussian", hidden=4, epochs=5, no_figures=True)
        rows[::4, 0] = np.nan
        filled = model.impute(rows, chains=2, burn_in=5, sweeps=5)
        known = ~np.isnan(rows)
        np.testing.assert_array_equal(filled[known], rows[known])
        np.testing.assert_allclose(filled[~known], 1000, atol=10)

    def test_samples_of_polars_are_of_polars(self, people):
        table = as_polars(people)
        model = paysage.train(table, hidden=4, epochs=5, no_figures=True)
        samples = model.sample(5, sweeps=5)
        assert isinstance(samples, polars.DataFrame) and samples.schema == table.schema

    def test_counterfactuals_change_what_they_are_told(self, model, people):
        table = people.dropna().head(20)
        samples, effects = model.counterfactual(table, {"smoker": "yes"}, repeats=5)
        assert (samples["smoker"] == "yes").all() and samples.index.equals(table.index)
        assert set(effects.columns) == {"unit", "effect", "standard_error"}

    def test_likelihoods_agree(self, model, people):
        table = people.dropna()
        found = model.log_likelihood(table)
        assert found.exact and found.log_likelihood_low == found.log_likelihood
        scores = model.score_samples(table, log_partition=found)
        assert scores["log_likelihood"].mean() == pytest.approx(found.log_likelihood, abs=1e-4)
        assert scores.index.equals(table.index)
        parts = model.conditional_log_likelihood(table, ["smoker"], ["score", "age"])
        assert (parts["log_likelihood"] < 0).all()
        metrics = model.metrics(table, ["reconstruction_error", "free_energy"])
        assert metrics["free_energy"] == pytest.approx(scores["free_energy"].mean(), abs=1e-3)
        assert model.pseudo_log_likelihood(table).shape == (len(table),)

    def test_pickles_and_files_are_the_model(self, model, people, tmp_path):
        model.save(tmp_path / "model.safetensors")
        loaded = paysage.Model.load(tmp_path / "model.safetensors")
        copy = pickle.loads(pickle.dumps(model))
        table = few(people)
        for other in (loaded, copy):
            pandas.testing.assert_frame_equal(
                model.transform(table, random_state=0), other.transform(table, random_state=0)
            )
        assert copy.report == model.report
        assert list(loaded.sample(2, sweeps=2).columns) == list(people.columns)

    def test_errors_are_one_line(self, model, people, tmp_path):
        with pytest.raises(ValueError, match="no-such|no such|known"):
            model.predict(people, "no-such")
        with pytest.raises(ValueError, match=r"^table: .*score"):
            model.impute(people.rename(columns={"score": "other"}))
        with pytest.raises(ValueError, match="smoker"):
            model.sample(given={"smoker": "maybe"})
        with pytest.raises(OSError):
            model.save(tmp_path / "no" / "folder")
        with pytest.raises(FileNotFoundError):
            paysage.Model.load(tmp_path / "none.safetensors")
        (tmp_path / "bad").write_bytes(b"no model")
        with pytest.raises(ValueError, match="safetensors"):
            paysage.Model.load(tmp_path / "bad")


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """A model of sequences whose first and last site agree."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("sequences") / "family.fasta"
    rows = random.choice(list("ACDE"), size=(200, 6))
    rows[:, 5] = rows[:, 0]
    path.write_text("".join(f">{i}\n{''.join(row)}\n" for i, row in enumerate(rows)))
    return paysage.train(path, hidden=10, epochs=300, no_figures=True)


class TestSequences:
    def test_couplings_find_the_pair(self, family):
        pairs = family.couplings()
        assert (pairs.loc[0, "site_i"], pairs.loc[0, "site_j"]) == ("1", "6")
        assert len(pairs) == 15 and len(family.couplings(separation=4)) == 3

    def test_mutations_of_the_pair_cost_most(self, family):
        found = family.mutations("ACDEAA")
        means = found.groupby("site")["free_energy_change"].mean()
        assert set(means.nlargest(2).index) == {"1", "6"}
        same = family.zero_sum_gauge().mutations("ACDEAA")
        np.testing.assert_allclose(
            found["free_energy_change"], same["free_energy_change"], atol=1e-3
        )
        with pytest.raises(ValueError, match="expected one row|columns|sites"):
            family.mutations(np.zeros((2, 24)))


def interrupted(work):
    """Whether work ends by Ctrl-C, which another thread sends."""
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work()
    timer.join()
    return time.monotonic() - started


class TestInterrupts:
    # Both take minutes to their end.
    def test_training_ends(self):
        assert (
            interrupted(
                lambda: paysage.train("builtin:digits?rows=2000", hidden=50, epochs=1_000_000)
            )
            < 60
        )

    def test_sampling_ends(self, model):
        assert interrupted(lambda: model.sample(1000, sweeps=10_000_000)) < 60

    def test_estimators_end(self):
        rows = np.random.default_rng(0).integers(0, 2, size=(1000, 500)).astype(float)
        machine = paysage.BernoulliRBM(n_iter=100_000)
        assert interrupted(lambda: machine.fit(rows)) < 60

    def test_other_threads_of_python_run_meanwhile(self):
        counted, stop = [0], threading.Event()

        def count():
            while not stop.is_set():
                counted[0] += 1
                time.sleep(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        rows = np.random.default_rng(0).integers(0, 2, size=(2000, 300)).astype(np.float32)
        paysage.BernoulliRBM(n_iter=5).fit(rows)
        stop.set()
        thread.join()
        assert counted[0] > 20


def test_progress_is_reported(capsys):
    paysage.train("builtin:bars-and-stripes", hidden=4, epochs=3, verbose=1, no_figures=True)
    assert "training" in capsys.readouterr().err
