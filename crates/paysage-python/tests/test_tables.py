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

    def test_a_run_is_read_and_its_report_written_again(self, tmp_path):
        folder = tmp_path / "run"
        model = paysage.train("builtin:bars-and-stripes", hidden=4, epochs=2, out=folder)
        (folder / "report.html").unlink()
        with pytest.raises(FileNotFoundError):
            paysage.Model.from_run(folder)
        assert "<html" in paysage.report(folder)
        again = paysage.Model.from_run(folder)
        assert again.history == model.history and len(again.history) == 2
        with pytest.raises(ValueError, match="no run"):
            paysage.report(tmp_path / "none")

    def test_errors_name_the_table(self):
        with pytest.raises(ValueError, match=r"^table: row 1, column 1") as error:
            paysage.train(np.full((4, 3), 0.5), hidden=2, epochs=1)
        assert "--" not in str(error.value) and "/tmp" not in str(error.value)
        with pytest.raises(FileNotFoundError, match="no-such.csv"):
            paysage.train("no-such.csv")
        with pytest.raises(ValueError, match="hiden"):
            paysage.train("builtin:digits", hiden=3)


@pytest.fixture(scope="module")
def flowers():
    random = np.random.default_rng(0)
    kinds = random.choice(["big, red", "small"], 200)
    rows = random.normal(size=(200, 3)) + 4 * (kinds == "small")[:, None]
    return pandas.DataFrame(rows, columns=["a", "b", "c"]), kinds


@pytest.fixture(scope="module")
def settings():
    return {"visible": "gaussian", "hidden": 8, "epochs": 200, "no_figures": True}


class TestLabelsAndWeights:
    def test_labels_of_any_kind_are_the_same_labels(self, flowers, settings):
        rows, kinds = flowers
        parameters = []
        for labels in (kinds, list(kinds), pandas.Series(kinds), polars.Series(list(kinds))):
            model = paysage.train(rows, labels=labels, **{**settings, "epochs": 2})
            assert model.layout["labels"]["classes"] == ["big, red", "small"]
            parameters.append(model.parameters())
        for other in parameters[1:]:
            for name, value in parameters[0].items():
                np.testing.assert_array_equal(value, other[name])
        table = as_polars(rows)
        model = paysage.train(table, labels=pandas.Series(kinds), **{**settings, "epochs": 2})
        samples = model.sample(5, sweeps=2)
        assert samples.columns == ["a", "b", "c", "label"] and set(samples["label"]) <= set(kinds)
        codes = paysage.train(rows, labels=np.arange(200) % 3, **{**settings, "epochs": 2})
        assert codes.layout["labels"]["classes"] == ["0", "1", "2"]

    def test_a_column_of_labels_keeps_its_name(self, flowers, settings):
        rows, kinds = flowers
        table = rows.assign(kind=pandas.Categorical(kinds))
        model = paysage.train(table, labels="kind", **settings)
        assert model.columns == ["a", "b", "c", "kind"]
        found = model.predict(rows)["predicted"]
        assert (found == kinds).mean() > 0.9
        samples = model.sample(20, sweeps=20, given={"kind": "small"})
        assert (samples["kind"] == "small").all() and list(samples) == list(table)
        assert samples.dtypes.equals(table.dtypes)
        whole, without = model.log_likelihood(table), model.log_likelihood(rows, labels=kinds)
        assert whole.log_likelihood == pytest.approx(without.log_likelihood, abs=1e-6)
        copy = pickle.loads(pickle.dumps(model))
        assert copy.score_samples(table).equals(model.score_samples(rows, labels=list(kinds)))
        wrong = model.score_samples(rows, labels=kinds[::-1])["log_likelihood"].mean()
        assert wrong < whole.log_likelihood - 1

    def test_a_row_of_weight_two_is_two_rows(self, settings):
        rows = np.random.default_rng(0).integers(0, 2, size=(40, 4))
        settings = {"hidden": 3, "epochs": 2, "method": "tap", "no_figures": True}
        weights = np.ones(40)
        weights[:10] = 2
        model = paysage.train(rows, weights=weights, **settings)
        double = np.concatenate([rows, rows[:10]])
        left = model.log_likelihood(rows, weights=list(weights))
        right = model.log_likelihood(double)
        assert left.log_likelihood == pytest.approx(right.log_likelihood, abs=1e-5)
        frame = pandas.DataFrame(rows, columns=list("abcd"))
        by_name = paysage.train(frame.assign(weight=weights), weights="weight", **settings)
        for name, value in model.parameters().items():
            np.testing.assert_array_equal(value, by_name.parameters()[name])
        without = paysage.train(frame, **settings).parameters()
        assert any((value != without[name]).any() for name, value in model.parameters().items())

    @pytest.mark.parametrize("name", ["labels", "weights"])
    def test_errors_name_what_was_given(self, name):
        rows = np.random.default_rng(0).integers(0, 2, size=(6, 4))
        for values, message in [
            ([1, 2], "expected one value for each of 6 rows, got 2"),
            (np.ones((6, 2)), "one value for each row"),
            ([1, -2, 1, 1, 1, 1], "line 3"),
        ]:
            with pytest.raises(ValueError, match=f"^{name}: .*{message}") as error:
                paysage.train(rows, hidden=2, epochs=1, **{name: values})
            assert "\n" not in str(error.value) and "/tmp" not in str(error.value)


