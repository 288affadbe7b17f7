"""Trained models and what is asked of them."""

import contextlib
import html
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from paysage import _core
from paysage._arrays import seed_of
from paysage._progress import progress_of
from paysage._tables import (
    Sequence,
    column_of,
    count_of,
    filled,
    frame_like,
    frame_of,
    is_pandas,
    is_polars,
    names_of,
    replaced,
    source_of,
    without_labels,
)


class LogLikelihood(NamedTuple):
    """Mean log-likelihood of rows and ln Z, in nats, with bounds of 95 % confidence.

    Densities of standardized columns are in standardized units: `log_volume` nats less are densities in the
    original units of measurement.
    """

    log_likelihood: float
    log_likelihood_low: float
    log_likelihood_high: float
    log_partition: float
    log_partition_low: float
    log_partition_high: float
    exact: bool
    doubts: list
    log_volume: float


class TapLikelihood(NamedTuple):
    """TAP estimates of the mean log-likelihood of rows and of ln Z, in nats; NaN where no start has converged.

    They are no bounds, and their error is not known; `log_partition_low` is a lower bound of ln Z.
    """

    log_likelihood: float
    log_partition: float
    log_partition_low: float
    free_energy: float
    converged: int
    starts: int
    fixed_points: int


class Convergence(NamedTuple):
    """Convergence of chains over the last half of their sweeps, and their last states.

    Chains have not reached equilibrium where `r_hat` or an R-hat of `unit_r_hats`, which is NaN for constant units, is
    above 1.01. `swap_rates` are those of neighbours, with `tempering` or `trajectory`.
    """

    samples: object
    energy: float
    energy_standard_error: float
    autocorrelation_time: float
    effective_sample_size: float
    r_hat: float
    unit_r_hats: object
    swap_rates: list


class Counterfactuals(NamedTuple):
    """One counterfactual sample of each row, and the mean effect on each unit with its standard error."""

    samples: object
    effects: object


