from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__version__: str

_Progress = Callable[[str, int, int, dict[str, float]], object]
_Chains = tuple[int, int, int]

def devices() -> list[str]: ...
def train(
    settings: str, folder: str, progress: _Progress | None = None
) -> tuple[Model, list[str]]: ...
def resume(
    settings: str, given: str, folder: str, progress: _Progress | None = None
) -> tuple[Model, list[str]]: ...
def report(folder: str, progress: _Progress | None = None) -> None: ...

@final
class Data:
    def __len__(self) -> int: ...
    def units(self) -> NDArray[np.float32]: ...

_Rows = NDArray[np.float32] | Data

@final
class BernoulliMachine:
    def __new__(
        cls,
        weight: NDArray[np.float64],
        visible: NDArray[np.float64],
        hidden: NDArray[np.float64],
        double: bool = False,
    ) -> BernoulliMachine: ...
    def hidden_means(self, rows: NDArray[np.float32]) -> NDArray[Any]: ...
    def free_energy(self, rows: NDArray[np.float32]) -> NDArray[Any]: ...
    def pseudo_log_likelihood(self, rows: NDArray[np.float32]) -> NDArray[Any]: ...
    def gibbs(self, rows: NDArray[np.float32], sweeps: int, seed: int) -> NDArray[np.float32]: ...
    def train(
        self,
        rows: NDArray[np.float32],
        chains: NDArray[np.float32],
        *,
        learning_rate: float,
        batch_size: int,
        epochs: int,
        seed: int,
        progress: _Progress | None = None,
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]: ...

@final
class Training:
    @staticmethod
    def begin(
        rows: _Rows,
        settings: str,
        names: Sequence[str] | None = None,
        progress: _Progress | None = None,
    ) -> Training: ...
    @property
    def epochs(self) -> int: ...
    def fit(self, rows: _Rows, progress: _Progress | None = None) -> None: ...
    def step(self, rows: _Rows) -> None: ...
    def model(self) -> Model: ...
    def to_bytes(self) -> tuple[str, str, bytes]: ...
    @staticmethod
    def from_bytes(settings: str, layout: str, state: bytes) -> Training: ...

@final
class Model:
    @staticmethod
    def load(path: str, device: str = "auto") -> Model: ...
    @staticmethod
    def from_library(
        path: str,
        format: str | None = None,
        epoch: int | None = None,
        alphabet: str | None = None,
        device: str = "auto",
    ) -> tuple[Model, float]: ...
    @staticmethod
    def from_arrays(
        components: NDArray[np.float32],
        intercept_hidden: NDArray[np.float32],
        intercept_visible: NDArray[np.float32],
        device: str = "auto",
    ) -> Model: ...
    def export(self, path: str, format: str) -> None: ...
    def save(self, path: str) -> None: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(content: bytes) -> Model: ...
    @property
    def visible_units(self) -> int: ...
    @property
    def kinds(self) -> tuple[list[str], list[str]]: ...
    @property
    def hidden_units(self) -> list[int]: ...
    @property
    def parameter_count(self) -> int: ...
    @property
    def layout(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def has_names(self) -> bool: ...
    @property
    def unit_names(self) -> list[str]: ...
    def parameters(self, plain: bool = False) -> dict[str, NDArray[np.float32]]: ...
    def read(
        self,
        source: str,
        *,
        missing: bool = False,
        absent: Sequence[str] = ...,
        drop: Sequence[str] = ...,
        labels: str | None = None,
        weights: str | None = None,
        reweight: float | None = None,
    ) -> Data: ...
    def restore(self, units: _Rows) -> list[list[str]]: ...
    def restore_values(self, units: _Rows) -> NDArray[np.float32]: ...
    def scales(self) -> list[float]: ...
    def assign(self, assignments: Sequence[str]) -> list[float]: ...
    def units_of(self, columns: Sequence[str]) -> list[int]: ...
    def hidden_names(self, layer: int | None = None) -> list[str]: ...
    def transform(
        self,
        rows: _Rows,
        *,
        layer: int | None = None,
        sample: bool = False,
        by_chains: bool = False,
        chains: _Chains = ...,
        seed: int = 0,
        double: bool = False,
        progress: _Progress | None = None,
    ) -> NDArray[Any]: ...
    def scores(
        self,
        rows: _Rows,
        *,
        log_partition: tuple[float, float, float] | None = None,
        seed: int = 0,
        double: bool = False,
        progress: _Progress | None = None,
    ) -> dict[str, Any]: ...
    def pseudo_log_likelihood(
        self, rows: _Rows, *, sites: int | None = None, seed: int = 0, double: bool = False
    ) -> NDArray[np.float64]: ...
    def log_partition(
        self, *, seed: int = 0, progress: _Progress | None = None
    ) -> tuple[tuple[float, float, float], list[str]]: ...
    def elbo(self, rows: _Rows, upper: float, *, double: bool = False) -> NDArray[np.float64]: ...
    def tap(
        self, rows: _Rows, order: int = 2, *, progress: _Progress | None = None
    ) -> dict[str, Any]: ...
    def reconstruction_error(self, rows: _Rows, *, double: bool = False) -> NDArray[np.float64]: ...
    def metrics(
        self,
        rows: _Rows,
        names: Sequence[str],
        *,
        samples: int | None = None,
        sweeps: int = 1000,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> list[tuple[str, float, float | None]]: ...
    def log_likelihood(
        self,
        rows: _Rows,
        *,
        method: str = "auto",
        chains: int = 1000,
        temperatures: int = 1000,
        gap: float = 0.5,
        budget: float = 60.0,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> dict[str, Any]: ...
    def sample(
        self,
        count: int,
        sweeps: int,
        *,
        given: Sequence[float] | None = None,
        tempering: int | None = None,
        past: Sequence[Model] | None = None,
        diagnose: bool = False,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> tuple[NDArray[np.float32], dict[str, Any] | None]: ...
    def gibbs(
        self, rows: _Rows, sweeps: int, *, seed: int = 0, progress: _Progress | None = None
    ) -> NDArray[np.float32]: ...
    def impute(
        self,
        rows: _Rows,
        *,
        chains: _Chains = ...,
        draws: bool = False,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> dict[str, Any]: ...
    def predict(
        self,
        rows: _Rows,
        columns: Sequence[str],
        *,
        coverage: float = 0.9,
        chains: _Chains = ...,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> dict[str, Any]: ...
    def counterfactual(
        self,
        rows: _Rows,
        change: Sequence[float],
        *,
        sweeps: int = 10,
        repeats: int = 100,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> tuple[NDArray[np.float32], list[float], list[float] | None]: ...
    def couplings(
        self,
        *,
        separation: int = 1,
        skip_state: str | None = None,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> list[tuple[str, str, float, float, float | None]]: ...
    def mutations(
        self, rows: _Rows, *, seed: int = 0, progress: _Progress | None = None
    ) -> list[tuple[str, str, str, tuple[float, float, float]]]: ...
    def zero_sum_gauge(self, hidden: str | None = None) -> Model: ...
    def conditional_log_likelihood(
        self,
        rows: _Rows,
        target: Sequence[str],
        given: Sequence[str],
        *,
        seed: int = 0,
        progress: _Progress | None = None,
    ) -> list[tuple[float, float, float]]: ...
