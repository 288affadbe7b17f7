"""Estimators of scikit-learn for machines of all kinds of units."""

import json
import numbers
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from paysage import _core
from paysage._arrays import chunks, dense, is_double, seed_of
from paysage._model import Model
from paysage._progress import progress_of


class _Machine(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What restricted and deep machines have in common."""

    def fit(self, X, y=None):
        """Train on the rows of `X`, from new parameters.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. NaN is a missing value.
        y : Ignored
            Not used.

        Returns
        -------
        self : object
            The trained machine.
        """
        rows = self._begin(X)
        with progress_of(self.verbose, "training") as progress:
            self._training.fit(rows, progress=progress)
        return self._keep()

    def partial_fit(self, X, y=None):
        """Train for one step on all rows of `X`, at the initial learning rate.

        The first call decides the kind of the visible units and their standardization.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            A batch of training data.
        y : Ignored
            Not used.

        Returns
        -------
        self : object
            The trained machine.
        """
        if hasattr(self, "_training"):
            rows = dense(self._validated(X))
        else:
            rows = self._begin(X)
        self._training.step(rows)
        return self._keep()

    def transform(self, X):
        """Means of the units of the last hidden layer given the rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows. Missing values (NaN) are inferred by Gibbs chains.

        Returns
        -------
        h : ndarray of shape (n_samples, n_components)
            Means of the hidden units, of the type of `X`.
        """
        return self._of_rows(
            X, lambda rows, double: self._model.transform(rows, seed=self._seed, double=double)
        )

    def score(self, X, y=None):
        """Mean of `score_samples`, which grid searches maximize.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : Ignored
            Not used.

        Returns
        -------
        score : float
            The mean over the rows.
        """
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples=1, sweeps=1000):
        """Samples of the trained machine, each from a Gibbs chain of its own.

        Parameters
        ----------
        n_samples : int, default=1
            Number of samples.
        sweeps : int, default=1000
            Number of Gibbs sweeps of each chain.

        Returns
        -------
        samples : ndarray of shape (n_samples, n_features)
            Samples, in the units of measurement of the training data.
        """
        check_is_fitted(self)
        units, _ = self._model.sample(n_samples, sweeps, seed=self._next_seed())
        return self._model.restore_values(units)

    def gibbs(self, X, sweeps=1):
        """Gibbs sampling from given rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to start from, without missing values.
        sweeps : int, default=1
            Number of Gibbs sweeps.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_features)
            Samples, in the units of measurement of the training data.
        """
        check_is_fitted(self)
        rows = dense(self._validated(X))
        units = self._model.gibbs(rows, sweeps, seed=self._next_seed())
        return self._model.restore_values(units)

    def impute(self, X, fill="mode", *, chains=10, burn_in=100, sweeps=100):
        """Rows with their missing values imputed by Gibbs chains.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows. NaN is a missing value.
        fill : {"mode", "mean", "draw"}, default="mode"
            The more probable value of each binary unit and the mean of each real one, conditional means, or a
            sample from the joint distribution.
        chains : int, default=10
            Number of chains of each row.
        burn_in : int, default=100
            Number of sweeps before those that count.
        sweeps : int, default=100
            Number of sweeps over which means are taken.

        Returns
        -------
        X_filled : ndarray of shape (n_samples, n_features)
            Complete rows, in the units of measurement of the training data.
        """
        check_is_fitted(self)
        if fill not in ("mode", "mean", "draw"):
            raise ValueError(f"fill: expected mode, mean or draw, got {fill!r}")
        rows = dense(self._validated(X))
        draws = fill == "draw"
        found = self._model.impute(
            rows,
            chains=(1 if draws else chains, burn_in, sweeps),
            draws=draws,
            seed=self._next_seed(),
        )
        filled = self._model.restore_values(found["draws"][0] if draws else found[fill])
        return np.where(np.isnan(rows), filled, rows)

    @property
    def model_(self):
        """The trained machine as a `Model`: to save it, and for likelihoods, predictions and other questions."""
        check_is_fitted(self)
        return Model(self._model)

    def _begin(self, X):
        X = self._validated(X, reset=True)
        rows = dense(X)
        settings = self._all_settings(rows)
        names = getattr(self, "feature_names_in_", None)
        with progress_of(self.verbose, "initialization") as progress:
            self._training = _core.Training.begin(
                rows,
                json.dumps(settings),
                names=None if names is None else [str(name) for name in names],
                progress=progress,
            )
        return rows

    def _keep(self):
        self._model = self._training.model()
        self._n_features_out = self._model.hidden_units[-1]
        parameters = self._model.parameters(plain=True)
        self.visible_kind_ = self._model.kinds[0][0].partition(":")[0]
        self.hidden_kinds_ = self._model.kinds[1]
        self._set_parameters(parameters)
        return self

    def _all_settings(self, rows):
        self._random = check_random_state(self.random_state)
        self._seed = seed_of(self._random)
        visible = self.visible
        if visible == "auto":
            is_binary = np.isin(rows[~np.isnan(rows)], (0, 1)).all()
            visible = "bernoulli" if is_binary else "gaussian"
        settings = {
            "visible": visible,
            "hidden": _layers(self.hidden),
            "method": self.method,
            "epochs": self.n_iter,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            "gibbs_steps": self.gibbs_steps,
            "chains": self.chains,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "penalty": _listed(self.penalty),
            "init": self.init,
            "missing": bool(np.isnan(rows).any()),
            "no_standardize": visible == "gaussian" and not self.standardize,
            "device": self.device,
            "seed": self._seed,
            **self._own_settings(),
            **(self.settings or {}),
        }
        return {name.replace("_", "-"): plain(x) for name, x in settings.items() if x is not None}

    def _own_settings(self):
        return {}

    def _validated(self, X, reset=False):
        return validate_data(
            self,
            X,
            accept_sparse="csr",
            dtype=(np.float64, np.float32),
            ensure_all_finite="allow-nan",
            reset=reset,
        )

    def _of_rows(self, X, of):
        check_is_fitted(self)
        X = self._validated(X)
        return np.concatenate([of(rows, is_double(X)) for rows in chunks(X)])

    def _log_volume(self, rows):
        """What densities of standardized columns exceed those of the original ones by, of the observed values."""
        scales = np.log(np.abs(self._model.scales()))
        return np.where(np.isnan(rows), 0, scales).sum(axis=1)

    def _next_seed(self):
        return seed_of(self._random)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class RBM(_Machine):
    """Restricted Boltzmann machine with visible and hidden units of any kind.

    Parameters
    ----------
    hidden : int or str, default=100
        Number of binary hidden units, or kind and number, such as ``"spin:200"`` or ``"gaussian:50"``.
    visible : str, default="auto"
        Kind of the visible units, such as ``"bernoulli"``, ``"gaussian"`` or ``"onehot:21"``; ``"auto"`` is
        ``"bernoulli"`` where all values are 0 or 1, and ``"gaussian"`` otherwise.
    method : {"pcd", "cd", "ptt", "ucd", "tap"}, default="pcd"
        Estimator of the gradient: persistent contrastive divergence, contrastive divergence, trajectory parallel
        tempering, unbiased contrastive divergence, or the TAP mean field without sampling.
    n_iter : int or None, default=None
        Number of epochs; as many as 10,000 steps take, and 10 at least, where it is None.
    batch_size : int, default=100
        Number of rows in each step.
    learning_rate : float or None, default=None
        Initial learning rate; the default of the optimizer where it is None.
    gibbs_steps : int or None, default=None
        Number of Gibbs sweeps in each step; 1 where it is None.
    chains : int or None, default=None
        Number of persistent chains; the batch size where it is None.
    optimizer : {"sgd", "adam", "momentum", "rmsprop"} or None, default=None
        Optimizer; chosen by the kinds of the units where it is None.
    schedule : str or None, default=None
        Schedule of the learning rate, such as ``"constant"``; ``"cosine:0.01"`` where it is None.
    penalty : str, list of str or None, default=None
        Penalties, such as ``"l2=0.001"``.
    init : {"glorot", "hinton", "stddev", "pca", "low-rank"} or None, default=None
        Initialization of the weights.
    standardize : bool, default=True
        Whether columns of real units are standardized. Samples and imputed values have the original units of
        measurement in any case.
    settings : dict or None, default=None
        Further settings by their names in docs/configuration.md, such as ``{"tempering": 5}``.
    device : str, default="auto"
        Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.
    verbose : int, default=0
        Whether a progress bar is shown.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Weights.
    intercept_hidden_ : ndarray of shape (n_components,)
        Biases of the hidden units.
    intercept_visible_ : ndarray of shape (n_features,)
        Biases of the visible units, of standardized columns.
    visible_kind_ : str
        Kind of the visible units.
    hidden_kinds_ : list of str
        Kinds and numbers of the hidden units.
    model_ : Model
        The machine with the layout of its columns: to save it, and for likelihoods, predictions and other questions.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where `X` has names that are strings.

    Examples
    --------
    >>> import numpy as np
    >>> from paysage import RBM
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> machine = RBM(8, n_iter=10, random_state=0).fit(X)
    >>> machine.visible_kind_, machine.transform(X).shape, machine.sample(5, sweeps=10).shape
    ('gaussian', (50, 8), (5, 3))
    """

    def __init__(
        self,
        hidden=100,
        *,
        visible="auto",
        method="pcd",
        n_iter=None,
        batch_size=100,
        learning_rate=None,
        gibbs_steps=None,
        chains=None,
        optimizer=None,
        schedule=None,
        penalty=None,
        init=None,
        standardize=True,
        settings=None,
        device="auto",
        verbose=0,
        random_state=None,
    ):
        self.hidden = hidden
        self.visible = visible
        self.method = method
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.gibbs_steps = gibbs_steps
        self.chains = chains
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalty = penalty
        self.init = init
        self.standardize = standardize
        self.settings = settings
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def score_samples(self, X):
        """Pseudo-log-likelihood of each row, Σᵢ ln p(vᵢ | all other visible units).

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Pseudo-log-likelihoods, in nats and in the units of measurement of `X`.
        """
        return self._of_rows(X, self._scores)

    def free_energy(self, X):
        """Free energy of each row, F(v) = −ln Σₕ exp(−E(v, h)). Missing values are summed over.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        free_energy : ndarray of shape (n_samples,)
            Free energies, in nats.
        """

        def of(rows, double):
            return self._model.scores(rows, seed=self._seed, double=double)["free_energy"]

        return self._of_rows(X, of)

    def _scores(self, rows, double):
        scores = self._model.pseudo_log_likelihood(rows, seed=self._seed, double=double)
        return scores - self._log_volume(rows)

    def _set_parameters(self, parameters):
        self.components_ = parameters["connections.0.weight"].T
        for name, layer in [("intercept_visible_", 0), ("intercept_hidden_", 1)]:
            loc = parameters.get(f"layers.{layer}.loc")
            if loc is not None:
                setattr(self, name, loc)


class DBM(_Machine):
    """Deep Boltzmann machine: visible units, and two or more hidden layers.

    Parameters
    ----------
    hidden : tuple of int or str, default=(100, 50)
        Hidden layers from the one next to the visible units upwards, each a number of binary units or kind and
        number, such as ``("spin:200", 50)``.
    visible : str, default="auto"
        Kind of the visible units, such as ``"bernoulli"``, ``"gaussian"`` or ``"onehot:21"``; ``"auto"`` is
        ``"bernoulli"`` where all values are 0 or 1, and ``"gaussian"`` otherwise.
    method : {"pcd", "cd", "ptt", "ucd", "tap"}, default="pcd"
        Estimator of the gradient, as for `RBM`.
    n_iter : int or None, default=None
        Number of epochs; as many as 10,000 steps take, and 10 at least, where it is None.
    pretrain_epochs : int, default=0
        Number of epochs of layerwise pretraining for each hidden layer.
    batch_size : int, default=100
        Number of rows in each step.
    learning_rate : float or None, default=None
        Initial learning rate; the default of the optimizer where it is None.
    gibbs_steps : int or None, default=None
        Number of Gibbs sweeps in each step; 1 where it is None.
    chains : int or None, default=None
        Number of persistent chains; the batch size where it is None.
    optimizer : {"sgd", "adam", "momentum", "rmsprop"} or None, default=None
        Optimizer; chosen by the kinds of the units where it is None.
    schedule : str or None, default=None
        Schedule of the learning rate, such as ``"constant"``; ``"cosine:0.01"`` where it is None.
    penalty : str, list of str or None, default=None
        Penalties, such as ``"l2=0.001"``.
    init : {"glorot", "hinton", "stddev", "pca", "low-rank"} or None, default=None
        Initialization of the weights.
    standardize : bool, default=True
        Whether columns of real units are standardized.
    settings : dict or None, default=None
        Further settings by their names in docs/configuration.md.
    device : str, default="auto"
        Device: ``"auto"``, ``"cpu"``, ``"gpu"`` or ``"gpu:1"``.
    verbose : int, default=0
        Whether a progress bar is shown.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Attributes
    ----------
    components_ : list of ndarray
        Weights of each connection, ``(units above, units below)``.
    intercepts_ : list of ndarray
        Biases of each layer, the visible one first.
    visible_kind_ : str
        Kind of the visible units.
    hidden_kinds_ : list of str
        Kinds and numbers of the hidden units.
    model_ : Model
        The machine with the layout of its columns: to save it, and for likelihoods, predictions and other questions.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where `X` has names that are strings.

    References
    ----------
    Salakhutdinov & Hinton, "Deep Boltzmann machines", 2009.
    """

    def __init__(
        self,
        hidden=(100, 50),
        *,
        visible="auto",
        method="pcd",
        n_iter=None,
        pretrain_epochs=0,
        batch_size=100,
        learning_rate=None,
        gibbs_steps=None,
        chains=None,
        optimizer=None,
        schedule=None,
        penalty=None,
        init=None,
        standardize=True,
        settings=None,
        device="auto",
        verbose=0,
        random_state=None,
    ):
        self.hidden = hidden
        self.visible = visible
        self.method = method
        self.n_iter = n_iter
        self.pretrain_epochs = pretrain_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.gibbs_steps = gibbs_steps
        self.chains = chains
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalty = penalty
        self.init = init
        self.standardize = standardize
        self.settings = settings
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def score_samples(self, X):
        """Lower bound of the log-likelihood of each row, in nats.

        It is the variational bound of mean field, with the upper bound of ln Z: an exact sum where a side of the
        machine has at most 25 binary units, and annealed importance sampling with 95 % confidence otherwise. ln Z is
        found once after training, in the first call. Rows with missing values have the annealed lower bound of
        the log-likelihood of their observed values.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Lower bounds of ln p, in nats and in the units of measurement of `X`.
        """

        def of(rows, double):
            partition = self._log_partition()
            scores = np.empty(len(rows))
            has_gap = np.isnan(rows).any(axis=1)
            if not has_gap.all():
                whole = np.ascontiguousarray(rows[~has_gap])
                scores[~has_gap] = self._model.elbo(whole, partition[-1], double=double)
            if has_gap.any():
                found = self._model.scores(
                    np.ascontiguousarray(rows[has_gap]),
                    log_partition=partition,
                    seed=self._seed,
                    double=double,
                )
                scores[has_gap] = found["log_likelihood_low"]
            return scores - self._log_volume(rows)

        return self._of_rows(X, of)

    def _log_partition(self):
        """ln Z as (low, value, high)."""
        if self._partition is None:
            self._partition, doubts = self._model.log_partition(seed=self._seed)
            if doubts:
                warnings.warn(f"the bounds of ln Z may not hold: {'; '.join(doubts)}", stacklevel=4)
        return self._partition

    def _own_settings(self):
        return {"pretrain_epochs": self.pretrain_epochs or None}

    def _set_parameters(self, parameters):
        self._partition = None
        layers = range(1 + len(self.hidden_kinds_))
        weights = [name for name in parameters if name.endswith(".weight")]
        self.components_ = [parameters[name].T for name in weights]
        biases = [parameters.get(f"layers.{layer}.loc") for layer in layers]
        self.intercepts_ = [loc for loc in biases if loc is not None]


def _layers(hidden):
    """The text of hidden layers."""
    if isinstance(hidden, (str, numbers.Integral)):
        return str(hidden)
    return ",".join(str(layer) for layer in hidden)


def _listed(rules):
    """Rules as a list."""
    return [rules] if isinstance(rules, str) else rules


def plain(value):
    """Numbers of NumPy as those of Python."""
    return value.item() if isinstance(value, np.generic) else value
