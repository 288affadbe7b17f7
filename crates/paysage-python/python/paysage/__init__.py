"""Restricted and deep Boltzmann machines, computed in Rust.

Estimators of scikit-learn: `BernoulliRBM`, `RBM` and `DBM`. For tables with categorical and numeric columns:
`train` and `Model`.
"""

from paysage._bernoulli import BernoulliRBM
from paysage._core import __version__, devices
from paysage._machines import DBM, RBM
from paysage._model import Convergence, Counterfactuals, LogLikelihood, Model, TapLikelihood
from paysage._train import report, train

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
