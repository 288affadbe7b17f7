//! The field of all sites but two.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_kernels::{RandomKey, uniform};

/// The distribution of the field of all sites but two, whose states are uniform: points and their weights.
pub(super) enum Rest {
    /// Normal fields, with the variance of every site and of their sum: `[1, units]` each.
    Normal {
        variances: Vec<Tensor<2>>,
        total: Tensor<2>,
        /// Points of the standard normal distribution: `[points, 1]`.
        points: Tensor<2>,
    },
    /// Joint states of all sites: the field of all, `[states, units]`, and the state of each site.
    States {
        fields: Tensor<2>,
        chosen: Vec<Tensor<1, Int>>,
    },
}

/// The reach of the trapezoidal rule in standard deviations, beyond which is 2e-5 of the distribution.
const REACH: f64 = 4.25;

impl Rest {
    /// Normal fields with the moments of the fields of the sites, `[states, units]` each, at a number of
    /// points, and the weights of the points.
    pub fn normal(fields: &[Tensor<2>], count: usize) -> (Self, Vec<f64>) {
        let variances = fields
            .iter()
            .map(|field| field.clone().square().mean_dim(0));
        let variances: Vec<Tensor<2>> = variances.collect();
        let total = variances.iter().cloned().reduce(|sum, more| sum + more);
        let total = total.expect("a machine has a visible site");
        let step = 2.0 * REACH / (count - 1).max(1) as f64;
        let point = |place| match count {
            1 => 0.0,
            _ => -REACH + step * place as f64,
        };
        let points: Vec<f64> = (0..count).map(point).collect();
        let weights: Vec<f64> = points.iter().map(|z: &f64| (-0.5 * z * z).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let data = TensorData::new(points, [count, 1]);
        let rest = Self::Normal {
            points: Tensor::from_data(data, (&total.device(), total.dtype())),
            variances,
            total,
        };
        (
            rest,
            weights.into_iter().map(|weight| weight / sum).collect(),
        )
    }

    /// All joint states of the sites.
    pub fn all(fields: &[Tensor<2>], states: &[usize]) -> Self {
        let count: usize = states.iter().product();
        let mut below = count;
        let chosen = states.iter().map(|&states| {
            below /= states;
            (0..count)
                .map(|index| (index / below % states) as i32)
                .collect()
        });
        let chosen: Vec<Vec<i32>> = chosen.collect();
        Self::of(fields, chosen)
    }

    /// Random joint states of the sites.
    pub fn random(fields: &[Tensor<2>], states: &[usize], count: usize, key: RandomKey) -> Self {
        let device = fields[0].device();
        let draws = uniform([count, states.len()], key, &device);
        let draws: Vec<f32> = draws.to_data().iter().collect();
        let chosen = states.iter().enumerate().map(|(site, &states)| {
            let of_site = draws.iter().skip(site).step_by(fields.len());
            // A draw below 1 may round up to the number of states.
            let state = |u: &f32| ((u * states as f32) as i32).min(states as i32 - 1);
            of_site.map(state).collect()
        });
        Self::of(fields, chosen.collect())
    }

    fn of(fields: &[Tensor<2>], chosen: Vec<Vec<i32>>) -> Self {
        let device = fields[0].device();
        let chosen = chosen
            .iter()
            .map(|states| Tensor::from_data(states.as_slice(), &device));
        let chosen: Vec<Tensor<1, Int>> = chosen.collect();
        let each = fields.iter().zip(&chosen);
        let each = each.map(|(field, states)| field.clone().select(0, states.clone()));
        let sum = each.reduce(|sum, field| sum + field);
        Self::States {
            fields: sum.expect("a machine has a visible site"),
            chosen,
        }
    }

    /// The field of all sites at joint states, `[states, units]`, and the state of each site; nothing for
    /// normal fields.
    pub fn states(&self) -> Option<(&Tensor<2>, &[Tensor<1, Int>])> {
        match self {
            Self::Normal { .. } => None,
            Self::States { fields, chosen } => Some((fields, chosen)),
        }
    }

    /// Number of points.
    pub fn count(&self) -> usize {
        match self {
            Self::Normal { points, .. } => points.dims()[0],
            Self::States { fields, .. } => fields.dims()[0],
        }
    }

    /// The field without sites i and j at the points: `[points, units]`.
    pub fn without(&self, fields: &[Tensor<2>], [i, j]: [usize; 2]) -> Tensor<2> {
        match self {
            Self::Normal {
                variances,
                total,
                points,
            } => {
                let of_pair = variances[i].clone() + variances[j].clone();
                let variance = (total.clone() - of_pair).clamp_min(0.0);
                points.clone().matmul(variance.sqrt())
            }
            Self::States {
                fields: sum,
                chosen,
            } => {
                let of = |site: usize| fields[site].clone().select(0, chosen[site].clone());
                sum.clone() - of(i) - of(j)
            }
        }
    }
}
