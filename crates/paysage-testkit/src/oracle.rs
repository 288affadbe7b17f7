//! Small machines a second time: formulas on the host, in f64, with sums and quadrature.

use burn::tensor::Tensor;
use paysage_layers::{AnyLayer, Layer, Trainable};
use paysage_models::{BoltzmannMachine, State};

use crate::quadrature::interval;

/// A layer as its formulas.
#[derive(Clone, Debug)]
pub enum OracleLayer {
    /// −Σ loc·x over x in {0, 1}.
    Bernoulli {
        /// The biases.
        loc: Vec<f64>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
    },
    /// −Σ loc·x over x in {−1, +1}.
    Spin {
        /// The biases.
        loc: Vec<f64>,
        /// The centers.
        center: Vec<f64>,
    },
    /// Σ (x − loc)²/(2σ²) over the reals.
    Gaussian {
        /// The means.
        loc: Vec<f64>,
        /// The variances σ².
        variance: Vec<f64>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
    },
    /// −Σ loc·x over one-hot sites.
    OneHot {
        /// The biases.
        loc: Vec<f64>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
        /// Number of states of a site.
        states: usize,
    },
    /// −Σ loc·x over counts from 0 on, with a base measure.
    Counts {
        /// The biases.
        loc: Vec<f64>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
        /// The base measure h(x) of x = 0, 1, …: all that matter.
        base: Vec<f64>,
    },
    /// −Σ loc·x over [0, 1].
    Interval {
        /// The biases.
        loc: Vec<f64>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
    },
    /// Σ γx²/2 − θx, of each side of 0 with its own θ and γ.
    Rectified {
        /// θ and γ for x ≥ 0.
        plus: Vec<(f64, f64)>,
        /// θ and γ for x < 0, where there are negative states.
        minus: Option<Vec<(f64, f64)>>,
        /// The centers, which r subtracts.
        center: Vec<f64>,
    },
}

/// A machine as its formulas.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// The layers.
    pub layers: Vec<OracleLayer>,
    /// Target, domain, and the rows of the weights.
    pub connections: Vec<(usize, usize, Vec<Vec<f64>>)>,
}

/// Points that a site may take, each with its weight in a sum.
type Points = Vec<(Vec<f64>, f64)>;

impl Oracle {
    /// Reads the parameters of a machine.
    #[must_use]
    pub fn of(machine: &BoltzmannMachine) -> Self {
        let layers = machine.layers.iter().map(|layer| {
            let parameter = |name: &str| {
                let found = layer.parameters().into_iter().find(|(n, _)| *n == name);
                found.map(|(_, tensor)| read(tensor))
            };
            let loc = parameter("loc").unwrap_or_default();
            let center = parameter("center").unwrap_or_else(|| vec![0.0; layer.units()]);
            let rectified = |plus: Sided, minus: Option<Sided>| OracleLayer::Rectified {
                plus: sides(&plus),
                minus: minus.map(|minus| sides(&minus)),
                center: center.clone(),
            };
            let named = |name: &str| parameter(name).unwrap_or_default();
            match layer {
                AnyLayer::Bernoulli(_) => OracleLayer::Bernoulli { loc, center },
                AnyLayer::Spin(_) => OracleLayer::Spin { loc, center },
                AnyLayer::Gaussian(_) => OracleLayer::Gaussian {
                    variance: parameter("log_var")
                        .unwrap_or_default()
                        .into_iter()
                        .map(f64::exp)
                        .collect(),
                    loc,
                    center,
                },
                AnyLayer::OneHot(layer) => OracleLayer::OneHot {
                    states: layer.states(),
                    loc,
                    center,
                },
                AnyLayer::Binomial(layer) => {
                    let n = layer.family.trials;
                    let choices =
                        |x: usize| (0..x).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
                    let base = (0..=n).map(choices).collect();
                    OracleLayer::Counts { loc, center, base }
                }
                AnyLayer::Poisson(_) => {
                    let inverse_factorial = |x: usize| (1..=x).fold(1.0, |c, i| c / i as f64);
                    let base = (0..80).map(inverse_factorial).collect();
                    OracleLayer::Counts { loc, center, base }
                }
                AnyLayer::TruncatedExponential(_) => OracleLayer::Interval { loc, center },
                AnyLayer::Relu(_) => rectified((loc, exponentials(named("log_gamma"))), None),
                AnyLayer::DRelu(_) => rectified(
                    (named("loc_plus"), exponentials(named("log_gamma_plus"))),
                    Some((named("loc_minus"), exponentials(named("log_gamma_minus")))),
                ),
                AnyLayer::PRelu(_) | AnyLayer::XRelu(_) | AnyLayer::NsRelu(_) => {
                    let eta = parameter("eta").unwrap_or_else(|| {
                        let xi = named("xi").into_iter();
                        xi.map(|xi| xi / (1.0 + xi.abs())).collect()
                    });
                    let (gamma, delta) = (exponentials(named("log_gamma")), named("delta"));
                    let side = |sign: f64| -> Sided {
                        let units = (0..loc.len()).map(|i| {
                            let factor = 1.0 / (1.0 + sign * eta[i]);
                            (loc[i] + sign * delta[i] * factor, gamma[i] * factor)
                        });
                        units.unzip()
                    };
                    rectified(side(1.0), Some(side(-1.0)))
                }
            }
        });
        let connections = machine.connections.iter().map(|c| {
            let width = c.weight.dims()[1];
            let flat: Vec<f64> = c.weight.to_data().iter().collect();
            (
                c.target,
                c.domain,
                flat.chunks(width).map(<[f64]>::to_vec).collect(),
            )
        });
        Self {
            layers: layers.collect(),
            connections: connections.collect(),
        }
    }

