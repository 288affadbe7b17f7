import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from paysage._core import __version__ as __version__
from paysage._core import devices as devices

__all__ = [
    "DBM",
    "RBM",
    "BernoulliRBM",
    "Convergence",
    "Counterfactuals",
    "LogLikelihood",
    "Model",
    "TapLikelihood",
    "__version__",
    "devices",
    "report",
    "train",
]

# Data frames of pandas and polars, which are not required, arrays of numbers, and paths.
_Table = Any
_Path = str | os.PathLike[str]
_Seed = int | np.random.RandomState | None
# One value for each row, the name of a column, or a path.
_Column = Any
_Rules = str | Sequence[str] | None
_Self = TypeVar("_Self")
_Fill = Literal["mode", "mean", "draw"]
_Method = Literal["pcd", "cd", "ptt", "ucd", "tap"]

class BernoulliRBM(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    components_: NDArray[Any]
    intercept_hidden_: NDArray[Any]
    intercept_visible_: NDArray[Any]
    h_samples_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    def __init__(
        self,
        n_components: int = 256,
        *,
        learning_rate: float = 0.1,
        batch_size: int = 10,
        n_iter: int = 10,
        verbose: int = 0,
        random_state: _Seed = None,
    ) -> None: ...
    def fit(self: _Self, X: Any, y: object = None) -> _Self: ...
    def partial_fit(self: _Self, X: Any, y: object = None) -> _Self: ...
    def transform(self, X: Any) -> NDArray[Any]: ...
    def score_samples(self, X: Any) -> NDArray[Any]: ...
    def score(self, X: Any, y: object = None) -> float: ...
    def free_energy(self, X: Any) -> NDArray[Any]: ...
    def gibbs(self, v: Any, sweeps: int = 1) -> NDArray[np.bool_]: ...
    def sample(self, n_samples: int = 1, sweeps: int = 1000) -> NDArray[np.bool_]: ...

class _Machine(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    @property
    def model_(self) -> Model: ...
    visible_kind_: str
    hidden_kinds_: list[str]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    def fit(self: _Self, X: Any, y: object = None) -> _Self: ...
    def partial_fit(self: _Self, X: Any, y: object = None) -> _Self: ...
    def transform(self, X: Any) -> NDArray[Any]: ...
    def score_samples(self, X: Any) -> NDArray[Any]: ...
    def score(self, X: Any, y: object = None) -> float: ...
    def sample(self, n_samples: int = 1, sweeps: int = 1000) -> NDArray[np.float32]: ...
    def gibbs(self, X: Any, sweeps: int = 1) -> NDArray[np.float32]: ...
    def impute(
        self,
        X: Any,
        fill: _Fill = "mode",
        *,
        chains: int = 10,
        burn_in: int = 100,
        sweeps: int = 100,
    ) -> NDArray[np.float32]: ...

class RBM(_Machine):
    components_: NDArray[np.float32]
    intercept_hidden_: NDArray[np.float32]
    intercept_visible_: NDArray[np.float32]
    def __init__(
        self,
        hidden: int | str = 100,
        *,
        visible: str = "auto",
        method: _Method = "pcd",
        n_iter: int | None = None,
        batch_size: int = 100,
        learning_rate: float | None = None,
        gibbs_steps: int | None = None,
        chains: int | None = None,
        optimizer: str | None = None,
        schedule: str | None = None,
        penalty: _Rules = None,
        init: str | None = None,
        standardize: bool = True,
        settings: Mapping[str, Any] | None = None,
        device: str = "auto",
        verbose: int = 0,
        random_state: _Seed = None,
    ) -> None: ...
    def free_energy(self, X: Any) -> NDArray[np.float64]: ...

class DBM(_Machine):
    components_: list[NDArray[np.float32]]
    intercepts_: list[NDArray[np.float32]]
    def __init__(
        self,
        hidden: str | Sequence[int | str] = (100, 50),
        *,
        visible: str = "auto",
        method: _Method = "pcd",
        n_iter: int | None = None,
        pretrain_epochs: int = 0,
        batch_size: int = 100,
        learning_rate: float | None = None,
        gibbs_steps: int | None = None,
        chains: int | None = None,
        optimizer: str | None = None,
        schedule: str | None = None,
        penalty: _Rules = None,
        init: str | None = None,
        standardize: bool = True,
        settings: Mapping[str, Any] | None = None,
        device: str = "auto",
        verbose: int = 0,
        random_state: _Seed = None,
    ) -> None: ...

class LogLikelihood(NamedTuple):
    log_likelihood: float
    log_likelihood_low: float
    log_likelihood_high: float
    log_partition: float
    log_partition_low: float
    log_partition_high: float
    exact: bool
    doubts: list[str]
    log_volume: float

class TapLikelihood(NamedTuple):
    log_likelihood: float
    log_partition: float
    log_partition_low: float
    free_energy: float
    converged: int
    starts: int
    fixed_points: int

class Convergence(NamedTuple):
    samples: Any
    energy: float
    energy_standard_error: float
    autocorrelation_time: float
    effective_sample_size: float
    r_hat: float
    unit_r_hats: Any
    swap_rates: list[float]

class Counterfactuals(NamedTuple):
    samples: Any
    effects: Any

class Model:
    history: list[dict[str, float]]
    report: str | None
    notes: list[str]
    @classmethod
    def load(cls, path: _Path, *, device: str = "auto") -> Model: ...
    @classmethod
    def from_run(cls, folder: _Path, *, device: str = "auto") -> Model: ...
    @classmethod
    def from_library(
        cls,
        path: _Path,
        *,
        format: str | None = None,
        epoch: int | None = None,
        alphabet: str | None = None,
        device: str = "auto",
    ) -> Model: ...
    @classmethod
    def from_sklearn(cls, estimator: object, *, device: str = "auto") -> Model: ...
    def export(self, path: _Path, *, format: str = "npz") -> None: ...
    def save(self, path: _Path) -> None: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def visible_kinds(self) -> list[str]: ...
    @property
    def hidden_kinds(self) -> list[str]: ...
    @property
    def layout(self) -> dict[str, Any]: ...
    def parameters(self) -> dict[str, NDArray[np.float32]]: ...
    def impute(
        self,
        table: _Table,
        fill: _Fill = "mode",
        *,
        count: int | None = None,
        chains: int = 10,
        burn_in: int = 100,
        sweeps: int = 100,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def impute_deviation(
        self,
        table: _Table,
        *,
        chains: int = 10,
        burn_in: int = 100,
        sweeps: int = 100,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def predict(
        self,
        table: _Table,
        columns: str | Sequence[str] | None = None,
        *,
        coverage: float = 0.9,
        chains: int = 10,
        burn_in: int = 100,
        sweeps: int = 100,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def counterfactual(
        self,
        table: _Table,
        change: Mapping[str, Any],
        *,
        sweeps: int = 10,
        repeats: int = 100,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Counterfactuals: ...
    def sample(
        self,
        count: int = 1,
        *,
        sweeps: int = 1000,
        given: Mapping[str, Any] | None = None,
        tempering: int | None = None,
        trajectory: _Path | Sequence[Model] | None = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def diagnose(
        self,
        count: int = 100,
        *,
        sweeps: int = 1000,
        given: Mapping[str, Any] | None = None,
        tempering: int | None = None,
        trajectory: _Path | Sequence[Model] | None = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Convergence: ...
    def transform(
        self,
        table: _Table,
        *,
        layer: int | None = None,
        sample: bool = False,
        chains: int | None = None,
        burn_in: int = 100,
        sweeps: int = 100,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def score_samples(
        self,
        table: _Table,
        *,
        log_partition: LogLikelihood | None = None,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def log_likelihood(
        self,
        table: _Table,
        *,
        method: Literal["auto", "exact", "ais"] = "auto",
        gap: float = 0.5,
        budget: float = 60.0,
        chains: int = 1000,
        temperatures: int = 1000,
        labels: _Column = None,
        weights: _Column = None,
        reweight: float | None = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> LogLikelihood: ...
    def conditional_log_likelihood(
        self,
        table: _Table,
        target: Sequence[str],
        given: Sequence[str],
        *,
        labels: _Column = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def couplings(
        self,
        *,
        separation: int = 1,
        skip_state: str | None = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> Any: ...
    def mutations(self, row: _Table, *, random_state: _Seed = None, verbose: int = 0) -> Any: ...
    def zero_sum_gauge(
        self, hidden: Literal["unit-variance", "unit-weights"] | None = None
    ) -> Model: ...
    def elbo(
        self,
        table: _Table,
        *,
        log_partition: LogLikelihood | None = None,
        labels: _Column = None,
        random_state: _Seed = None,
    ) -> NDArray[np.float64]: ...
    def tap_log_likelihood(
        self,
        table: _Table,
        order: Literal[1, 2, 3] = 2,
        *,
        labels: _Column = None,
        verbose: int = 0,
    ) -> TapLikelihood: ...
    def pseudo_log_likelihood(
        self,
        table: _Table,
        *,
        sites: int | None = None,
        labels: _Column = None,
        random_state: _Seed = None,
    ) -> NDArray[np.float64]: ...
    def metrics(
        self,
        table: _Table,
        names: str | Sequence[str],
        *,
        samples: int | None = None,
        sweeps: int = 1000,
        labels: _Column = None,
        weights: _Column = None,
        reweight: float | None = None,
        random_state: _Seed = None,
        verbose: int = 0,
    ) -> dict[str, float]: ...

def train(
    table: _Table,
    *,
    schema: _Path | None = None,
    hidden: int | str | Sequence[int | str] | None = None,
    method: _Method | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    validation: float | None = None,
    labels: _Column = None,
    weights: _Column = None,
    out: _Path | None = None,
    resume: bool = False,
    device: str | None = None,
    verbose: int = 0,
    random_state: _Seed = 0,
    **settings: Any,
) -> Model: ...
def report(folder: _Path, *, verbose: int = 0) -> str: ...
