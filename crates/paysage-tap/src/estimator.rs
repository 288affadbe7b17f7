//! Training without sampling.

use burn::tensor::{Tensor, activation::softmax};
use paysage_kernels::{RandomKey, on_workers};
use paysage_layers::{Cumulants, RowAverage, Tap, Tilt};
use paysage_models::{Batch, BoltzmannMachine, Gradient, GradientEstimator, Memory, Phase, State};
use paysage_samplers::hidden_means;

use crate::{PlefkaExpansion, Solver, solver::is_converged};

/// Starts are at one fixed point where the squares of their differences, each in the scale of its
/// unit, sum to no more than this.
const NEAR: f64 = 0.01;

/// A start is away from fixed points where some moment would still move so far, in the scale of its
/// unit: the tenth part of what a binary unit or a standard deviation can.
const AWAY: f64 = 0.1;

/// The logarithm of no share, and finite, so that equal ones make equal shares.
const NO_SHARE: f64 = -1e30;

/// How the points that training finds count in the model phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// Distinct fixed points by exp Γ, the part that each has in Z.
    #[default]
    FixedPoints,
    /// All starts alike: a fixed point counts by how many lead to it.
    Starts,
}

/// Where the search for stationary points starts in each step of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// At the rows of the batch, and so near every fixed point that the data know of.
    #[default]
    Data,
    /// Where those of the step before have come to. Once two of them have met they never part, and in
    /// the end all follow one fixed point of many.
    Persistent,
    /// At states drawn as if units had no neighbours.
    Random,
}

/// The gradient with the model phase at stationary points of the expansion. The data phase is exact in
/// a restricted machine; elsewhere it is the expansion with the visible layers held.
///
/// After each epoch, `tap_residual` says how far the point that is farthest from stationary is from
/// there, and `tap_converged` the share of points within ten tolerances of the solver: both of the
/// last step.
///
/// Gabrié, Tramel & Krzakala, "Training restricted Boltzmann machines via the
/// Thouless-Anderson-Palmer free energy", 2015.
///
/// ```
/// use paysage_tap::{Order, Solver, TapGradient};
///
/// let second = TapGradient::default();
/// assert_eq!(second.solver.order, Order::Second);
/// assert_eq!(second.starts, 100);
/// ```
#[derive(Clone, Debug)]
pub struct TapGradient {
    /// How stationary points are found in each step: in a few iterations, to the nearest of them.
    pub solver: Solver,
    /// From how many starts.
    pub starts: usize,
    /// Where these are.
    pub source: Source,
    /// How the points count.
    pub weighting: Weighting,
    /// The tilts of their layers at the end of the last step, where the next goes on from them.
    pub tilts: Option<Vec<Tilt>>,
    /// How far each was from stationary at the end of the last step: `[starts]`.
    pub residuals: Option<Tensor<1>>,
}

impl Default for TapGradient {
    fn default() -> Self {
        Self {
            solver: Solver {
                iterations: 10,
                ..Solver::default()
            },
            starts: 100,
            source: Source::default(),
            weighting: Weighting::default(),
            tilts: None,
            residuals: None,
        }
    }
}

impl<L: Tap> GradientEstimator<L> for TapGradient {
    fn estimate(
        &mut self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        key: RandomKey,
    ) -> Gradient {
        on_workers(|| {
            let shown = hidden_means(machine, batch.rows.clone());
            let expansion = PlefkaExpansion::new(machine, self.solver.order, &[]);
            let (solver, starts) = (&self.solver, self.starts.max(1));
            let iteration = match (self.source, self.tilts.take()) {
                (Source::Persistent, Some(tilts)) => solver.resume(&expansion, tilts),
                (Source::Random, _) => {
                    solver.iterate(&expansion, &machine.random_state(starts, key))
                }
                _ => solver.iterate(&expansion, &shown.cycled(starts)),
            };
            let (point, tilts, residuals) = iteration.into_parts();
            let rows = match self.weighting {
                Weighting::Starts => RowAverage::Uniform,
                Weighting::FixedPoints => parts_of_z(&expansion, &point, residuals.as_ref()),
            };
            let of_model = expansion.gradient(&point, &rows);
            self.tilts = (self.source == Source::Persistent).then_some(tilts);
            self.residuals = residuals;
            self.data_phase(machine, &shown) + -of_model
        })
    }

    fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for (layer, tilt) in self.tilts.iter().flatten().enumerate() {
            let mut put = |name: &str, x: &Tensor<2>| {
                memory.tensors.insert((name.to_owned(), layer), x.clone());
            };
            put(FIELDS, &tilt.field);
            if let Some(curvature) = &tilt.curvature {
                put(CURVATURES, curvature);
            }
        }
        memory
    }

    fn resume(&mut self, mut memory: Memory) {
        let fields = memory.take(FIELDS);
        self.tilts = fields.map(|fields| {
            let fields = fields.layers.into_iter().enumerate();
            let tilts = fields.map(|(layer, field)| Tilt {
                field,
                curvature: memory.tensors.remove(&(CURVATURES.to_owned(), layer)),
            });
            tilts.collect()
        });
    }

    fn measures(&self) -> Vec<(&'static str, f64)> {
        let Some(residuals) = &self.residuals else {
            return Vec::new();
        };
        let residuals: Vec<f64> = residuals.to_data().iter().collect();
        let tolerance = self.solver.tolerance;
        let converged = residuals.iter().filter(|&&x| is_converged(x, tolerance));
        let share = converged.count() as f64 / residuals.len() as f64;
        let largest = residuals.into_iter().fold(0.0, f64::max);
        vec![("tap_converged", share), ("tap_residual", largest)]
    }
}

const FIELDS: &str = "fields";
const CURVATURES: &str = "curvatures";

impl TapGradient {
    fn data_phase<L: Tap>(&self, machine: &BoltzmannMachine<L>, shown: &State) -> Gradient {
        if machine.check_restricted().is_ok() {
            return machine.energy_gradient(Phase {
                state: shown,
                averaged: &machine.hidden(),
                rows: &RowAverage::Uniform,
            });
        }
        let expansion = PlefkaExpansion::new(machine, self.solver.order, &machine.visible);
        let (point, ..) = self.solver.iterate(&expansion, shown).into_parts();
        expansion.gradient(&point, &RowAverage::Uniform)
    }
}

/// exp Γ of each start over how many are where it is, in shares of their sum. Γ says nothing away from
/// fixed points: starts that are have no share, unless all are.
fn parts_of_z<L: Tap>(
    expansion: &PlefkaExpansion<'_, L>,
    point: &[Cumulants],
    residuals: Option<&Tensor<1>>,
) -> RowAverage {
    let layers = expansion.machine().layers.iter().zip(point);
    let scaled = layers.map(|(layer, at)| layer.scaled(at)).collect();
    let scaled = Tensor::cat(scaled, 1);
    let square = scaled.clone().square().sum_dim(1);
    let product = scaled.clone().matmul(scaled.transpose());
    let apart = square.clone() + square.transpose() - product * 2.0;
    let together = apart
        .zeros_like()
        .mask_fill(apart.lower_equal_scalar(NEAR), 1.0);
    let together = together.sum_dim(1).clamp_min(1.0).squeeze_dim::<1>(1);
    let value = expansion.value(point) - together.log();
    let mut none = value.clone().is_nan();
    if let Some(residuals) = residuals {
        none = none.bool_or(residuals.clone().greater_equal_scalar(AWAY));
    }
    RowAverage::Weighted(softmax(value.mask_fill(none, NO_SHARE), 0))
}
