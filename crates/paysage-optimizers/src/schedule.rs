//! Learning rates as functions of the step, counted from 0.
//!
//! A schedule is any `Fn(usize) -> f64`: it has no state to save, and a resumed training calls it
//! with the next step. [`Schedule`](crate::Schedule) is a schedule by name, as a function of the fraction
//! of training that is done.

/// The same rate at every step.
///
/// ```
/// let rate = paysage_optimizers::schedule::constant(0.01);
/// assert_eq!(rate(1000), 0.01);
/// ```
pub fn constant(rate: f64) -> impl Fn(usize) -> f64 + Clone + Send {
    move |_| rate
}

/// A straight line from one rate to another over so many steps, and the last rate after that.
///
/// ```
/// let rate = paysage_optimizers::schedule::linear(1.0, 0.0, 10);
/// assert_eq!([rate(0), rate(5), rate(10), rate(99)], [1.0, 0.5, 0.0, 0.0]);
/// ```
pub fn linear(from: f64, to: f64, steps: usize) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| {
        let part = fraction(step, steps);
        from + (to - from) * part
    }
}

/// One rate before a step, another from that step on.
///
/// ```
/// let rate = paysage_optimizers::schedule::step(1.0, 0.1, 10);
/// assert_eq!([rate(0), rate(9), rate(10), rate(99)], [1.0, 1.0, 0.1, 0.1]);
/// ```
pub fn step(from: f64, to: f64, at: usize) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| if step < at { from } else { to }
}

/// Half a cosine from one rate to another over so many steps: flat at both ends.
///
/// Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
///
/// ```
/// let rate = paysage_optimizers::schedule::cosine(1.0, 0.0, 10);
/// assert!((rate(5) - 0.5).abs() < 1e-12);
/// ```
pub fn cosine(from: f64, to: f64, steps: usize) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| {
        let part = fraction(step, steps);
        to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
    }
}

/// rate · factor^(step/steps): multiplied by the factor every so many steps, smoothly.
///
/// ```
/// let rate = paysage_optimizers::schedule::exponential(1.0, 0.25, 10);
/// assert_eq!([rate(0), rate(5), rate(20)], [1.0, 0.5, 0.0625]);
/// ```
pub fn exponential(rate: f64, factor: f64, steps: usize) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| rate * factor.powf(step as f64 / steps.max(1) as f64)
}

/// rate / (1 + step/steps)^power: for a power in (½, 1] the sum of the rates diverges and that of
/// their squares does not, as the convergence of persistent chains asks for.
///
/// ```
/// let rate = paysage_optimizers::schedule::power_law(1.0, 1.0, 10);
/// assert_eq!(rate(10), 0.5);
/// ```
pub fn power_law(rate: f64, power: f64, steps: usize) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| rate / (1.0 + step as f64 / steps.max(1) as f64).powf(power)
}

/// Another schedule, raised from zero in a straight line over its first steps.
///
/// ```
/// use paysage_optimizers::schedule::{constant, warmup};
///
/// let rate = warmup(4, constant(1.0));
/// assert_eq!([rate(0), rate(1), rate(3), rate(4)], [0.25, 0.5, 1.0, 1.0]);
/// ```
pub fn warmup(
    steps: usize,
    then: impl Fn(usize) -> f64 + Clone + Send,
) -> impl Fn(usize) -> f64 + Clone + Send {
    move |step| then(step) * ((step + 1) as f64 / steps.max(1) as f64).min(1.0)
}

fn fraction(step: usize, steps: usize) -> f64 {
    (step as f64 / steps.max(1) as f64).min(1.0)
}
