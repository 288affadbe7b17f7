//! The gradient estimator of the TAP expansion.

use burn::tensor::{Tensor, activation::softmax};
use paysage_kernels::{RandomKey, Replayable, TensorMut, on_workers};
use paysage_layers::{Cumulants, NaturalParameters, RowAverage, Tap};
use paysage_models::{
    Batch, BoltzmannMachine, Estimator, Gradient, Info, Phase, Record, RecordError, Recorded,
    SettingError, State, Step,
};
use paysage_samplers::hidden_means;

use crate::{Method, PlefkaExpansion, Solver, solver::CONVERGED};

/// Starts are at one fixed point where the squares of their differences, each in the scale of its
/// unit, sum to no more than this.
const NEAR: f64 = 0.01;

/// A start is away from fixed points where some moment would still move by more than this, in the
/// scale of its unit: a tenth of the range of a binary unit or of a standard deviation.
const AWAY: f64 = 0.1;

/// The logarithm of no share, and finite, so that equal ones make equal shares.
const NO_SHARE: f64 = -1e30;

/// The weights of stationary points in the negative phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// Distinct fixed points by exp Γ, the part that each has in Z.
    #[default]
    FixedPoints,
    /// The same weight for all starts: a fixed point counts as often as starts lead to it.
    Starts,
}

/// The starts of the search for stationary points in each step of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The rows of the batch, so that every fixed point near the data is found.
    #[default]
    Data,
    /// The end points of the step before. Starts that have come to the same point stay together, and
    /// in the end all follow one fixed point of many.
    Persistent,
    /// States drawn without fields.
    Random,
}

/// The gradient by the TAP expansion: the negative phase is at stationary points of the expansion,
/// without sampling. The positive phase is exact in a restricted machine; elsewhere it is the
/// expansion with the visible layers clamped.
///
/// A step reports `tap_residual`, how far the point that is farthest from stationary would still
/// move, and `tap_converged`, the fraction of points within ten tolerances of the solver.
///
/// Gabrié, Tramel & Krzakala, "Training restricted Boltzmann machines via the
/// Thouless-Anderson-Palmer free energy", 2015.
///
/// ```
/// use paysage_tap::{Order, TapGradient};
///
/// let second = TapGradient::default();
/// assert_eq!(second.solver.order, Order::Second);
/// assert_eq!(second.starts, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapGradient {
    /// The search for stationary points in each step: few iterations, to the nearest of them.
    pub solver: Solver,
    /// The number of starts; at least 1.
    pub starts: usize,
    /// The starts.
    pub source: Source,
    /// The weights of the points in the negative phase.
    pub weighting: Weighting,
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
        }
    }
}

/// The state of [`TapGradient`]: with [`Source::Persistent`], the natural parameters of each layer
/// at the end of the last step.
#[derive(Clone, Debug, Default)]
pub struct TapState {
    /// One for each layer; empty before the first step, and with other sources.
    pub natural: Vec<NaturalParameters>,
}

impl Replayable for TapState {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        for natural in &mut self.natural {
            visit(TensorMut::Matrix(&mut natural.field));
            if let Some(curvature) = &mut natural.curvature {
                visit(TensorMut::Matrix(curvature));
            }
        }
        true
    }
}

impl<L: Tap> Recorded<L> for TapState {
    fn record(&self) -> Record {
        let mut record = Record::default();
        for (layer, natural) in self.natural.iter().enumerate() {
            record.put(field_name(layer), &natural.field);
            if let Some(curvature) = &natural.curvature {
                record.put(curvature_name(layer), curvature);
            }
        }
        record
    }

    fn restore(mut record: Record, machine: &BoltzmannMachine<L>) -> Result<Self, RecordError> {
        if record.is_empty() {
            return Ok(Self::default());
        }
        let options = (&machine.device(), machine.dtype());
        let mut rows = None;
        let mut take = |name: String, units: usize| {
            let x = record.take::<2>(&name, options)?;
            let found = x.dims();
            let expected = [*rows.get_or_insert(found[0].max(1)), units];
            match found == expected {
                true => Ok(x),
                false => Err(RecordError::Shape {
                    name,
                    found: found.to_vec(),
                    expected: expected.to_vec(),
                }),
            }
        };
        let mut natural = Vec::with_capacity(machine.layers.len());
        for (layer, of_machine) in machine.layers.iter().enumerate() {
            let field = take(field_name(layer), of_machine.units())?;
            let curvature = match take(curvature_name(layer), of_machine.units()) {
                Ok(curvature) => Some(curvature),
                Err(RecordError::Missing { .. }) => None,
                Err(error) => return Err(error),
            };
            natural.push(NaturalParameters { field, curvature });
        }
        record.finish()?;
        Ok(Self { natural })
    }
}

