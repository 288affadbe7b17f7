//! Iterations from many starts to stationary points of Γ, in the natural parameters of the layers.

use burn::tensor::{Bool, Tensor};
use paysage_layers::{Cumulants, NaturalParameters, Tap};
use paysage_models::State;

use crate::{Method, PlefkaExpansion, Solution};

/// Factor of the step after a step that was not finite, or a descent step that increased −Γ; and
/// factor of recovery after other steps.
const SHORTER: f64 = 0.5;
const LONGER: f64 = 1.1;

/// Smallest step of a start whose residual grows.
const DAMPED: f64 = 0.1;

/// Residual of a start that is not finite.
const FAR: f64 = 1e30;

/// Smallest step, as a fraction of the required one.
const LEAST: f64 = 1e-6;

/// The state of an iteration.
pub(crate) struct Iteration<'a, L: Tap> {
    expansion: &'a PlefkaExpansion<'a, L>,
    point: Vec<Cumulants>,
    natural: Vec<NaturalParameters>,
    /// The last step of each layer, for descent.
    velocity: Vec<NaturalParameters>,
    /// Step size of each start, as a fraction: `[batch, 1]`.
    share: Tensor<2>,
    /// Γ of each start, for descent.
    value: Option<Tensor<1>>,
    /// The last residuals that were computed.
    residuals: Option<Tensor<1>>,
    /// The residuals that the step sizes were last adapted to.
    adapted_to: Option<Tensor<1>>,
    has_begun: bool,
}

impl<'a, L: Tap> Iteration<'a, L> {
    pub fn new(expansion: &'a PlefkaExpansion<'a, L>, starts: &State) -> Self {
        let layers = expansion.machine().layers.iter().zip(&starts.layers);
        let point = layers.enumerate().map(|(l, (layer, states))| {
            if expansion.is_clamped(l) {
                return certain(states.clone());
            }
            layer.cumulants_of_means(states.clone())
        });
        let natural: Vec<NaturalParameters> = starts.layers.iter().map(still).collect();
        Self::at(expansion, point.collect(), natural, false)
    }

    /// Starts from the natural parameters of an earlier iteration. Those with invalid variances for
    /// the current machine are reset.
    pub fn from_natural(
        expansion: &'a PlefkaExpansion<'a, L>,
        natural: Vec<NaturalParameters>,
    ) -> Self {
        let layers = expansion.machine().layers.iter().zip(natural);
        let layers = layers.map(|(layer, mut natural)| {
            let mut point = layer.cumulants(&natural);
            if let Some(curvature) = natural.curvature.take() {
                let none = not_finite(&point).expand(curvature.dims());
                natural.curvature = Some(curvature.mask_fill(none, 0.0));
                point = layer.cumulants(&natural);
            }
            (point, natural)
        });
        let (point, natural) = layers.unzip();
        Self::at(expansion, point, natural, true)
    }

    fn at(
        expansion: &'a PlefkaExpansion<'a, L>,
        point: Vec<Cumulants>,
        natural: Vec<NaturalParameters>,
        has_begun: bool,
    ) -> Self {
        let batch = natural[0].field.dims()[0];
        Self {
            expansion,
            velocity: natural
                .iter()
                .map(|natural| still(&natural.field))
                .collect(),
            share: natural[0].field.clone().slice([0..batch, 0..1]).ones_like(),
            point,
            natural,
            value: None,
            residuals: None,
            adapted_to: None,
            has_begun,
        }
    }

    /// The moments, the natural parameters and the last residuals.
    pub fn into_parts(self) -> (Vec<Cumulants>, Vec<NaturalParameters>, Option<Tensor<1>>) {
        (self.point, self.natural, self.residuals)
    }

    /// The last residuals that were computed: `[batch]`.
    pub fn residuals(&self) -> Option<Tensor<1>> {
        self.residuals.clone()
    }

    fn free(&self) -> Vec<usize> {
        let blocks = self.expansion.machine().blocks().into_iter().flatten();
        blocks
            .filter(|&layer| !self.expansion.is_clamped(layer))
            .collect()
    }

    /// One iteration, with new [`residuals`](Self::residuals) where `look` is set.
    pub fn step(&mut self, method: Method, look: bool) {
        // The starting states have no finite natural parameters: the first step is not damped.
        let begins = !std::mem::replace(&mut self.has_begun, true);
        match method {
            _ if begins => self.update(1.0, look),
            Method::SelfConsistent { damping } => self.update((1.0 - damping).max(LEAST), look),
            Method::Descent { rate, momentum } => self.descend(rate, momentum),
        }
    }

