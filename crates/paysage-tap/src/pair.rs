//! Terms of two connected layers.
//!
//! With δ = r − ⟨r⟩ for the units of a pair of sites, independent of each other, Γ has the terms
//! ⟨r⟩ᵀW⟨r′⟩ of first order, ½⟨(δᵀWδ′)²⟩ of second and ⅙⟨(δᵀWδ′)³⟩ of third. Of independent units
//! these are products of cumulants, ½W²κ₂κ₂′ and ⅙W³κ₃κ₃′, and so matrix products. For sites
//! with several states they are averages over the states of both, Σ p p′ W̃ⁿ, of doubly centred
//! weights W̃ (minus the means over either site).

use burn::tensor::Tensor;
use paysage_kernels::{times, times_transposed};
use paysage_layers::{CavityFields, RowAverage};

use crate::{
    Order,
    side::{Side, are_scalar, by_rows, part},
};

/// Weights and their powers: `[left units, right units]`.
pub(crate) struct Pair {
    order: Order,
    weight: Tensor<2>,
    /// ½W² from second order on, and ⅙W³ in third.
    square: Option<Tensor<2>>,
    cube: Option<Tensor<2>>,
}

/// End of a pair.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Left,
    Right,
}

impl Pair {
    pub fn new(weight: Tensor<2>, order: Order) -> Self {
        Self {
            order,
            square: (order >= Order::Second).then(|| weight.clone().square() * 0.5),
            cube: (order >= Order::Third).then(|| weight.clone().powi_scalar(3) * (1.0 / 6.0)),
            weight,
        }
    }

    /// Derivatives in the cumulants at one end.
    pub fn cavity_fields(&self, left: &Side, right: &Side, end: End) -> CavityFields {
        let product = |x: &Tensor<2>, matrix: &Tensor<2>| match end {
            End::Left => times_transposed(x.clone(), matrix.clone()),
            End::Right => times(x.clone(), matrix.clone()),
        };
        let other = match end {
            End::Left => right,
            End::Right => left,
        };
        let field = product(&other.seen, &self.weight);
        if are_scalar(left, right) {
            let square = self.square.as_ref();
            let cube = self.cube.as_ref();
            return CavityFields {
                field,
                second: square.map(|square| product(&other.second, square)),
                third: cube.map(|cube| product(&other.third, cube)),
            };
        }
        if self.order == Order::First {
            return CavityFields {
                field,
                second: None,
                third: None,
            };
        }
        let of_rows = |[left, right]: [&Side; 2], _| self.cavity_fields_of_sites(left, right, end);
        let pieces = by_rows([left, right], self.weight.shape().num_elements(), of_rows);
        let (second, third): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        let third: Option<Vec<Tensor<2>>> = third.into_iter().collect();
        CavityFields {
            field,
            second: Some(Tensor::cat(second, 0)),
            third: third.map(|third| Tensor::cat(third, 0)),
        }
    }

    /// The derivatives in `second` and, in third order, `third`.
    fn cavity_fields_of_sites(
        &self,
        left: &Side,
        right: &Side,
        end: End,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let weight = self.centered(left, right);
        // The units of the given end are in dimension 1.
        let (own, other, weight) = match end {
            End::Left => (left, right, weight),
            End::Right => (right, left, weight.swap_dims(1, 2)),
        };
        let square = weight.clone().square();
        let weigh = |x: &Tensor<2>| x.clone().unsqueeze_dim::<3>(1);
        let sum = |x: Tensor<3>| x.sum_dim(2).squeeze_dim::<2>(2);
        let second = sum(square.clone() * weigh(&other.second)) * 0.5;
        if self.order < Order::Third {
            return (second, None);
        }
        // Of a site the mean changes with its probabilities, and the cube with the mean.
        let cube = if own.states == 1 {
            square * weight
        } else {
            let variance = square.clone() - own.centered(square.clone());
            (square - variance * 3.0) * weight
        };
        let third = sum(cube * weigh(&other.third)) * (1.0 / 6.0);
        (second, Some(third))
    }

    /// ∂Γ/∂W, averaged over the rows.
    pub fn gradient(&self, left: &Side, right: &Side, average: &RowAverage) -> Tensor<2> {
        let outer = |left: &Tensor<2>, right: &Tensor<2>| {
            average.outer(left.clone(), right.clone(), 1.0).sum()
        };
        let first = outer(&left.seen, &right.seen);
        if self.order == Order::First {
            return first;
        }
        if are_scalar(left, right) {
            let second = first + outer(&left.second, &right.second) * self.weight.clone();
            return match (self.order, &self.square) {
                (Order::Third, Some(square)) => {
                    second + outer(&left.third, &right.third) * square.clone()
                }
                _ => second,
            };
        }
        let batch = left.seen.dims()[0];
        let values = self.weight.shape().num_elements();
        let parts = by_rows([left, right], values, |[left, right], rows| {
            part(self.gradient_of_sites(left, right), rows, batch, average)
        });
        parts.into_iter().fold(first, |sum, part| sum + part)
    }

    /// The gradient of each row: `[batch, left units, right units]`.
    fn gradient_of_sites(&self, left: &Side, right: &Side) -> Tensor<3> {
        let weight = self.centered(left, right);
        let product = |left: &Tensor<2>, right: &Tensor<2>| {
            left.clone().unsqueeze_dim::<3>(2) * right.clone().unsqueeze_dim::<3>(1)
        };
        let mut sum = product(&left.second, &right.second) * weight.clone();
        if self.order == Order::Third {
            let third = product(&left.third, &right.third) * weight.square() * 0.5;
            let third = left.centered_transposed(third);
            sum = sum
                + right
                    .centered_transposed(third.swap_dims(1, 2))
                    .swap_dims(1, 2);
        }
        sum
    }

    /// W̃ of each row: `[batch, left units, right units]`.
    fn centered(&self, left: &Side, right: &Side) -> Tensor<3> {
        let ([units, width], batch) = (self.weight.dims(), left.seen.dims()[0]);
        let weight = self
            .weight
            .clone()
            .unsqueeze_dim::<3>(0)
            .expand([batch, units, width]);
        let weight = left.centered(weight);
        right.centered(weight.swap_dims(1, 2)).swap_dims(1, 2)
    }
}
