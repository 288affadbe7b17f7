//! Starts on their way to stationary points, in the tilts of their layers.

use burn::tensor::{Bool, Tensor};
use paysage_layers::{Cumulants, Tap, Tilt};
use paysage_models::State;

use crate::{Expansion, Method, Solution};

/// A start whose last step was no number, or a descent that climbed, goes on with this share of the
/// step; others recover by the second.
const SHORTER: f64 = 0.5;
const LONGER: f64 = 1.1;

/// The shortest step of a start that swings.
const DAMPED: f64 = 0.1;

/// The residual of a start that is no number.
const FAR: f64 = 1e30;

/// The shortest step, as a share of that asked for.
const LEAST: f64 = 1e-6;

/// Starts on their way.
pub(crate) struct Walk<'a, L: Tap> {
    expansion: &'a Expansion<'a, L>,
    point: Vec<Cumulants>,
    tilts: Vec<Tilt>,
    /// Of a descent: the last step of each layer.
    velocity: Vec<Tilt>,
    /// Each start's share of the step: `[batch, 1]`.
    share: Tensor<2>,
    /// Γ of each start, for the ratchet.
    value: Option<Tensor<1>>,
    /// The residuals when they were last looked at.
    looked_at: Option<Tensor<1>>,
    has_begun: bool,
}

impl<'a, L: Tap> Walk<'a, L> {
    pub fn new(expansion: &'a Expansion<'a, L>, starts: &State) -> Self {
        let layers = || expansion.machine().layers.iter().zip(&starts.layers);
        let states = layers().enumerate().map(|(l, (layer, states))| {
            let certain = layer.cumulants_of_states(states.clone());
            if expansion.is_clamped(l) {
                return certain;
            }
            // Units with a variance of their own begin with that which they have alone.
            let alone = layer.cumulants(&Tilt {
                field: states.zeros_like(),
                curvature: None,
            });
            match layer.tilt_of(&alone).curvature {
                Some(_) => Cumulants {
                    mean: states.clone(),
                    ..alone
                },
                None => certain,
            }
        });
        let still = || {
            let fields = starts.layers.iter().map(|states| Tilt {
                field: states.zeros_like(),
                curvature: None,
            });
            fields.collect::<Vec<_>>()
        };
        let batch = starts.batch();
        Self {
            expansion,
            point: states.collect(),
            tilts: still(),
            velocity: still(),
            share: starts.layers[0].clone().slice([0..batch, 0..1]).ones_like(),
            value: None,
            looked_at: None,
            has_begun: false,
        }
    }

    /// Where the starts are.
    pub fn into_point(self) -> Vec<Cumulants> {
        self.point
    }

    fn free(&self) -> Vec<usize> {
        let blocks = self.expansion.machine().blocks().into_iter().flatten();
        blocks
            .filter(|&layer| !self.expansion.is_clamped(layer))
            .collect()
    }

    /// One iteration. Where it is looked at, how far the means of each start are from where they
    /// would go.
    pub fn step(&mut self, method: Method, look: bool) -> Option<Tensor<1>> {
        // Certain states have no finite tilt to go on from: the first step goes all the way.
        let begins = !std::mem::replace(&mut self.has_begun, true);
        match method {
            _ if begins => self.update(1.0, look),
            Method::SelfConsistent { damping } => self.update((1.0 - damping).max(LEAST), look),
            Method::Descent { rate, momentum } => Some(self.descend(rate, momentum)),
        }
    }

    fn update(&mut self, step: f64, look: bool) -> Option<Tensor<1>> {
        let mut residual: Option<Tensor<2>> = None;
        let mut broken: Option<Tensor<2, Bool>> = None;
        for layer in self.free() {
            let target = self.expansion.balance(layer, &self.point);
            let step = self.share.clone() * step;
            let tilt = toward(&self.tilts[layer], &target, &step);
            let (found, bad) = self.try_tilt(layer, &tilt);
            if look {
                let change = change(&found, &self.point[layer], &tilt);
                residual = Some(larger(residual, change / step));
            }
            self.take(layer, tilt, found, bad.as_ref());
            broken = either(broken, bad);
        }
        if let Some(broken) = &broken {
            self.adapt(broken);
        }
        let residual = residual.map(|residual| match broken {
            Some(broken) => residual.mask_fill(broken, FAR),
            None => residual,
        });
        residual.map(|residual| residual.squeeze_dim(1))
    }