    /// E(x) of one state, layer by layer.
    #[must_use]
    pub fn energy(&self, state: &[Vec<f64>]) -> f64 {
        let own: f64 = self
            .layers
            .iter()
            .zip(state)
            .map(|(layer, x)| layer.energy(x))
            .sum();
        let between = self.connections.iter().map(|(target, domain, weight)| {
            let left = self.layers[*target].interaction(&state[*target]);
            let right = self.layers[*domain].interaction(&state[*domain]);
            let mut sum = 0.0;
            for (l, row) in left.iter().zip(weight) {
                for (r, w) in right.iter().zip(row) {
                    sum += l * w * r;
                }
            }
            sum
        });
        own - between.sum::<f64>()
    }

    /// ln Z by summing exp(−E) over all discrete states and a grid over all real units.
    ///
    /// The grid is the trapezoid rule, whose error falls faster than any power of the spacing for
    /// smooth densities that vanish at the ends: about 1e-12 here.
    #[must_use]
    pub fn log_partition(&self) -> f64 {
        let points = |layer: &OracleLayer| layer.states();
        let all: Vec<Points> = self.layers.iter().map(points).collect();
        log_sum(&self.weigh_all(&all))
    }

    /// ln Σ_h exp(−E(v, h)) for given states of some layers: the negative free energy of a row.
    #[must_use]
    pub fn log_sum_given(&self, given: &[(usize, Vec<f64>)]) -> f64 {
        let points = |(index, layer): (usize, &OracleLayer)| match given
            .iter()
            .find(|(layer, _)| *layer == index)
        {
            Some((_, state)) => vec![(state.clone(), layer.base_measure(state))],
            None => layer.states(),
        };
        let all: Vec<Points> = self.layers.iter().enumerate().map(points).collect();
        log_sum(&self.weigh_all(&all))
    }

    /// The probability of every joint state of a machine of discrete layers.
    #[must_use]
    pub fn probabilities(&self) -> Vec<(Vec<Vec<f64>>, f64)> {
        let all: Vec<Points> = self.layers.iter().map(OracleLayer::states).collect();
        let log_partition = log_sum(&self.weigh_all(&all));
        let mut states = Vec::new();
        each_combination(&all, &mut |state, weight| {
            let p = weight * (-self.energy(state) - log_partition).exp();
            states.push((state.to_vec(), p));
        });
        states
    }

    fn weigh_all(&self, points: &[Points]) -> Vec<f64> {
        let mut logs = Vec::new();
        each_combination(points, &mut |state, weight| {
            logs.push(weight.ln() - self.energy(state));
        });
        logs
    }
}

impl OracleLayer {
    fn energy(&self, x: &[f64]) -> f64 {
        match self {
            Self::Bernoulli { loc, .. }
            | Self::Spin { loc, .. }
            | Self::OneHot { loc, .. }
            | Self::Counts { loc, .. }
            | Self::Interval { loc, .. } => -loc.iter().zip(x).map(|(l, x)| l * x).sum::<f64>(),
            Self::Gaussian { loc, variance, .. } => (0..x.len())
                .map(|i| (x[i] - loc[i]).powi(2) / (2.0 * variance[i]))
                .sum(),
            Self::Rectified { plus, minus, .. } => {
                let of = |i: usize| match minus {
                    Some(minus) if x[i] < 0.0 => minus[i],
                    _ => plus[i],
                };
                let units = x.iter().enumerate().map(|(i, x)| {
                    let (loc, gamma) = of(i);
                    0.5 * gamma * x * x - loc * x
                });
                units.sum()
            }
        }
    }

    fn base_measure(&self, x: &[f64]) -> f64 {
        match self {
            Self::Counts { base, .. } => x.iter().map(|&x| base[x as usize]).product(),
            _ => 1.0,
        }
    }