    fn update(&mut self, step: f64, look: bool) {
        let mut residual: Option<Tensor<2>> = None;
        let mut broken: Option<Tensor<2, Bool>> = None;
        for layer in self.free() {
            let cavity = self.expansion.cavity_fields(layer, &self.point);
            let step = self.share.clone() * step;
            let (from, at) = (&self.natural[layer], &self.point[layer]);
            let units = &self.expansion.machine().layers[layer];
            let (natural, found) = units.stepped(from, at, &cavity, &step);
            let bad = broken_by(&natural, &found);
            if look {
                let change = self.change(layer, &found) / step;
                residual = Some(larger(residual, change));
            }
            self.take(layer, natural, found, bad.as_ref());
            broken = either(broken, bad);
        }
        if let Some(broken) = &broken {
            self.adapt(broken);
        }
        if let Some(residual) = residual {
            let residual = match broken {
                Some(broken) => residual.mask_fill(broken, FAR),
                None => residual,
            };
            self.residuals = Some(residual.squeeze_dim(1));
        }
    }

    /// A step of descent of all layers.
    fn descend(&mut self, rate: f64, momentum: f64) {
        let before = match self.value.take() {
            Some(value) => value,
            None => self.expansion.value(&self.point),
        };
        let layers = self.free();
        let (mut natural, mut point) = (self.natural.clone(), self.point.clone());
        let mut residual: Option<Tensor<2>> = None;
        let mut broken: Option<Tensor<2, Bool>> = None;
        for &layer in &layers {
            let target = self.expansion.self_consistency(layer, &self.point);
            let step = self.share.clone() * rate;
            let force =
                target.combined(&self.natural[layer], |to, from| (to - from) * step.clone());
            let velocity =
                force.combined(&self.velocity[layer], |force, old| force + old * momentum);
            natural[layer] = self.natural[layer].combined(&velocity, |x, step| x + step);
            let found = self.expansion.machine().layers[layer].cumulants(&natural[layer]);
            let bad = broken_by(&natural[layer], &found);
            let whole = self.expansion.machine().layers[layer].cumulants(&target);
            residual = Some(larger(residual, self.change(layer, &whole)));
            point[layer] = found;
            self.velocity[layer] = velocity;
            broken = either(broken, bad);
        }
        let Some(residual) = residual else {
            return;
        };
        self.residuals = Some(residual.squeeze_dim(1));
        let after = self.expansion.value(&point);
        // Up to rounding.
        let slack = before.clone().abs() * 1e-6;
        let climbed = after.clone().lower(before.clone() - slack);
        let lost = after.clone().is_nan().bool_or(climbed);
        let lost = lost.unsqueeze_dim::<2>(1);
        let back = match broken {
            Some(broken) => broken.bool_or(lost),
            None => lost,
        };
        for layer in layers {
            let (natural, found) = (natural[layer].clone(), point[layer].clone());
            self.take(layer, natural, found, Some(&back));
            self.velocity[layer] = map(&self.velocity[layer], |x| {
                x.clone().mask_fill(back.clone().expand(x.dims()), 0.0)
            });
        }
        self.value = Some(after.mask_where(back.clone().squeeze_dim(1), before));
        self.adapt(&back);
    }

    /// The largest change of a scaled moment of a layer: `[batch, 1]`.
    fn change(&self, layer: usize, to: &Cumulants) -> Tensor<2> {
        let scaled = |at: &Cumulants| self.expansion.machine().layers[layer].standardized(at);
        (scaled(to) - scaled(&self.point[layer])).abs().max_dim(1)
    }

    /// Accepts new cumulants, except for the starts that stay.
    fn take(
        &mut self,
        layer: usize,
        natural: NaturalParameters,
        found: Cumulants,
        stay: Option<&Tensor<2, Bool>>,
    ) {
        let Some(stay) = stay else {
            self.natural[layer] = natural;
            self.point[layer] = found;
            return;
        };
        self.point[layer] = choose(stay, self.point[layer].clone(), found);
        self.natural[layer] = natural.combined(&self.natural[layer], |new, old| {
            let stay = stay.clone().expand(new.dims());
            new.mask_where(stay, old)
        });
    }