    /// A step of descent of all layers.
    fn descend(&mut self, rate: f64, momentum: f64) -> Tensor<1> {
        let before = match self.value.take() {
            Some(value) => value,
            None => self.expansion.value(&self.point),
        };
        let layers = self.free();
        let (mut tilts, mut point) = (self.tilts.clone(), self.point.clone());
        let mut residual: Option<Tensor<2>> = None;
        let mut broken: Option<Tensor<2, Bool>> = None;
        for &layer in &layers {
            let target = self.expansion.balance(layer, &self.point);
            let step = self.share.clone() * rate;
            let pull = combine(&target, &self.tilts[layer], |to, from| {
                (to - from) * step.clone()
            });
            let velocity = combine(&pull, &self.velocity[layer], |pull, old| {
                pull + old * momentum
            });
            tilts[layer] = combine(&self.tilts[layer], &velocity, |x, step| x + step);
            let (found, bad) = self.try_tilt(layer, &tilts[layer]);
            let whole = self.expansion.machine().layers[layer].cumulants(&target);
            let change = change(&whole, &self.point[layer], &target);
            residual = Some(larger(residual, change));
            point[layer] = found;
            self.velocity[layer] = velocity;
            broken = either(broken, bad);
        }
        let Some(residual) = residual else {
            return before.zeros_like();
        };
        let after = self.expansion.value(&point);
        // A rounding error is no climb.
        let slack = before.clone().abs() * 1e-6;
        let climbed = after.clone().lower(before.clone() - slack);
        let lost = after
            .clone()
            .is_nan()
            .bool_or(climbed)
            .unsqueeze_dim::<2>(1);
        let back = match broken {
            Some(broken) => broken.bool_or(lost),
            None => lost,
        };
        for layer in layers {
            let (tilt, found) = (tilts[layer].clone(), point[layer].clone());
            self.take(layer, tilt, found, Some(&back));
            self.velocity[layer] = map(&self.velocity[layer], |x| {
                x.clone().mask_fill(back.clone().expand(x.dims()), 0.0)
            });
        }
        self.value = Some(after.mask_where(back.clone().squeeze_dim(1), before));
        self.adapt(&back);
        residual.squeeze_dim(1)
    }

    /// The cumulants under a tilt, and for which starts they are no numbers: units without a
    /// variance of their own always have some.
    fn try_tilt(&self, layer: usize, tilt: &Tilt) -> (Cumulants, Option<Tensor<2, Bool>>) {
        let found = self.expansion.machine().layers[layer].cumulants(tilt);
        let bad = tilt.curvature.as_ref().map(|_| {
            let sum = found.mean.clone().sum_dim(1) + found.second.clone().sum_dim(1);
            sum.clone().is_nan().bool_or(sum.is_inf())
        });
        (found, bad)
    }

    /// Goes on from new cumulants, but for the starts that are to stay.
    fn take(&mut self, layer: usize, tilt: Tilt, found: Cumulants, stay: Option<&Tensor<2, Bool>>) {
        let Some(stay) = stay else {
            self.tilts[layer] = tilt;
            self.point[layer] = found;
            return;
        };
        let keep = |new: Tensor<2>, old: Tensor<2>| {
            let stay = stay.clone().expand(new.dims());
            new.mask_where(stay, old)
        };
        let old = self.point[layer].clone();
        self.point[layer] = Cumulants {
            mean: keep(found.mean, old.mean),
            second: keep(found.second, old.second),
            third: keep(found.third, old.third),
        };
        self.tilts[layer] = combine(&tilt, &self.tilts[layer], keep);
    }