class Model:
    """A trained machine with the layout of its data: what a model file holds.

    Made by `paysage.train` or `Model.load`. Tables are data frames of pandas or polars, arrays of numbers, or paths
    of files; columns are those of the training data, in their original units of measurement. Answers are data frames
    of the same library and with the same index, where a table has one.

    Attributes
    ----------
    columns : list of str
        Names of the columns, and of the labels.
    visible_kinds, hidden_kinds : list of str
        Kinds and numbers of the units, such as ``"bernoulli:784"``.
    layout : dict
        Columns, categories and preparation, as the model file has them.
    history : list of dict
        Metrics of each epoch, for a model that was just trained.
    report : str or None
        Report of the training as HTML, for a model that was just trained.
    notes : list of str
        What the user should know about the training.
    """

    def __init__(self, core, *, template=None, labels=None, history=(), report=None, notes=()):
        self._core = core
        self._template = template
        # The name of the column of a data frame that the labels are from.
        self._labels = labels
        self.history = list(history)
        self.report = report
        self.notes = list(notes)

    @classmethod
    def load(cls, path, *, device="auto"):
        """Read a model file, such as ``model.safetensors`` of a run of the program `paysage`.

        Parameters
        ----------
        path : path-like
            Model file.
        device : str, default="auto"
            Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.

        Returns
        -------
        model : Model
            The model.
        """
        return cls(_core.Model.load(os.fspath(path), device))

    @classmethod
    def from_run(cls, folder, *, device="auto"):
        """Read the model of a run with its metrics and its report.

        Parameters
        ----------
        folder : path-like
            Folder of a finished run: `out` of `train`, or of the program `paysage`.
        device : str, default="auto"
            Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.

        Returns
        -------
        model : Model
            The model, with `history` and `report`.
        """
        folder = Path(folder)
        core = _core.Model.load(str(folder / "model.safetensors"), device)
        history, report = results_of(folder)
        return cls(core, history=history, report=report)

    @classmethod
    def from_library(cls, path, *, format=None, epoch=None, alphabet=None, device="auto"):
        """Read a model of another library.

        Parameters
        ----------
        path : path-like
            File of Paysage 0.2, rbms or RestrictedBoltzmannMachines.jl (HDF5), of the arrays of scikit-learn's
            BernoulliRBM, or of `export` (.npz).
        format : {"paysage-0.2", "rbms", "rbm.jl", "scikit-learn", "npz"}, default=None
            Format of the file; found from its content where None.
        epoch : int, default=None
            Epoch of a file of rbms; the last one where None.
        alphabet : str, default=None
            Alphabet of sequences whose letters are the states of the visible units: ``"protein"``, ``"rna"``, ``"dna"``
            or the letters themselves.
        device : str, default="auto"
            Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.

        Returns
        -------
        model : Model
            The model of the same distribution. A note says where its free energies differ from those of the
            library by a constant.
        """
        core, energy = _core.Model.from_library(os.fspath(path), format, epoch, alphabet, device)
        notes = []
        if energy:
            notes.append(
                f"the free energies of the other library are those of the model {energy:+} nats, the same for every row"
            )
        return cls(core, notes=notes)

    @classmethod
    def from_sklearn(cls, estimator, *, device="auto"):
        """Take the parameters of a fitted Bernoulli RBM of scikit-learn.

        Parameters
        ----------
        estimator : sklearn.neural_network.BernoulliRBM or BernoulliRBM
            Fitted estimator.
        device : str, default="auto"
            Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.

        Returns
        -------
        model : Model
            The model of the same distribution.
        """
        check_is_fitted(estimator, "components_")
        names = ("components_", "intercept_hidden_", "intercept_visible_")
        arrays = [
            np.ravel(np.asarray(getattr(estimator, name), dtype=np.float32)) for name in names
        ]
        return cls(_core.Model.from_arrays(*arrays, device))

    def export(self, path, *, format="npz"):
        """Write the model in the format of another library, atomically.

        Parameters
        ----------
        path : path-like
            File.
        format : {"npz", "rbms"}, default="npz"
            Format: arrays of NumPy, with those of scikit-learn's BernoulliRBM for a Bernoulli RBM; or the HDF5 file of rbms.
        """
        self._core.export(os.fspath(path), format)

    def save(self, path):
        """Write the model file, atomically.

        Parameters
        ----------
        path : path-like
            Model file.
        """
        self._core.save(os.fspath(path))

    @property
    def columns(self):
        """Names of the columns, and of the labels."""
        names = self._core.columns
        return names if self._labels is None else [*names[:-1], self._labels]

    @property
    def visible_kinds(self):
        """Kinds and numbers of the visible units."""
        return self._core.kinds[0]

    @property
    def hidden_kinds(self):
        """Kinds and numbers of the hidden units."""
        return self._core.kinds[1]

    @property
    def layout(self):
        """Columns, categories and preparation, as the model file has them."""
        return json.loads(self._core.layout)

    def parameters(self):
        """All parameters by name.

        Returns
        -------
        parameters : dict of str to ndarray
            Such as ``"connections.0.weight"``, of shape (units of target, units of domain).
        """
        return self._core.parameters()

    def impute(
        self,
        table,
        fill="mode",
        *,
        count=None,
        chains=10,
        burn_in=100,
        sweeps=100,
        labels=None,
        random_state=None,
        verbose=0,
    ):
        """Fill in missing values by Gibbs chains. Observed values, their types and the index stay.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows with missing values.
        fill : {"mode", "mean", "draw"}, default="mode"
            The more probable category and the mean of each number; conditional means, for columns of numbers only;
            or a sample from the joint distribution.
        count : int or None, default=None
            Number of imputed tables, with ``fill="draw"``: a list of independent ones. One table where it is None.
        chains : int, default=10
            Number of chains of each row.
        burn_in : int, default=100
            Number of sweeps before those that count.
        sweeps : int, default=100
            Number of sweeps over which means are taken.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        table : data frame, ndarray, or list of them
            The table without missing values.
        """
        if fill not in ("mode", "mean", "draw"):
            raise ValueError(f"fill: expected mode, mean or draw, got {fill!r}")
        draws = fill == "draw"
        if count is not None and not draws:
            raise ValueError("count: expected None unless fill is draw")
        if fill == "mean" and any(kind.startswith("onehot") for kind in self.visible_kinds):
            raise ValueError("fill: categories have no mean: use mode or draw")
        chains = (count or 1) if draws else chains
        found = self._imputed(
            table, (chains, burn_in, sweeps), draws, labels, random_state, verbose
        )
        if count is not None:
            return [self._filled(table, units) for units in found["draws"]]
        return self._filled(table, found["draws"][0] if draws else found[fill])

    def impute_deviation(
        self,
        table,
        *,
        chains=10,
        burn_in=100,
        sweeps=100,
        labels=None,
        random_state=None,
        verbose=0,
    ):
        """Standard deviation of each unit given the observed values of its row; 0 where it is observed.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows with missing values.
        chains, burn_in, sweeps : int
            As in `impute`.
        labels : array-like, str, path or None, default=None
            As in `impute`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        deviations : data frame
            Standard deviations, in the original units of measurement; a category has one for each of its states.
        """
        found = self._imputed(
            table, (chains, burn_in, sweeps), False, labels, random_state, verbose
        )
        deviations = found["standard_deviation"] * np.abs(self._core.scales())
        return frame_like(table, dict(zip(self._core.unit_names, deviations.T)))

    def predict(
        self,
        table,
        columns=None,
        *,
        coverage=0.9,
        chains=10,
        burn_in=100,
        sweeps=100,
        random_state=None,
        verbose=0,
    ):
        """Predictive distributions of columns given all others.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows; the columns to predict may be absent or missing.
        columns : str, list of str or None, default=None
            Columns to predict; the labels of a model that was trained with labels where it is None.
        coverage : float, default=0.9
            Probability of the intervals of numbers.
        chains, burn_in, sweeps : int
            Number of chains of each row, of sweeps before those that count, and of those that count, where sums
            are too large.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        predictions : data frame
            Of discrete columns ``predicted`` and the probability of each outcome; of numbers
            ``NAME_mean``, ``NAME_standard_deviation``, ``NAME_low`` and ``NAME_high``.
        """
        if columns is None:
            labels = self.layout.get("labels")
            if labels is None:
                raise ValueError("columns: the model has no labels, so name the columns to predict")
            columns = [self.columns[-1]]
        columns = [self._own(name) for name in _listed(columns)]
        with self._rows(table, absent=columns) as rows, progress_of(verbose, "predicting") as shown:
            found = self._core.predict(
                rows,
                columns,
                coverage=coverage,
                chains=(chains, burn_in, sweeps),
                seed=seed_of(random_state),
                progress=shown,
            )
        answers = {}
        if found["outcomes"]:
            probabilities = found["probabilities"]
            outcomes = np.asarray(found["outcomes"], dtype=object)
            answers["predicted"] = outcomes[probabilities.argmax(axis=1)]
            answers.update(zip(found["outcomes"], probabilities.T))
        for name, parts in found["real"].items():
            endings = ["mean", "standard_deviation", "low", "high"]
            answers.update((f"{name}_{ending}", x) for ending, x in zip(endings, parts))
        return frame_like(table, answers)

    def counterfactual(
        self, table, change, *, sweeps=10, repeats=100, labels=None, random_state=None, verbose=0
    ):
        """Counterfactual samples: the other columns, had some columns been set to given values.

        This is conditioning with common random numbers and not the do-operator: a Boltzmann machine is undirected.

        Parameters
        ----------
        table : data frame, array-like or path
            Complete rows.
        change : dict of str to value
            Values of the changed columns, such as ``{"smoker": "no"}``.
        sweeps : int, default=10
            Number of Gibbs sweeps.
        repeats : int, default=100
            Number of Monte Carlo repeats.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        counterfactuals : Counterfactuals
            One sample of each row, and the mean effect on each unit with its standard error.
        """
        values = self._assigned(change)
        with (
            self._rows(table, labels=labels) as rows,
            progress_of(verbose, "counterfactual rows") as progress,
        ):
            units, effect, error = self._core.counterfactual(
                rows,
                values,
                sweeps=sweeps,
                repeats=repeats,
                seed=seed_of(random_state),
                progress=progress,
            )
        scales = np.asarray(self._core.scales())
        effects = {"unit": self._core.unit_names, "effect": np.asarray(effect) * scales}
        if error is not None:
            effects["standard_error"] = np.asarray(error) * np.abs(scales)
        library = table if is_polars(table) else None
        return Counterfactuals(self._restored(units, table), frame_like(library, effects))

    def sample(
        self,
        count=1,
        *,
        sweeps=1000,
        given=None,
        tempering=None,
        trajectory=None,
        random_state=None,
        verbose=0,
    ):
        """Samples, each the final state of a Gibbs chain of its own.

        Parameters
        ----------
        count : int, default=1
            Number of samples.
        sweeps : int, default=1000
            Number of Gibbs sweeps.
        given : dict of str to value or None, default=None
            Values that some columns are given, such as ``{"smoker": "no"}``.
        tempering : int or None, default=None
            Number of replicas at different temperatures (parallel tempering).
        trajectory : path, list of Model or None, default=None
            Folder of the run of the model, which kept past models (``save_every=1``), or these models: chains exchange
            states with theirs (trajectory parallel tempering).
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        samples : data frame or ndarray
            Samples in the original columns: an array for a model of columns without names.
        """
        units, _ = self._sampled(
            count, sweeps, given, tempering, trajectory, False, random_state, verbose
        )
        return self._restored(units, self._template)

    def diagnose(
        self,
        count=100,
        *,
        sweeps=1000,
        given=None,
        tempering=None,
        trajectory=None,
        random_state=None,
        verbose=0,
    ):
        """Convergence of the chains of `sample` (docs/mixing.md).

        Parameters
        ----------
        count : int, default=100
            Number of chains.
        sweeps : int, default=1000
            Number of Gibbs sweeps; the last half counts.
        given, tempering, trajectory
            As in `sample`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        convergence : Convergence
            The samples, the energy with its autocorrelation time in sweeps and effective sample size, and R-hat.
        """
        units, found = self._sampled(
            count, sweeps, given, tempering, trajectory, True, random_state, verbose
        )
        r_hats = [np.nan if r_hat is None else r_hat for r_hat in found.pop("unit_r_hats")]
        names = {"unit": self._core.unit_names, "r_hat": r_hats}
        return Convergence(
            samples=self._restored(units, self._template),
            unit_r_hats=frame_like(self._template, names, keeps_index=False),
            **found,
        )

    def transform(
        self,
        table,
        *,
        layer=None,
        sample=False,
        chains=None,
        burn_in=100,
        sweeps=100,
        labels=None,
        random_state=None,
        verbose=0,
    ):
        """Hidden representations of rows.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows; missing values are inferred by Gibbs chains.
        layer : int or None, default=None
            Hidden layer, counted from 1; the last one where it is None.
        sample : bool, default=False
            Whether units are sampled, instead of their means.
        chains : int or None, default=None
            Number of Gibbs chains that infer connected hidden layers; mean field where it is None.
        burn_in, sweeps : int
            Number of sweeps of the chains before those that count, and of those that count.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        hidden : data frame or ndarray
            Units of the layer, with names such as ``hidden1_1``.
        """
        with (
            self._rows(table, missing=True, labels=labels) as rows,
            progress_of(verbose, "hidden units") as shown,
        ):
            units = self._core.transform(
                rows,
                layer=layer,
                sample=sample,
                by_chains=chains is not None,
                chains=(chains or 10, burn_in, sweeps),
                seed=seed_of(random_state),
                progress=shown,
            )
        if not (is_pandas(table) or is_polars(table)):
            return units
        return frame_like(table, dict(zip(self._core.hidden_names(layer), units.T)))

    def score_samples(
        self, table, *, log_partition=None, labels=None, random_state=None, verbose=0
    ):
        """Free energy of each row, and its log-likelihood where ln Z is known.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows; missing values are summed over.
        log_partition : LogLikelihood or None, default=None
            Result of `log_likelihood`, whose ln Z is used. Without it, ln Z is an exact sum for machines with at
            most 20 binary units on one side, and unknown for others.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        scores : data frame
            ``free_energy`` and ``log_likelihood`` in nats, with bounds ``_low`` and ``_high`` where they are not
            exact.
        """
        known = None
        if log_partition is not None:
            found = log_partition
            known = (found.log_partition_low, found.log_partition, found.log_partition_high)
        with (
            self._rows(table, missing=True, labels=labels) as rows,
            progress_of(verbose, "scoring") as progress,
        ):
            found = self._core.scores(
                rows, log_partition=known, seed=seed_of(random_state), progress=progress
            )
        answers = {}
        for name in ("free_energy", "log_likelihood"):
            if name in found:
                answers[name] = found[name]
                ends = {f"{name}_{end}": found[f"{name}_{end}"] for end in ("low", "high")}
                if not all(np.array_equal(found[name], end) for end in ends.values()):
                    answers.update(ends)
        return frame_like(table, answers)

    def log_likelihood(
        self,
        table,
        *,
        method="auto",
        gap=0.5,
        budget=60.0,
        chains=1000,
        temperatures=1000,
        labels=None,
        weights=None,
        reweight=None,
        random_state=None,
        verbose=0,
    ):
        """Mean log-likelihood of complete rows, with bounds.

        ln Z is an exact sum if one side of the machine has at most 25 binary units. For all other machines, annealed
        importance sampling bounds it from both sides (docs/likelihoods.md).

        Parameters
        ----------
        table : data frame, array-like or path
            Complete rows.
        method : {"auto", "exact", "ais"}, default="auto"
            Exact sum or annealed importance sampling.
        gap : float, default=0.5
            Largest distance of the bounds, in nats: the number of temperatures is doubled until it is reached.
        budget : float, default=60
            Time limit in seconds.
        chains, temperatures : int
            Number of chains, and of temperatures of the first run.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        weights : array-like, str, path or None, default=None
            Weights of the rows, as in `train`.
        reweight : float or None, default=None
            Identity threshold of the weights of aligned sequences, as in `train`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        log_likelihood : LogLikelihood
            Values and bounds, in nats per row.
        """
        with (
            self._rows(table, labels=labels, weights=weights, reweight=reweight) as rows,
            progress_of(verbose, "log-likelihood") as progress,
        ):
            found = self._core.log_likelihood(
                rows,
                method=method,
                chains=chains,
                temperatures=temperatures,
                gap=gap,
                budget=float(budget),
                seed=seed_of(random_state),
                progress=progress,
            )
        return LogLikelihood(**found)

    def conditional_log_likelihood(
        self, table, target, given, *, labels=None, random_state=None, verbose=0
    ):
        """ln p(target | given) of each row. All other columns are summed over.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows.
        target, given : list of str
            Names of columns.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        scores : data frame
            ``log_likelihood`` in nats, with bounds ``_low`` and ``_high``.
        """
        with (
            self._rows(table, missing=True, labels=labels) as rows,
            progress_of(verbose, "scoring") as progress,
        ):
            found = self._core.conditional_log_likelihood(
                rows,
                [self._own(name) for name in _listed(target)],
                [self._own(name) for name in _listed(given)],
                seed=seed_of(random_state),
                progress=progress,
            )
        low, value, high = np.asarray(found).T
        answers = {
            "log_likelihood": value,
            "log_likelihood_low": low,
            "log_likelihood_high": high,
        }
        return frame_like(table, answers)

    def elbo(self, table, *, log_partition=None, labels=None, random_state=None):
        """Variational lower bound of the log-likelihood of each complete row, ⟨−E(v, h)⟩ + H(q) − ln Z.

        q is a product over the hidden units, found by mean field; of a restricted machine the bound is ln p(v).

        Parameters
        ----------
        table : data frame, array-like or path
            Complete rows.
        log_partition : LogLikelihood or None, default=None
            Result of `log_likelihood`, whose upper bound of ln Z is used. Without it, ln Z is an exact sum or annealed.
        labels : array-like, str, path or None, default=None
            Labels of the rows, as in `score_samples`.
        random_state : int, RandomState instance or None, default=None
            Random seed.

        Returns
        -------
        bounds : ndarray of shape (rows,)
            Lower bounds in nats, of standardized columns.
        """
        if log_partition is None:
            upper = self._core.log_partition(seed=seed_of(random_state))[0][-1]
        else:
            upper = log_partition.log_partition_high
        with self._rows(table, labels=labels) as rows:
            return self._core.elbo(rows, upper)

    def tap_log_likelihood(self, table, order=2, *, labels=None, verbose=0):
        """TAP estimate of the mean log-likelihood of complete rows (docs/tap.md).

        Parameters
        ----------
        table : data frame, array-like or path
            Complete rows.
        order : {1, 2, 3}, default=2
            Order of the expansion.
        labels : array-like, str, path or None, default=None
            Labels of the rows, as in `score_samples`.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        log_likelihood : TapLikelihood
            Estimates, in nats per row.
        """
        with self._rows(table, labels=labels) as rows, progress_of(verbose, "TAP") as progress:
            return TapLikelihood(**self._core.tap(rows, order, progress=progress))

    def pseudo_log_likelihood(self, table, *, sites=None, labels=None, random_state=None):
        """Pseudo-log-likelihood of each row of a restricted machine, Σᵢ ln p(vᵢ | all other units).

        Parameters
        ----------
        table : data frame, array-like or path
            Rows.
        sites : int or None, default=None
            Number of random sites of each row that are evaluated; all where it is None.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        random_state : int, RandomState instance or None, default=None
            Random seed.

        Returns
        -------
        scores : ndarray of shape (rows,)
            Pseudo-log-likelihoods in nats, of standardized columns.
        """
        with self._rows(table, missing=True, labels=labels) as rows:
            return self._core.pseudo_log_likelihood(rows, sites=sites, seed=seed_of(random_state))

    def couplings(self, *, separation=1, skip_state=None, random_state=None, verbose=0):
        """Effective couplings of pairs of sites (docs/proteins.md).

        Parameters
        ----------
        separation : int, default=1
            Smallest distance of the sites of a pair.
        skip_state : str or None, default=None
            State that Frobenius norms leave out, such as the gap ``"-"``.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        pairs : data frame
            ``site_i``, ``site_j``, the Frobenius norm of their couplings, and ``apc``, its average product
            correction, the largest first; where all sites have two states also the ``coupling`` of the second ones.
        """
        with progress_of(verbose, "couplings") as progress:
            pairs = self._core.couplings(
                separation=separation,
                skip_state=skip_state,
                seed=seed_of(random_state),
                progress=progress,
            )
        names = ["site_i", "site_j", "frobenius", "apc", "coupling"]
        columns = [list(column) for column in zip(*pairs)] or [[] for _ in names]
        if all(value is None for value in columns[-1]):
            names.pop()
        return frame_like(self._template, dict(zip(names, columns)), keeps_index=False)

    def mutations(self, row, *, random_state=None, verbose=0):
        """Free-energy changes of all single mutations of a row (docs/proteins.md).

        Parameters
        ----------
        row : str, data frame, array-like or path
            Letters of a sequence, for a model of an alignment; or a table of one row.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        mutations : data frame
            ``site``, ``wild_type``, ``mutant`` and ``free_energy_change`` in nats, with bounds ``_low`` and
            ``_high`` where it is not exact.
        """
        if isinstance(row, str) and not os.path.exists(row):
            row = Sequence(row)
        with self._rows(row, missing=True) as rows, progress_of(verbose, "mutations") as progress:
            found = self._core.mutations(rows, seed=seed_of(random_state), progress=progress)
        sites, states, mutants, changes = [list(column) for column in zip(*found)]
        low, value, high = np.asarray(changes).T
        answers = {"site": sites, "wild_type": states, "mutant": mutants}
        answers["free_energy_change"] = value
        if not (np.array_equal(low, value) and np.array_equal(value, high)):
            answers.update(free_energy_change_low=low, free_energy_change_high=high)
        return frame_like(self._template, answers, keeps_index=False)

    def zero_sum_gauge(self, hidden=None):
        """The same distribution in the zero-sum gauge of one-hot layers (docs/proteins.md).

        Parameters
        ----------
        hidden : {"unit-variance", "unit-weights"} or None, default=None
            Scale of Gaussian and rectified hidden units; that of the model where it is None.

        Returns
        -------
        model : Model
            The model with other parameters.
        """
        core = self._core.zero_sum_gauge(hidden)
        return Model(core, template=self._template, labels=self._labels)

    def metrics(
        self,
        table,
        names,
        *,
        samples=None,
        sweeps=1000,
        labels=None,
        weights=None,
        reweight=None,
        random_state=None,
        verbose=0,
    ):
        """Metrics of docs/metrics.md.

        Parameters
        ----------
        table : data frame, array-like or path
            Rows.
        names : list of str
            Names of metrics, such as ``"energy_distance"``.
        samples : int or None, default=None
            Number of samples of metrics that need samples; as many as rows where it is None, and 10,000 at most.
        sweeps : int, default=1000
            Number of Gibbs sweeps of the samples.
        labels : array-like, str, path or None, default=None
            Labels of the rows, for a model with labels: one value for each row, the name of a column, or a file.
            Where it is None, the column of the training, or the one with the name of the labels in `columns`.
        weights : array-like, str, path or None, default=None
            Weights of the rows, as in `train`.
        reweight : float or None, default=None
            Identity threshold of the weights of aligned sequences, as in `train`.
        random_state : int, RandomState instance or None, default=None
            Random seed.
        verbose : int, default=0
            Whether a progress bar is shown.

        Returns
        -------
        metrics : dict of str to float
            Values by name, and their standard errors as ``NAME_standard_error``.
        """
        with (
            self._rows(
                table, missing=True, labels=labels, weights=weights, reweight=reweight
            ) as rows,
            progress_of(verbose, "metrics") as progress,
        ):
            found = self._core.metrics(
                rows,
                _listed(names),
                samples=samples,
                sweeps=sweeps,
                seed=seed_of(random_state),
                progress=progress,
            )
        values = {}
        for name, value, error in found:
            values[name] = value
            if error is not None:
                values[f"{name}_standard_error"] = error
        return values

    @contextlib.contextmanager
    def _rows(self, table, *, missing=False, absent=(), labels=None, weights=None, reweight=None):
        """Rows of a table as the core takes them."""
        table, labels = without_labels(table, self._labels if labels is None else labels)
        if labels is self._labels:
            labels = None
        rows = count_of(table)
        with (
            source_of(table) as path,
            column_of(labels, "labels", rows) as classes,
            column_of(weights, "weights", rows) as weights,
        ):
            yield self._core.read(
                path,
                missing=missing,
                absent=list(absent),
                labels=classes,
                weights=weights,
                reweight=reweight,
            )

    def _imputed(self, table, chains, draws, labels, random_state, verbose):
        """Units of rows with their missing values imputed."""
        with (
            self._rows(table, missing=True, labels=labels) as rows,
            progress_of(verbose, "imputing") as progress,
        ):
            return self._core.impute(
                rows, chains=chains, draws=draws, seed=seed_of(random_state), progress=progress
            )

    def _filled(self, table, units):
        """A table whose missing values are those of units."""
        if is_pandas(table) or is_polars(table):
            known = set(names_of(table))
            cells = self._cells(units)
            return filled(table, {name: x for name, x in cells.items() if name in known})
        restored = self._restored(units, table)
        if isinstance(table, np.ndarray) and np.shape(restored) == table.shape:
            return np.where(np.isnan(table), restored, table)
        return restored

    def _sampled(
        self, count, sweeps, given, tempering, trajectory, diagnose, random_state, verbose
    ):
        """Units of samples, and the convergence of their chains."""
        past = None if trajectory is None else [model._core for model in _past(trajectory)]
        with progress_of(verbose, "sampling") as progress:
            return self._core.sample(
                count,
                sweeps,
                given=None if given is None else self._assigned(given),
                tempering=tempering,
                past=past,
                diagnose=diagnose,
                seed=seed_of(random_state),
                progress=progress,
            )

    def _own(self, name):
        """The name of a column in the core, where labels have a name of their own."""
        return self._core.columns[-1] if name == self._labels else name

    def _assigned(self, assignments):
        values = {self._own(name): _value(value) for name, value in assignments.items()}
        return self._core.assign([f"{name}={value}" for name, value in values.items()])

    def _cells(self, units):
        return dict(zip(self.columns, self._core.restore(units)))

    def _restored(self, units, table):
        """Units in the original columns: a data frame where columns have names."""
        if not self._core.has_names:
            return self._core.restore_values(units)
        cells = self._cells(units)
        template = table if is_pandas(table) or is_polars(table) else self._template
        if template is None or not set(cells) <= set(names_of(template)):
            return frame_of(cells)
        frame = replaced(template, cells)
        if is_pandas(table) and len(frame) == len(table):
            frame.index = table.index
        return frame

    def __reduce__(self):
        return (
            _restore,
            (self._core, self._template, self._labels, self.history, self.report, self.notes),
        )

    def __repr__(self):
        visible = " + ".join(self.visible_kinds)
        return f"<paysage.Model {' – '.join([visible, *self.hidden_kinds])}>"

    def _repr_html_(self):
        if self.report is None:
            return f"<code>{html.escape(repr(self))}</code>"
        page = html.escape(self.report, quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="600" style="border:0"></iframe>'


def _restore(core, template, labels, history, report, notes):
    return Model(
        core, template=template, labels=labels, history=history, report=report, notes=notes
    )


def results_of(folder):
    """Metrics of each epoch of a run, and its report."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    report = (folder / "report.html").read_text(encoding="utf-8")
    return [json.loads(line) for line in lines], report


def _past(trajectory):
    """The past models of a run: those of its folder, or a list of them."""
    if not isinstance(trajectory, (str, os.PathLike)):
        return list(trajectory)
    folder = Path(trajectory)
    inner = folder / "models"
    paths = sorted((inner if inner.is_dir() else folder).glob("epoch-*.safetensors"))
    if not paths:
        raise ValueError(f"trajectory: {folder}: no past models: train with save_every=1")
    return [Model.load(path) for path in paths]


def _listed(names):
    """One name or several as a list."""
    return [names] if isinstance(names, str) else list(names)


def _value(value):
    """The text of a value of a column."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
