//! Starts on their way to stationary points, in the natural parameters of their layers.

use burn::tensor::{Bool, Tensor};
use paysage_layers::{Cumulants, NaturalParameters, Tap};
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
    natural: Vec<NaturalParameters>,
    /// Of a descent: the last step of each layer.
    velocity: Vec<NaturalParameters>,
    /// Each start's share of the step: `[batch, 1]`.
    share: Tensor<2>,
    /// Γ of each start, for the ratchet.
    value: Option<Tensor<1>>,
    /// How far each start was from where it would go, when that was last asked.
    residuals: Option<Tensor<1>>,
    /// The residuals by which steps were last made shorter or longer.
    looked_at: Option<Tensor<1>>,
    has_begun: bool,
}

impl<'a, L: Tap> Walk<'a, L> {
    pub fn new(expansion: &'a Expansion<'a, L>, starts: &State) -> Self {
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

    /// From the natural parameters of an earlier walk. Curvatures under which some variance of a start is none now
    /// are forgotten.
    pub fn from_natural(expansion: &'a Expansion<'a, L>, natural: Vec<NaturalParameters>) -> Self {
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
        expansion: &'a Expansion<'a, L>,
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
            looked_at: None,
            has_begun,
        }
    }

    /// Where the starts are, their natural parameters, and their residuals when they were last looked at.
    pub fn into_parts(self) -> (Vec<Cumulants>, Vec<NaturalParameters>, Option<Tensor<1>>) {
        (self.point, self.natural, self.residuals)
    }

    /// How far each start was from where it would go, when it was last looked at.
    pub fn residuals(&self) -> Option<Tensor<1>> {
        self.residuals.clone()
    }

    fn free(&self) -> Vec<usize> {
        let blocks = self.expansion.machine().blocks().into_iter().flatten();
        blocks
            .filter(|&layer| !self.expansion.is_clamped(layer))
            .collect()
    }

    /// One iteration; where it is looked at, with new [`residuals`](Self::residuals).
    pub fn step(&mut self, method: Method, look: bool) {
        // Certain states have no finite natural parameters to go on from: the first step goes all the way.
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
            let target = self.expansion.self_consistency(layer, &self.point);
            let step = self.share.clone() * step;
            let natural = toward(&self.natural[layer], &target, &step);
            let (found, bad) = self.try_natural(layer, &natural);
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
            let change = combine(&target, &self.natural[layer], |to, from| {
                (to - from) * step.clone()
            });
            let velocity = combine(&change, &self.velocity[layer], |change, old| {
                change + old * momentum
            });
            natural[layer] = combine(&self.natural[layer], &velocity, |x, step| x + step);
            let (found, bad) = self.try_natural(layer, &natural[layer]);
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
        // A rounding error is no climb.
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

    /// The cumulants for natural parameters, and for which starts they are no numbers: units without a
    /// variance of their own have some unless a field is none, which no shorter step would mend.
    fn try_natural(
        &self,
        layer: usize,
        natural: &NaturalParameters,
    ) -> (Cumulants, Option<Tensor<2, Bool>>) {
        let found = self.expansion.machine().layers[layer].cumulants(natural);
        let bad = natural.curvature.as_ref().map(|_| not_finite(&found));
        (found, bad)
    }

    /// How far a layer would move, in the scale of its units: `[batch, 1]`.
    fn change(&self, layer: usize, to: &Cumulants) -> Tensor<2> {
        let scaled = |at: &Cumulants| self.expansion.machine().layers[layer].standardized(at);
        (scaled(to) - scaled(&self.point[layer])).abs().max_dim(1)
    }

    /// Goes on from new cumulants, but for the starts that are to stay.
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
        self.natural[layer] = combine(&natural, &self.natural[layer], |new, old| {
            let stay = stay.clone().expand(new.dims());
            new.mask_where(stay, old)
        });
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
            self.forget_what_is_no_number(layer);
        }
        let read = |x: Tensor<1>| -> Vec<f64> { x.into_data().iter().collect() };
        let terms = self.expansion.terms(&self.point);
        let beyond = terms.iter().skip(2).map(|term| term.clone().abs());
        let beyond = beyond.reduce(|most, term| most.max_pair(term));
        let values = terms.into_iter().reduce(|sum, term| sum + term);
        let values = read(values.expect("that of independent units"));
        let starts = values.len();
        Solution {
            beyond_mean_field: beyond.map_or_else(|| vec![f64::NAN; starts], read),
            residuals: residual.map_or_else(|| vec![0.0; starts], |x| read(x.squeeze_dim(1))),
            scaled: self.scaled(&free, starts),
            point: self.point,
            values,
            tolerance,
            iterations,
        }
    }

    /// Moments that are no numbers, as under weights beyond the range of numbers, become those of a
    /// layer alone.
    fn forget_what_is_no_number(&mut self, layer: usize) {
        let at = &self.point[layer];
        let alone = self.expansion.machine().layers[layer].cumulants(&still(&at.mean));
        self.point[layer] = choose(&not_finite(at), alone, at.clone());
    }

    /// The moments of some layers in the scale of their units, start by start.
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

/// Units in states that are certain, of any kind.
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

/// For which starts some moments are no numbers: `[batch, 1]`.
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

fn toward(from: &NaturalParameters, to: &NaturalParameters, step: &Tensor<2>) -> NaturalParameters {
    combine(from, to, |from, to| {
        let way = to - from.clone();
        from + way * step.clone()
    })
}

/// Field by field; a curvature that one has not is zero.
fn combine(
    left: &NaturalParameters,
    right: &NaturalParameters,
    with: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> NaturalParameters {
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
    NaturalParameters {
        field: with(left.field.clone(), right.field.clone()),
        curvature,
    }
}

fn map(natural: &NaturalParameters, with: impl Fn(&Tensor<2>) -> Tensor<2>) -> NaturalParameters {
    NaturalParameters {
        field: with(&natural.field),
        curvature: natural.curvature.as_ref().map(&with),
    }
}

/// The cumulants of one where asked for, elsewhere those of the other.
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