fn field_name(layer: usize) -> String {
    format!("fields.{layer}")
}

fn curvature_name(layer: usize) -> String {
    format!("curvatures.{layer}")
}

impl<L: Tap> Estimator<L> for TapGradient {
    type State = TapState;

    fn is_capturable(&self) -> bool {
        true
    }

    fn init(&self, _machine: &BoltzmannMachine<L>) -> Result<TapState, SettingError> {
        SettingError::check_count("the number of TAP starts", self.starts)?;
        SettingError::check_count("the number of TAP iterations", self.solver.iterations)?;
        SettingError::check_not_negative("the TAP tolerance", self.solver.tolerance)?;
        let share = |setting, value: f64| {
            let valid = (0.0..1.0).contains(&value);
            SettingError::check(
                setting,
                value,
                valid,
                "a number of at least 0 and less than 1",
            )
        };
        match self.solver.method {
            Method::SelfConsistent { damping } => share("the TAP damping", damping)?,
            Method::Descent { rate, momentum } => {
                SettingError::check_positive("the TAP rate", rate)?;
                share("the TAP momentum", momentum)?;
            }
        }
        Ok(TapState::default())
    }

    fn step(
        &self,
        machine: &BoltzmannMachine<L>,
        batch: &Batch,
        state: TapState,
        key: RandomKey,
    ) -> (Step, TapState) {
        on_workers(|| {
            let shown = hidden_means(machine, batch.rows.clone());
            let expansion = PlefkaExpansion::new(machine, self.solver.order, &[]);
            let solver = &self.solver;
            let iteration = match self.source {
                Source::Persistent if !state.natural.is_empty() => {
                    solver.resume(&expansion, state.natural)
                }
                Source::Random => {
                    solver.iterate(&expansion, &machine.random_state(self.starts, key))
                }
                _ => {
                    let starts = match self.weighting {
                        // Of distinct fixed points it does not matter how many starts lead to them.
                        Weighting::FixedPoints => shown.cycled(self.starts),
                        Weighting::Starts => batch.starts(&shown, self.starts),
                    };
                    solver.iterate(&expansion, &starts)
                }
            };
            let (point, natural, residuals) = iteration.into_parts();
            let rows = match self.weighting {
                Weighting::Starts => RowAverage::Uniform,
                Weighting::FixedPoints => parts_of_z(&expansion, &point, residuals.as_ref()),
            };
            let of_model = expansion.gradient(&point, &rows);
            let is_followed = self.source == Source::Persistent;
            let next = TapState {
                natural: if is_followed { natural } else { Vec::new() },
            };
            let (gradient, data) = self.positive_phase(machine, shown, batch.average());
            let means = point.into_iter().map(|at| at.mean).collect();
            let model = Phase {
                rows,
                ..Phase::of(State { layers: means })
            };
            let step = Step {
                gradient: gradient + -of_model,
                weight: batch.total_weight(),
                data,
                model,
                info: residuals.map_or_else(Info::new, |x| self.convergence(x)),
            };
            (step, next)
        })
    }
}

impl TapGradient {
    fn positive_phase<L: Tap>(
        &self,
        machine: &BoltzmannMachine<L>,
        shown: State,
        rows: RowAverage,
    ) -> (Gradient, Phase) {
        let phase = Phase {
            averaged: machine.hidden(),
            rows: rows.clone(),
            ..Phase::of(shown)
        };
        if machine.is_restricted() {
            return (machine.energy_gradient(&phase), phase);
        }
        let expansion = PlefkaExpansion::new(machine, self.solver.order, &machine.visible);
        let (point, ..) = self.solver.iterate(&expansion, &phase.state).into_parts();
        let gradient = expansion.gradient(&point, &rows);
        let layers = point.into_iter().map(|at| at.mean).collect();
        let phase = Phase {
            rows,
            ..Phase::of(State { layers })
        };
        (gradient, phase)
    }

    /// The values that a step reports.
    fn convergence(&self, residuals: Tensor<1>) -> Info {
        let near = residuals
            .clone()
            .lower_equal_scalar(CONVERGED * self.solver.tolerance);
        let converged = residuals.zeros_like().mask_fill(near, 1.0).mean();
        [
            ("tap_converged", converged),
            ("tap_residual", residuals.max()),
        ]
        .into()
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
    let scaled = layers.map(|(layer, at)| layer.standardized(at)).collect();
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