class TestResume:
    SETTINGS = {"hidden": 6, "schedule": "constant", "no_figures": True}

    def same(self, left, right):
        for name, value in left.parameters().items():
            np.testing.assert_array_equal(value, right.parameters()[name])

    def test_a_run_of_a_table_goes_on_as_without_a_stop(self, people, tmp_path):
        settings = {"hidden": (6, 4), "schedule": "constant", "no_figures": True}
        folders, epochs = iter(range(9)), [1, 2, 3, 4, 5]
        numbers = pandas.DataFrame(
            np.random.default_rng(0).integers(0, 2, size=(60, 4)), columns=list("abcd")
        )
        labels = [["x", "y", "z"][row % 3] for row in range(60)]
        extra = {"labels": labels, "weights": np.linspace(1, 2, 60)}
        for table, files in [(people, {}), (numbers, extra)]:
            folder = tmp_path / f"run {next(folders)}"
            whole = paysage.train(table, epochs=5, **files, **settings)
            paysage.train(table, epochs=2, out=folder, **files, **settings)
            again = paysage.train(table, epochs=5, out=folder, resume=True, **files)
            self.same(whole, again)
            assert [epoch["epoch"] for epoch in again.history] == epochs
            samples = again.sample(3, sweeps=2)
            assert list(samples) == [*table, *(["label"] if files else [])]
        with pytest.raises(ValueError, match="^labels: a table with a schema"):
            paysage.train(people, labels=[1] * len(people))
        by_name = {"labels": "region", "out": tmp_path / "by name", "no_figures": True}
        assert paysage.train(people, epochs=1, **by_name).columns == list(people.columns)
        assert len(paysage.train(people, epochs=2, resume=True, **by_name).history) == 2

    def test_what_cannot_go_on_is_refused(self, people, tmp_path):
        folder = tmp_path / "run"
        rows = np.random.default_rng(0).integers(0, 2, size=(30, 4))
        paysage.train(rows, epochs=2, out=folder, **self.SETTINGS)
        for given, message in [
            ({}, "all 2 epochs are done: ask for more with epochs"),
            ({"epochs": 4, "hidden": 5}, "hidden is 6 in this run, not 5"),
            ({"epochs": 4, "table": rows[::-1]}, "continue with the data of the first run"),
            ({"epochs": 4, "hiden": 5}, "hiden"),
        ]:
            with pytest.raises(ValueError, match=message) as error:
                paysage.train(given.pop("table", rows), out=folder, resume=True, **given)
            assert "\n" not in str(error.value)
        with pytest.raises(ValueError, match="no run"):
            paysage.train(rows, out=tmp_path / "none", resume=True)
        with pytest.raises(ValueError, match="resume: "):
            paysage.train(rows, resume=True)
        with pytest.raises(ValueError, match="table: "):
            paysage.train(None, epochs=1)

    def test_a_run_of_the_program_needs_no_table(self, tmp_path):
        data = "builtin:bars-and-stripes"
        whole = paysage.train(data, epochs=4, **self.SETTINGS)
        paysage.train(data, epochs=2, out=tmp_path / "run", **self.SETTINGS)
        self.same(whole, paysage.train(None, epochs=4, out=tmp_path / "run", resume=True))

    def test_a_stopped_run_goes_on(self, tmp_path):
        folder = tmp_path / "run"
        data = "builtin:digits?rows=500"
        settings = {"hidden": 50, "schedule": "constant", "no_figures": True}
        interrupted(lambda: paysage.train(data, epochs=1_000_000, out=folder, **settings))
        done = len((folder / "metrics.jsonl").read_text().splitlines())
        epochs = done + 2
        resumed = paysage.train(data, epochs=epochs, out=folder, resume=True)
        self.same(resumed, paysage.train(data, epochs=epochs, **settings))


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

    def test_draws_and_deviations_of_missing_values(self, model, people):
        table = few(people)
        settings = {"burn_in": 5, "sweeps": 5, "random_state": 0}
        several = model.impute(table, fill="draw", count=4, **settings)
        assert len(several) == 4 and all(not it.isna().any().any() for it in several)
        gaps = table["score"].isna()
        values = np.array([it.loc[gaps, "score"] for it in several])
        assert (values.std(axis=0) > 0).all()
        with pytest.raises(ValueError, match="count"):
            model.impute(table, count=4)
        deviation = model.impute_deviation(table, chains=20, **settings)
        assert deviation.index.equals(table.index)
        assert (deviation.loc[~gaps, "score"] == 0).all()
        # The score of a smoker has the standard deviation 15, of all people it is 24.
        assert deviation.loc[gaps, "score"].between(5, 40).all()

    def test_chains_have_a_diagnosis(self, model, people):
        found = model.diagnose(50, sweeps=100, random_state=0)
        assert list(found.samples.columns) == list(people.columns)
        assert 0 < found.effective_sample_size and found.autocorrelation_time >= 0.5
        assert 0.9 < found.r_hat < 1.5 and found.swap_rates == []
        assert set(found.unit_r_hats["unit"]) >= {"age", "smoker=yes"} - {"smoker=yes"}
        tempered = model.diagnose(20, sweeps=40, tempering=4, random_state=0)
        assert len(tempered.swap_rates) == 3
        with pytest.raises(ValueError, match="^sweeps: "):
            model.diagnose(5, sweeps=2)

    def test_chains_exchange_states_with_past_models(self, tmp_path):
        data = "builtin:bars-and-stripes"
        settings = {"hidden": 8, "epochs": 30, "save_every": 5, "no_figures": True}
        model = paysage.train(data, out=tmp_path / "run", **settings)
        found = model.diagnose(20, sweeps=40, trajectory=tmp_path / "run", random_state=0)
        assert len(found.swap_rates) >= 1 and np.shape(found.samples) == (20, 16)
        assert model.sample(3, sweeps=4, trajectory=[model]).shape == (3, 16)
        with pytest.raises(ValueError, match="no past models"):
            model.sample(3, trajectory=tmp_path)
        with pytest.raises(ValueError, match="one of tempering and trajectory"):
            model.sample(3, trajectory=[model], tempering=3)

    def test_bounds_and_estimates_of_likelihoods(self, model, people):
        table = people.dropna().head(30)
        exact = model.score_samples(table)["log_likelihood"]
        np.testing.assert_allclose(model.elbo(table), exact, atol=1e-3)
        found = model.log_likelihood(table)
        np.testing.assert_allclose(model.elbo(table, log_partition=found), exact, atol=1e-3)
        binary = np.random.default_rng(0).integers(0, 2, size=(50, 5))
        small = paysage.train(binary, hidden=3, epochs=5, no_figures=True)
        tap, value = small.tap_log_likelihood(binary), small.log_likelihood(binary)
        assert tap.log_likelihood == pytest.approx(value.log_likelihood, abs=0.1)
        assert 0 < tap.converged <= tap.starts
        with pytest.raises(ValueError, match="^order: "):
            model.tap_log_likelihood(table, order=4)

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
        assert list(pairs) == ["site_i", "site_j", "frobenius", "apc"]
        less = family.couplings(skip_state="C")
        assert (less["frobenius"].sort_values().to_numpy() < pairs["frobenius"].max()).all()
        with pytest.raises(ValueError, match="skip_state"):
            family.couplings(skip_state="*")

    def test_couplings_of_binary_units(self):
        model = paysage.train("builtin:ising?size=3", hidden=6, epochs=20, no_figures=True)
        pairs = model.couplings()
        assert list(pairs)[-1] == "coupling" and len(pairs) == 36
        np.testing.assert_allclose(
            np.abs(pairs["coupling"]) * 2, pairs["frobenius"], rtol=1e-3, atol=1e-5
        )

    def test_weights_of_similar_sequences(self, family, tmp_path):
        # The first sequence ten times: its weight is that of one.
        lines = ["ACDEAA"] * 10 + ["CDEACC", "DEACDD"]
        path = tmp_path / "few.fasta"
        path.write_text("".join(f">{i}\n{line}\n" for i, line in enumerate(lines)))
        plain = family.log_likelihood(path).log_likelihood
        weighted = family.log_likelihood(path, reweight=0.9).log_likelihood
        by_hand = family.log_likelihood(path, weights=[0.1] * 10 + [1, 1]).log_likelihood
        assert weighted == pytest.approx(by_hand, abs=1e-5) and weighted != pytest.approx(plain)

    def test_gauges_keep_free_energies(self):
        rows = np.random.default_rng(0).integers(0, 2, size=(50, 6))
        model = paysage.train(rows, hidden="gaussian:3", epochs=20, no_figures=True)
        scaled = model.zero_sum_gauge("unit-weights")
        left, right = [it.score_samples(rows)["free_energy"] for it in (model, scaled)]
        np.testing.assert_allclose(left - left[0], right - right[0], atol=1e-3)
        norms = np.linalg.norm(scaled.parameters()["connections.0.weight"], axis=0)
        assert norms.shape == (3,)
        with pytest.raises(ValueError, match="^hidden: "):
            model.zero_sum_gauge("unit")

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
