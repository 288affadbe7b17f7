//! Small machines a second time: formulas on the host, in f64, with sums and integrals by grid.

use burn::tensor::Tensor;
use paysage_layers::{AnyLayer, Trainable};
use paysage_models::{BoltzmannMachine, State};

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
            let center = parameter("center").unwrap_or_else(|| vec![0.0; loc.len()]);
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
            Some((_, state)) => vec![(state.clone(), 1.0)],
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
        each_combination(&all, &mut |state, _| states.push(state.to_vec()));
        states
            .into_iter()
            .map(|state| {
                let p = (-self.energy(&state) - log_partition).exp();
                (state, p)
            })
            .collect()
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
            Self::Bernoulli { loc, .. } | Self::Spin { loc, .. } | Self::OneHot { loc, .. } => {
                -loc.iter().zip(x).map(|(l, x)| l * x).sum::<f64>()
            }
            Self::Gaussian { loc, variance, .. } => (0..x.len())
                .map(|i| (x[i] - loc[i]).powi(2) / (2.0 * variance[i]))
                .sum(),
        }
    }

    fn interaction(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Bernoulli { center, .. }
            | Self::Spin { center, .. }
            | Self::OneHot { center, .. } => x.iter().zip(center).map(|(x, c)| x - c).collect(),
            Self::Gaussian {
                variance, center, ..
            } => (0..x.len())
                .map(|i| (x[i] - center[i]) / variance[i])
                .collect(),
        }
    }

    /// All states with their weights; for real units a grid of ±9 standard deviations and the room
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
        };
        let mut states = Vec::new();
        each_combination(&per_site, &mut |sites, weight| {
            states.push((sites.concat(), weight));
        });
        states
    }
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