    fn interaction(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Bernoulli { center, .. }
            | Self::Spin { center, .. }
            | Self::OneHot { center, .. }
            | Self::Counts { center, .. }
            | Self::Interval { center, .. }
            | Self::Rectified { center, .. } => x.iter().zip(center).map(|(x, c)| x - c).collect(),
            Self::Gaussian {
                variance, center, ..
            } => (0..x.len())
                .map(|i| (x[i] - center[i]) / variance[i])
                .collect(),
        }
    }

    /// All states with their weights; for real units of a Gaussian layer a grid of ±9 standard deviations and the room
    /// that fields of order one need.
    fn states(&self) -> Points {
        let per_site: Vec<Points> = match self {
            Self::Bernoulli { loc, .. } => {
                vec![vec![(vec![0.0], 1.0), (vec![1.0], 1.0)]; loc.len()]
            }
            Self::Spin { loc, .. } => {
                vec![vec![(vec![-1.0], 1.0), (vec![1.0], 1.0)]; loc.len()]
            }
            Self::OneHot { loc, states, .. } => {
                let one = |on| (0..*states).map(|k| f64::from(k == on)).collect();
                let site: Points = (0..*states).map(|on| (one(on), 1.0)).collect();
                vec![site; loc.len() / states]
            }
            Self::Gaussian { loc, variance, .. } => {
                const POINTS: usize = 73;
                let site = |(loc, variance): (&f64, &f64)| -> Points {
                    let reach = 10.0 * variance.sqrt() + 2.0;
                    let spacing = 2.0 * reach / (POINTS - 1) as f64;
                    let at = |k: usize| vec![loc - reach + spacing * k as f64];
                    (0..POINTS).map(|k| (at(k), spacing)).collect()
                };
                loc.iter().zip(variance).map(site).collect()
            }
            Self::Counts { loc, base, .. } => {
                let numbered = base.iter().enumerate();
                let site: Points = numbered.map(|(x, h)| (vec![x as f64], *h)).collect();
                vec![site; loc.len()]
            }
            Self::Interval { loc, .. } => vec![points(interval(0.0, 1.0)); loc.len()],
            Self::Rectified { plus, minus, .. } => {
                // Ten standard deviations beyond the maximum, and the room that fields of order one need.
                let reach =
                    |loc: f64, gamma: f64| loc.max(0.0) / gamma + 10.0 / gamma.sqrt() + 6.0 / gamma;
                let site = |(i, &(loc, gamma)): (usize, &(f64, f64))| {
                    let mut site = points(interval(0.0, reach(loc, gamma)));
                    if let Some(minus) = minus {
                        let (loc, gamma) = minus[i];
                        site.extend(points(interval(-reach(-loc, gamma), 0.0)));
                    }
                    site
                };
                plus.iter().enumerate().map(site).collect()
            }
        };
        let mut states = Vec::new();
        each_combination(&per_site, &mut |sites, weight| {
            states.push((sites.concat(), weight));
        });
        states
    }
}

/// θ and γ of the units, on one side.
type Sided = (Vec<f64>, Vec<f64>);

fn sides((loc, gamma): &Sided) -> Vec<(f64, f64)> {
    loc.iter().copied().zip(gamma.iter().copied()).collect()
}

fn exponentials(logs: Vec<f64>) -> Vec<f64> {
    logs.into_iter().map(f64::exp).collect()
}

fn points(nodes: Vec<(f64, f64)>) -> Points {
    nodes
        .into_iter()
        .map(|(x, weight)| (vec![x], weight))
        .collect()
}

/// Calls with every choice of one point from each list, and the product of their weights.
fn each_combination(lists: &[Points], call: &mut impl FnMut(&[Vec<f64>], f64)) {
    fn go(
        lists: &[Points],
        chosen: &mut Vec<Vec<f64>>,
        weight: f64,
        call: &mut impl FnMut(&[Vec<f64>], f64),
    ) {
        match lists.split_first() {
            None => call(chosen, weight),
            Some((first, rest)) => {
                for (point, w) in first {
                    chosen.push(point.clone());
                    go(rest, chosen, weight * w, call);
                    chosen.pop();
                }
            }
        }
    }
    go(lists, &mut Vec::new(), 1.0, call);
}

fn log_sum(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + logs.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

fn read(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

/// Row `row` of a state, layer by layer, in f64.
#[must_use]
pub fn row_of(state: &State, row: usize) -> Vec<Vec<f64>> {
    let layer = |x: &Tensor<2>| x.clone().slice([row..row + 1]).into_data().iter().collect();
    state.layers.iter().map(layer).collect()
}
