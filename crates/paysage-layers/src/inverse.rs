//! Inverses of increasing functions, element by element.

use burn::tensor::Tensor;

/// Arguments on both sides of the solution: `[batch, units]` each.
pub(crate) struct Bracket {
    pub low: Tensor<2>,
    pub high: Tensor<2>,
}

/// Number of steps: a bracket of any width is halved, or Newton's method squares the error.
const STEPS: usize = 32;

/// The x at which an increasing function, which returns its value and its derivative, has these values:
/// `[batch, units]`. Newton's method, with a bisection where it leaves the bracket.
pub(crate) fn solve_increasing(
    values: Tensor<2>,
    bracket: Bracket,
    function: impl Fn(Tensor<2>) -> (Tensor<2>, Tensor<2>),
) -> Tensor<2> {
    let Bracket { mut low, mut high } = bracket;
    let mut x = (low.clone() + high.clone()) * 0.5;
    for _ in 0..STEPS {
        let (value, slope) = function(x.clone());
        let excess = value - values.clone();
        let is_above = excess.clone().greater_scalar(0.0);
        high = high.mask_where(is_above.clone(), x.clone());
        low = x.clone().mask_where(is_above, low);
        let step = excess / slope;
        let newton = x - step;
        let middle = (low.clone() + high.clone()) * 0.5;
        let is_within = newton
            .clone()
            .greater_equal(low.clone())
            .bool_and(newton.clone().lower_equal(high.clone()));
        x = middle.mask_where(is_within, newton);
    }
    x
}
