//! ln Z by annealing in both directions.

use super::{
    Annealing, Bennett, Doubt, Estimate, Interval, between::Forward, exchange::is_given,
    weights::FEW,
};

/// Starting states of reverse chains, on which the upper bound depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Exact samples of the machine: the bound holds with its confidence.
    Exact,
    /// Samples of replica exchange between the bases and the machine. Where it has not mixed, the bound
    /// may not hold.
    Replicas {
        /// Number of sweeps.
        sweeps: usize,
        /// Number of densities, those of the bases and of the machine included.
        replicas: usize,
        /// Number of independent samples of the bases that the starting states came from.
        arrivals: usize,
    },
}

/// ln Z by annealing between one base and the machine, in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Population {
    /// From forward chains. The mean weight is unbiased, so its logarithm is too low on average:
    /// [`Estimate::low`] is a stochastic lower bound of ln Z with 98.75 % confidence. For any number of
    /// effective chains the estimate exceeds ln Z by x nats with a probability of at most e⁻ˣ.
    pub forward: Estimate,
    /// From reverse chains, too high on average: [`Estimate::high`] is a stochastic upper bound with
    /// 98.75 % confidence, if the chains started from the distribution of the machine. Chains that came
    /// from one sample of a base are a cluster.
    pub reverse: Estimate,
    /// The same with the chains that started where replicas have not moved away from rows of the data or
    /// given chains. Replicas stay the longest in the modes that are left the most seldom, so that without
    /// them these modes would have too little weight.
    pub all: Estimate,
    /// From these chains alone, if they are enough for an estimate.
    pub given: Option<Estimate>,
    /// Share of the reverse chains that started in states whose replicas have not been at a base yet.
    pub started: f64,
    /// From both directions, by Bennett's acceptance ratio.
    pub bennett: Bennett,
}

/// With a larger share of such chains their states may not have the distribution of the machine yet.
const MOST_STARTED: f64 = 0.2;

/// With a larger difference, in standard errors, the values from both bases disagree. A normal one is smaller
/// in 98.8 % of estimates.
const MOST_ERRORS: f64 = 2.5;

impl Population {
    /// From forward chains and the log weights of reverse ones, with the origins of these where they are
    /// not exact samples.
    pub(super) fn new(forward: &Forward, reverse: &[f64], origins: Option<Vec<i64>>) -> Self {
        let above = |estimate: Estimate| estimate.subtracted_from(forward.base);
        let (arrived, all, given) = match &origins {
            None => {
                let estimate = above(Estimate::of_log_weights(reverse));
                (estimate, estimate, None)
            }
            Some(origins) => {
                let both = reverse.iter().copied().zip(origins.iter().copied());
                let (given, arrived): (Vec<_>, Vec<_>) = both.partition(|(_, o)| is_given(*o));
                let of = |chains: Vec<(f64, i64)>| {
                    let (weights, origins): (Vec<f64>, Vec<i64>) = chains.into_iter().unzip();
                    above(Estimate::of_clusters(&weights, &origins))
                };
                let all = above(Estimate::of_clusters(reverse, origins));
                let arrived = if arrived.is_empty() { all } else { of(arrived) };
                let given = (!given.is_empty()).then(|| of(given));
                (
                    arrived,
                    all,
                    given.filter(|given| given.effective_chains >= FEW),
                )
            }
        };
        let started = origins
            .iter()
            .flatten()
            .filter(|&&origin| origin < 0)
            .count();
        // Exact samples are independent.
        let clusters: Vec<i64> = match &origins {
            Some(origins) => origins.clone(),
            None => (0..).take(reverse.len()).collect(),
        };
        let bennett = Bennett::of_log_weights(&forward.weights, reverse, clusters.into_iter());
        Self {
            forward: forward.estimate(),
            reverse: arrived,
            all,
            given,
            started: started as f64 / reverse.len() as f64,
            bennett: Bennett {
                value: forward.base + bennett.value,
                ..bennett
            },
        }
    }

    /// The upper bound.
    fn high(&self) -> f64 {
        self.reverse.high().max(self.all.high())
    }
}

/// ln Z by annealing in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogPartition {
    /// The settings.
    pub annealing: Annealing,
    /// From the base with the marginals of the data; without data, from the uniform one.
    pub first: Population,
    /// From the uniform base. Modes that the first base hides from its chains show here.
    pub second: Option<Population>,
    /// Starting states of the reverse chains.
    pub starts: Starts,
}

