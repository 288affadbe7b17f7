"""The `BernoulliRBM` of scikit-learn, computed by Paysage."""

import numbers
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from paysage import _core
from paysage._arrays import chunks, dense, doubles, is_double, seed_of


class BernoulliRBM(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Restricted Boltzmann machine of binary units, in place of `sklearn.neural_network.BernoulliRBM`.

    Parameters, attributes and methods are those of scikit-learn. Training is persistent contrastive divergence
    (PCD-1) with plain gradient steps. As in scikit-learn, the numbers of `X` enter the formulas as they are:
    numbers between 0 and 1 are taken as probabilities, and no range is checked.

    Two things differ. Rows are shuffled in each epoch, and `score_samples` sums over all units, where scikit-learn
    estimates the sum from one random unit per row; so it does not depend on `random_state`.

    Parameters
    ----------
    n_components : int, default=256
        Number of binary hidden units.
    learning_rate : float, default=0.1
        Learning rate.
    batch_size : int, default=10
        Number of rows in each step, and number of persistent chains.
    n_iter : int, default=10
        Number of epochs.
    verbose : int, default=0
        Whether a line is printed after each epoch.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Weights.
    intercept_hidden_ : ndarray of shape (n_components,)
        Biases of the hidden units.
    intercept_visible_ : ndarray of shape (n_features,)
        Biases of the visible units.
    h_samples_ : ndarray of shape (batch_size, n_components)
        Hidden units of the persistent chains.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where `X` has names that are strings.

    References
    ----------
    Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood gradient", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from paysage import BernoulliRBM
    >>> X = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    >>> BernoulliRBM(n_components=2, random_state=0).fit(X).transform(X).shape
    (4, 2)
    """

    def __init__(
        self,
        n_components=256,
        *,
        learning_rate=0.1,
        batch_size=10,
        n_iter=10,
        verbose=0,
        random_state=None,
    ):
        self.n_components = n_components
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X, y=None):
        """Train on the rows of `X`, from new parameters.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : Ignored
            Not used.

        Returns
        -------
        self : BernoulliRBM
            The trained machine.
        """
        self._check_parameters()
        X = validate_data(self, X, accept_sparse="csr", dtype=(np.float64, np.float32))
        random = check_random_state(self.random_state)
        self._initialize(X, random)
        rows = dense(X)
        epochs = 1 if self.verbose else self.n_iter
        for iteration in range(1, self.n_iter + 1, epochs or 1):
            begin = time.time()
            self._train(rows, self.batch_size, epochs, random, X.dtype)
            if self.verbose:
                print(
                    f"[{type(self).__name__}] Iteration {iteration}, pseudo-likelihood = "
                    f"{self.score_samples(X).mean():.2f}, time = {time.time() - begin:.2f}s"
                )
        return self

    def partial_fit(self, X, y=None):
        """Train for one step on all rows of `X`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            A batch of training data.
        y : Ignored
            Not used.

        Returns
        -------
        self : BernoulliRBM
            The trained machine.
        """
        self._check_parameters()
        first = not hasattr(self, "components_")
        X = validate_data(self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=first)
        if not hasattr(self, "random_state_"):
            self.random_state_ = check_random_state(self.random_state)
        if first:
            self._initialize(X, self.random_state_)
        rows = dense(X)
        self._train(rows, rows.shape[0], 1, self.random_state_, self.components_.dtype)
        return self

    def transform(self, X):
        """Probabilities of the hidden units, P(h = 1 | v = X).

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        h : ndarray of shape (n_samples, n_components)
            Probabilities, of the type of `X`.
        """
        return self._of_rows(X, lambda machine, rows: machine.hidden_means(rows))

    def score_samples(self, X):
        """Pseudo-log-likelihood of each row, Σᵢ ln p(vᵢ | all other units).

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of 0 and 1 (not checked).

        Returns
        -------
        pseudo_likelihood : ndarray of shape (n_samples,)
            Pseudo-log-likelihoods, in nats.
        """
        return self._of_rows(X, lambda machine, rows: machine.pseudo_log_likelihood(rows))

    def score(self, X, y=None):
        """Mean pseudo-log-likelihood per row, which grid searches maximize.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of 0 and 1 (not checked).
        y : Ignored
            Not used.

        Returns
        -------
        score : float
            Mean of `score_samples`, in nats per row.
        """
        return float(np.mean(self.score_samples(X)))

    def free_energy(self, X):
        """Free energy of each row, F(v) = −ln Σₕ exp(−E(v, h)).

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        free_energy : ndarray of shape (n_samples,)
            Free energies, in nats.
        """
        return self._of_rows(X, lambda machine, rows: machine.free_energy(rows))

    def gibbs(self, v, sweeps=1):
        """Gibbs sampling from given rows.

        Parameters
        ----------
        v : array-like of shape (n_samples, n_features)
            Rows to start from.
        sweeps : int, default=1
            Number of Gibbs sweeps.

        Returns
        -------
        v_new : ndarray of shape (n_samples, n_features)
            Samples, of booleans as in scikit-learn.
        """
        check_is_fitted(self)
        if not hasattr(self, "random_state_"):
            self.random_state_ = check_random_state(self.random_state)
        v = validate_data(self, v, accept_sparse="csr", reset=False)
        sampled = self._machine().gibbs(dense(v), sweeps, seed_of(self.random_state_))
        return sampled.astype(bool)

    def sample(self, n_samples=1, sweeps=1000):
        """Samples of the trained machine, each from a Gibbs chain of its own.

        Parameters
        ----------
        n_samples : int, default=1
            Number of samples.
        sweeps : int, default=1000
            Number of Gibbs sweeps from random rows.

        Returns
        -------
        samples : ndarray of shape (n_samples, n_features)
            Samples, of booleans.
        """
        check_is_fitted(self)
        if not hasattr(self, "random_state_"):
            self.random_state_ = check_random_state(self.random_state)
        start = self.random_state_.randint(2, size=(n_samples, self.n_features_in_))
        sampled = self._machine().gibbs(dense(start), sweeps, seed_of(self.random_state_))
        return sampled.astype(bool)

    def _check_parameters(self):
        for name, least in [("n_components", 1), ("batch_size", 1), ("n_iter", 0)]:
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or value < least:
                raise ValueError(f"{name}: expected an integer of at least {least}, got {value!r}")
        if not isinstance(self.learning_rate, numbers.Real) or not self.learning_rate > 0:
            raise ValueError(
                f"learning_rate: expected a number above 0, got {self.learning_rate!r}"
            )

    def _initialize(self, X, random):
        shape = (self.n_components, X.shape[1])
        self.components_ = np.asarray(random.normal(0, 0.01, shape), order="F", dtype=X.dtype)
        self.intercept_hidden_ = np.zeros(self.n_components, dtype=X.dtype)
        self.intercept_visible_ = np.zeros(X.shape[1], dtype=X.dtype)
        self.h_samples_ = np.zeros((self.batch_size, self.n_components), dtype=X.dtype)

    def _machine(self, double=False):
        return _core.BernoulliMachine(
            doubles(self.components_.T),
            doubles(self.intercept_visible_),
            doubles(self.intercept_hidden_),
            double=double,
        )

    def _train(self, rows, batch_size, epochs, random, dtype):
        if epochs == 0:
            return
        weight, visible, hidden, chains = self._machine().train(
            rows,
            dense(self.h_samples_),
            learning_rate=float(self.learning_rate),
            batch_size=batch_size,
            epochs=epochs,
            seed=seed_of(random),
        )
        self.components_ = np.asarray(weight.T, dtype=dtype)
        self.intercept_visible_ = np.asarray(visible, dtype=dtype)
        self.intercept_hidden_ = np.asarray(hidden, dtype=dtype)
        self.h_samples_ = np.asarray(chains, dtype=dtype)

    def _of_rows(self, X, of):
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False, dtype=(np.float64, np.float32))
        machine = self._machine(double=is_double(X))
        return np.concatenate([of(machine, rows) for rows in chunks(X)])

    @property
    def _n_features_out(self):
        return self.components_.shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