    /// Starts that are farther from stationary than when last looked at go on in shorter steps, the
    /// others in longer ones again.
    pub fn damp_where_grown(&mut self, residual: Tensor<1>) {
        if let Some(before) = self.looked_at.replace(residual.clone()) {
            let grown = residual.greater(before).unsqueeze_dim::<2>(1);
            // Not so short that a rounding error would be taken for a way to go.
            let shorter = (self.share.clone() * SHORTER).clamp_min(DAMPED);
            let longer = (self.share.clone() * LONGER).clamp_max(1.0);
            self.share = longer.mask_where(grown, shorter);
        }
    }

    fn adapt(&mut self, stay: &Tensor<2, Bool>) {
        let longer = (self.share.clone() * LONGER).clamp_max(1.0);
        let shorter = (self.share.clone() * SHORTER).clamp_min(LEAST);
        self.share = longer.mask_where(stay.clone(), shorter);
    }

    /// What was found, and how far it is from stationary without damping.
    pub fn finish(self, iterations: usize, tolerance: f64) -> Solution {
        let mut residual: Option<Tensor<2>> = None;
        for layer in self.free() {
            let target = self.expansion.balance(layer, &self.point);
            let (found, bad) = self.try_tilt(layer, &target);
            let change = change(&found, &self.point[layer], &target);
            let change = match bad {
                Some(bad) => change.mask_fill(bad, FAR),
                None => change,
            };
            residual = Some(larger(residual, change));
        }
        let read = |x: Tensor<1>| -> Vec<f64> { x.into_data().iter().collect() };
        let terms = self.expansion.terms(&self.point);
        let beyond = terms.iter().skip(2).map(|term| term.clone().abs());
        let beyond = beyond.reduce(|most, term| most.max_pair(term));
        let beyond = beyond.map_or_else(|| vec![f64::NAN; self.point[0].mean.dims()[0]], read);
        let values = terms.into_iter().reduce(|sum, term| sum + term);
        let values = read(values.expect("that of independent units"));
        let residuals = match residual {
            Some(residual) => read(residual.squeeze_dim(1)),
            None => vec![0.0; values.len()],
        };
        Solution {
            point: self.point,
            values,
            beyond_mean_field: beyond,
            residuals,
            tolerance,
            iterations,
        }
    }
}

/// How far moments are from others: the largest difference of means and, where units have a variance
/// of their own, of variances relative to those before: `[batch, 1]`.
fn change(new: &Cumulants, old: &Cumulants, tilt: &Tilt) -> Tensor<2> {
    let means = (new.mean.clone() - old.mean.clone()).abs().max_dim(1);
    if tilt.curvature.is_none() {
        return means;
    }
    let variances = new.second.clone() / old.second.clone() - 1.0;
    means.max_pair(variances.abs().max_dim(1))
}

fn larger(one: Option<Tensor<2>>, other: Tensor<2>) -> Tensor<2> {
    match one {
        Some(one) => one.max_pair(other),
        None => other,
    }
}

fn toward(from: &Tilt, to: &Tilt, step: &Tensor<2>) -> Tilt {
    combine(from, to, |from, to| {
        let way = to - from.clone();
        from + way * step.clone()
    })
}

/// Field by field; a curvature that one has not is zero.
fn combine(left: &Tilt, right: &Tilt, with: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>) -> Tilt {
    let curvature = match (&left.curvature, &right.curvature) {
        (None, None) => None,
        (left, right) => {
            let zero = || {
                left.as_ref()
                    .or(right.as_ref())
                    .expect("one of them")
                    .zeros_like()
            };
            let or_zero = |x: &Option<Tensor<2>>| x.clone().unwrap_or_else(zero);
            Some(with(or_zero(left), or_zero(right)))
        }
    };
    Tilt {
        field: with(left.field.clone(), right.field.clone()),
        curvature,
    }
}

fn map(tilt: &Tilt, with: impl Fn(&Tensor<2>) -> Tensor<2>) -> Tilt {
    Tilt {
        field: with(&tilt.field),
        curvature: tilt.curvature.as_ref().map(&with),
    }
}

fn either(one: Option<Tensor<2, Bool>>, other: Option<Tensor<2, Bool>>) -> Option<Tensor<2, Bool>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.bool_or(other)),
        (one, other) => one.or(other),
    }
}