impl LogPartition {
    /// The estimate from both directions between the stochastic lower and upper bounds, which hold
    /// together with 95 % confidence.
    ///
    /// The lower bound is the higher one from both bases. The upper bound is that of the reverse chains of the
    /// base whose estimates from both directions are the closest. Where these did not start from exact samples,
    /// which may lack a mode and give an estimate that is too low, it is that of forward chains if it is
    /// higher. Where the bounds contradict each other, both bases disagree, or given states have more weight than
    /// those that came from a base, the interval is wider ([`doubts`](Self::doubts)).
    #[must_use]
    pub fn interval(&self) -> Interval {
        let low = self.low();
        let mut high = self.above().high();
        if self.starts != Starts::Exact {
            let errors = |a: &Estimate, b: &Estimate| a.standard_error.total_cmp(&b.standard_error);
            let forward = self.populations().map(|p| p.forward);
            let forward = forward.filter(|f| f.effective_chains >= FEW).min_by(errors);
            high = forward.map_or(high, |forward| high.max(forward.high()));
        }
        if !self.is_consistent() || self.disagreement().is_some() {
            let bounds = self.populations().flat_map(|p| [p.forward, p.reverse]);
            high = bounds.map(|bound| bound.high()).fold(low, f64::max);
        }
        if let Some(given) = self.heavier_given() {
            high = high.max(given.high());
        }
        let errors = |a: &Bennett, b: &Bennett| a.standard_error.total_cmp(&b.standard_error);
        let best = self.populations().map(|p| p.bennett).min_by(errors);
        let value = match best {
            Some(bennett) if bennett.standard_error.is_finite() => bennett.value,
            _ => 0.5 * (low + high),
        };
        Interval {
            low,
            value: value.max(low).min(high),
            high,
        }
    }

    /// Whether the lower bound is below the upper one. Otherwise the replicas from which the chains of the
    /// upper bound start have not mixed; by chance this is rare.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.low() <= self.above().high()
    }

    /// Reasons why the interval may not hold ln Z; none where it is reliable.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if !self.is_consistent() {
            doubts.push(Doubt::Contradiction);
        }
        if matches!(self.starts, Starts::Exact) {
            return doubts;
        }
        if let Some(nats) = self.disagreement() {
            doubts.push(Doubt::Disagreement { nats });
        }
        if self.heavier_given().is_some() {
            doubts.push(Doubt::HeavierStates);
        }
        let effective = self.effective_samples();
        if effective < FEW {
            doubts.push(Doubt::FewArrivals { effective });
        }
        let share = self.above().started;
        if share > MOST_STARTED {
            doubts.push(Doubt::Starts { share });
        }
        let forward = self.populations().map(|p| p.forward.effective_chains);
        let effective = forward.fold(0.0, f64::max);
        if effective < FEW {
            doubts.push(Doubt::FewChains { effective });
        }
        doubts
    }

    /// Whether there is no reason to doubt the interval.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.doubts().is_empty()
    }

    /// Both bases.
    fn populations(&self) -> impl Iterator<Item = &Population> {
        [Some(&self.first), self.second.as_ref()]
            .into_iter()
            .flatten()
    }

    fn low(&self) -> f64 {
        let lows = self.populations().map(|p| p.forward.low());
        lows.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The base of the upper bound: that whose two estimates are the closest, among those of enough
    /// effective chains; without one of them that of the most.
    fn above(&self) -> &Population {
        let enough = |p: &&Population| p.reverse.effective_chains >= FEW;
        let gap = |p: &Population| (p.reverse.value - p.forward.value).abs();
        let closest = |a: &&Population, b: &&Population| gap(a).total_cmp(&gap(b));
        let effective = |p: &Population| p.reverse.effective_chains;
        let most = |a: &&Population, b: &&Population| effective(a).total_cmp(&effective(b));
        let closest = self.populations().filter(enough).min_by(closest);
        closest
            .or_else(|| self.populations().max_by(most))
            .unwrap_or(&self.first)
    }

    /// The difference of the values from both bases, if their standard errors do not explain it: one of them
    /// lacks a mode.
    fn disagreement(&self) -> Option<f64> {
        if self.starts == Starts::Exact {
            return None;
        }
        let (first, second) = (self.first.bennett, self.second?.bennett);
        let nats = (first.value - second.value).abs();
        let error = first.standard_error.hypot(second.standard_error);
        (error.is_finite() && nats > MOST_ERRORS * error).then_some(nats)
    }

    /// Effective number of independent samples of a base that the upper bound depends on, by the weights of
    /// the chains.
    #[must_use]
    pub fn effective_samples(&self) -> f64 {
        self.above().reverse.effective_chains
    }

    /// The highest estimate from given states, if it contradicts the upper bound.
    fn heavier_given(&self) -> Option<Estimate> {
        let high = self.above().high();
        let given = self.populations().filter_map(|p| p.given);
        let heavier = given.filter(|given| given.low() > high);
        heavier.max_by(|a, b| a.high().total_cmp(&b.high()))
    }

    pub(super) fn is_finite(&self) -> bool {
        let mut estimates = self.populations().flat_map(|p| [p.forward, p.reverse]);
        estimates.all(|e| e.value.is_finite() && e.standard_error.is_finite())
    }
}