    /// Halves the step of starts whose residual has grown, and lengthens that of the others.
    pub fn damp_where_grown(&mut self, residual: Tensor<1>) {
        if let Some(before) = self.adapted_to.replace(residual.clone()) {
            let grown = residual.greater(before).unsqueeze_dim::<2>(1);
            // Bounded from below: the residual is a change divided by the step.
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

    /// The solution, with the residuals of undamped steps.
    pub fn finish(mut self, iterations: usize, tolerance: f64) -> Solution {
        let free = self.free();
        let mut residual: Option<Tensor<2>> = None;
        for &layer in &free {
            let target = self.expansion.self_consistency(layer, &self.point);
            let found = self.expansion.machine().layers[layer].cumulants(&target);
            let change = self.change(layer, &found);
            let change = change.clone().mask_fill(change.is_nan(), FAR);
            residual = Some(larger(residual, change));
        }
        for &layer in &free {
            self.reset_not_finite(layer);
        }
        let read = |x: Tensor<1>| -> Vec<f64> { x.into_data().iter().collect() };
        let terms = self.expansion.terms(&self.point);
        let beyond = terms.iter().skip(2).map(|term| term.clone().abs());
        let beyond = beyond.reduce(|most, term| most.max_pair(term));
        let mean_field = terms.iter().take(2).cloned().reduce(|sum, term| sum + term);
        let mean_field = read(mean_field.expect("the term of independent units"));
        let values = terms.into_iter().reduce(|sum, term| sum + term);
        let values = read(values.expect("the term of independent units"));
        let starts = values.len();
        Solution {
            mean_field,
            beyond_mean_field: beyond.map_or_else(|| vec![f64::NAN; starts], read),
            residuals: residual.map_or_else(|| vec![0.0; starts], |x| read(x.squeeze_dim(1))),
            scaled: self.scaled(&free, starts),
            point: self.point,
            values,
            tolerance,
            iterations,
        }
    }

    /// Replaces moments that are not finite, as for weights that overflow, by those of an uncoupled
    /// layer.
    fn reset_not_finite(&mut self, layer: usize) {
        let at = &self.point[layer];
        let alone = self.expansion.machine().layers[layer].cumulants(&still(&at.mean));
        self.point[layer] = choose(&not_finite(at), alone, at.clone());
    }

    /// The scaled moments of some layers, per start.
    fn scaled(&self, layers: &[usize], starts: usize) -> Vec<Vec<f64>> {
        let mut rows = vec![Vec::new(); starts];
        for &layer in layers {
            let scaled = self.expansion.machine().layers[layer].standardized(&self.point[layer]);
            let width = scaled.dims()[1];
            let values: Vec<f64> = scaled.into_data().iter().collect();
            for (row, values) in rows.iter_mut().zip(values.chunks(width)) {
                row.extend_from_slice(values);
            }
        }
        rows
    }
}

/// Cumulants of units in given states, without variance.
fn certain(states: Tensor<2>) -> Cumulants {
    Cumulants {
        second: states.zeros_like(),
        third: states.zeros_like(),
        mean: states,
    }
}

fn still(like: &Tensor<2>) -> NaturalParameters {
    NaturalParameters {
        field: like.zeros_like(),
        curvature: None,
    }
}

/// The starts for which some moment is not finite: `[batch, 1]`.
fn not_finite(at: &Cumulants) -> Tensor<2, Bool> {
    // A sum is finite only if all its terms are.
    let sum = (at.mean.clone() + at.second.clone()).sum_dim(1);
    sum.clone().is_nan().bool_or(sum.is_inf())
}

fn larger(one: Option<Tensor<2>>, other: Tensor<2>) -> Tensor<2> {
    match one {
        Some(one) => one.max_pair(other),
        None => other,
    }
}

/// The starts whose cumulants are not finite. Units without an independent variance have finite cumulants for all finite
/// fields.
fn broken_by(natural: &NaturalParameters, found: &Cumulants) -> Option<Tensor<2, Bool>> {
    natural.curvature.as_ref().map(|_| not_finite(found))
}

fn map(natural: &NaturalParameters, with: impl Fn(&Tensor<2>) -> Tensor<2>) -> NaturalParameters {
    NaturalParameters {
        field: with(&natural.field),
        curvature: natural.curvature.as_ref().map(&with),
    }
}

/// The cumulants of `one` where the mask is set, elsewhere those of `other`.
fn choose(which: &Tensor<2, Bool>, one: Cumulants, other: Cumulants) -> Cumulants {
    let pick = |one: Tensor<2>, other: Tensor<2>| {
        let which = which.clone().expand(other.dims());
        other.mask_where(which, one)
    };
    Cumulants {
        mean: pick(one.mean, other.mean),
        second: pick(one.second, other.second),
        third: pick(one.third, other.third),
    }
}

fn either(one: Option<Tensor<2, Bool>>, other: Option<Tensor<2, Bool>>) -> Option<Tensor<2, Bool>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.bool_or(other)),
        (one, other) => one.or(other),
    }
}
