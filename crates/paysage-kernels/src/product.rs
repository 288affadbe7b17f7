//! Matrix products with states.

use burn::{
    backend::Dispatch,
    tensor::{DType, Tensor},
};

#[cfg(all(feature = "cube", not(feature = "fusion")))]
use crate::gpu;
use crate::{
    DiscreteUnits, InverseTemperature, Precision, RandomKey,
    backend::{Products, has_kernels, is_f32_on_gpu},
    plain,
};

/// `states · matrix`: `[batch, rows] × [rows, columns] → [batch, columns]`.
///
/// On a CPU, binary states are not multiplied: their rows select partial sums from tables, or rows of
/// the matrix where ones are rare, as in one-hot states. Whether states are binary is detected, and
/// others use the ordinary product; a single row, such as a center, has a kernel of its own. The result
/// is that of the ordinary product up to rounding, where the matrix is finite, and bitwise equal for any
/// number of threads.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{default_device, times};
///
/// let device = default_device()?;
/// let states = Tensor::<2>::from_floats([[1.0, 0.0, 1.0]], &device);
/// let weights = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
/// let field = times(states, weights).try_into_vec_as::<f32>().expect("readable");
/// assert_eq!(field, [6.0, 8.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn times(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    let field = Product {
        states,
        matrix,
        transposed: false,
    };
    product(field, Precision::Exact)
}

/// `states · matrixᵀ`: `[batch, columns] × [rows, columns] → [batch, rows]`; see [`times`].
///
/// # Panics
///
/// When the shapes do not fit.
#[must_use]
pub fn times_transposed(states: Tensor<2>, matrix: Tensor<2>) -> Tensor<2> {
    let field = Product {
        states,
        matrix,
        transposed: true,
    };
    product(field, Precision::Exact)
}

/// A product of states with a matrix that has not been computed: the field of one layer on another.
///
/// What is computed from it can be part of the same kernel.
///
/// ```
/// use burn::tensor::Tensor;
/// use paysage_kernels::{DiscreteUnits, InverseTemperature, Product, default_device};
///
/// let device = default_device()?;
/// let field = Product {
///     states: Tensor::from_floats([[1.0, 0.0, 1.0]], &device),
///     matrix: Tensor::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device),
///     transposed: false,
/// };
/// let loc = Tensor::<1>::from_floats([-6.0, -108.0], &device);
/// let mean = field.mean(DiscreteUnits::Bernoulli, loc, &InverseTemperature::ONE);
/// assert_eq!(mean.try_into_vec_as::<f32>().expect("readable"), [0.5, 0.0]);
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Product {
    /// The states: `[batch, units]`.
    pub states: Tensor<2>,
    /// The matrix.
    pub matrix: Tensor<2>,
    /// Whether the states are multiplied with the transpose of the matrix.
    pub transposed: bool,
}

impl Product {
    /// [`times`], or [`times_transposed`], in the [`Precision`] of samples.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn compute(self) -> Tensor<2> {
        product(self, Precision::current())
    }

    /// The product of a single row of states in full precision, added to a row: `[columns]`, on a GPU by one kernel.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit, or the states are not a single row.
    #[must_use]
    pub fn add_to(self, row: Tensor<1>) -> Tensor<1> {
        let (columns, [batch, _]) = (self.check(), self.states.dims());
        assert_eq!(
            batch, 1,
            "the rows of states of a product that is added to a row"
        );
        assert!(
            row.dims() == [columns],
            "a product with {columns} columns does not fit a row of {:?}",
            row.dims()
        );
        assert_types("a product", &[self.states.dtype(), row.dtype()]);
        if is_f32_on_gpu(&row) {
            Tensor::from_dispatch(<Dispatch as Products>::add_row_product(
                row.into_dispatch(),
                self.states.into_dispatch(),
                self.matrix.into_dispatch(),
                self.transposed,
            ))
        } else {
            row + product(self, Precision::Exact).squeeze_dim(0)
        }
    }

    /// The means of units under this field.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn mean(
        self,
        units: DiscreteUnits,
        loc: Tensor<1>,
        beta: &InverseTemperature,
    ) -> Tensor<2> {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(conditional) = self.per_row(units, &loc, beta) {
            return gpu::tensor_of(conditional.mean());
        }
        match self.shared_beta(units, &loc, beta) {
            Some(beta) => Tensor::from_dispatch(<Dispatch as Products>::mean_of_product(
                self.states.into_dispatch(),
                self.matrix.into_dispatch(),
                self.transposed,
                Precision::current(),
                units,
                loc.into_dispatch(),
                beta,
            )),
            None => units.mean(self.compute(), loc, beta),
        }
    }

    /// Samples of units under this field.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn sample(
        self,
        units: DiscreteUnits,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> Tensor<2> {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(conditional) = self.per_row(units, &loc, beta) {
            return gpu::tensor_of(conditional.sample(key));
        }
        match self.shared_beta(units, &loc, beta) {
            Some(beta) => Tensor::from_dispatch(<Dispatch as Products>::sample_of_product(
                self.states.into_dispatch(),
                self.matrix.into_dispatch(),
                self.transposed,
                Precision::current(),
                units,
                loc.into_dispatch(),
                beta,
                key,
            )),
            None => units.sample(self.compute(), loc, beta, key),
        }
    }

    /// [`mean`](Self::mean) and [`sample`](Self::sample), of one product.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn mean_and_sample(
        self,
        units: DiscreteUnits,
        loc: Tensor<1>,
        beta: &InverseTemperature,
        key: RandomKey,
    ) -> (Tensor<2>, Tensor<2>) {
        #[cfg(all(feature = "cube", not(feature = "fusion")))]
        if let Some(conditional) = self.per_row(units, &loc, beta) {
            let (mean, sample) = conditional.mean_and_sample(key);
            return (gpu::tensor_of(mean), gpu::tensor_of(sample));
        }
        match self.shared_beta(units, &loc, beta) {
            Some(beta) => {
                let (mean, sample) = <Dispatch as Products>::mean_and_sample_of_product(
                    self.states.into_dispatch(),
                    self.matrix.into_dispatch(),
                    self.transposed,
                    Precision::current(),
                    units,
                    loc.into_dispatch(),
                    beta,
                    key,
                );
                (Tensor::from_dispatch(mean), Tensor::from_dispatch(sample))
            }
            None => {
                let field = self.compute();
                let mean = units.mean(field.clone(), loc.clone(), beta);
                (mean, units.sample(field, loc, beta, key))
            }
        }
    }

    /// The number of columns of the product. Panics, naming them, unless shapes and float types fit.
    fn check(&self) -> usize {
        let (name, inner) = match self.transposed {
            true => ("times_transposed", 1),
            false => ("times", 0),
        };
        assert_fits(name, self.states.dims(), 1, self.matrix.dims(), inner);
        assert_types(name, &[self.states.dtype(), self.matrix.dtype()]);
        self.matrix.dims()[1 - inner]
    }

    /// The β of a kernel that includes the product, where there may be one: on GPUs.
    fn shared_beta(
        &self,
        units: DiscreteUnits,
        loc: &Tensor<1>,
        beta: &InverseTemperature,
    ) -> Option<f32> {
        self.check_units(units, loc);
        match beta {
            InverseTemperature::Shared(beta) if self.may_be_fused() => Some(*beta as f32),
            _ => None,
        }
    }

    /// The kernel of a GPU that includes the product and a β of each row.
    #[cfg(all(feature = "cube", not(feature = "fusion")))]
    fn per_row(
        &self,
        units: DiscreteUnits,
        loc: &Tensor<1>,
        beta: &InverseTemperature,
    ) -> Option<gpu::Conditional> {
        self.check_units(units, loc);
        match beta {
            InverseTemperature::PerChain(betas) if self.may_be_fused() => {
                let [batch, _] = self.states.dims();
                assert_eq!(
                    betas.dims(),
                    [batch],
                    "the inverse temperatures of a product"
                );
                assert_types("a product", &[self.states.dtype(), betas.dtype()]);
                gpu::Conditional::per_row(self, units, loc, betas)
            }
            _ => None,
        }
    }

    fn may_be_fused(&self) -> bool {
        let [batch, _] = self.states.dims();
        batch > 0 && is_f32_on_gpu(&self.states)
    }

    /// Panics, naming them, unless units and their biases fit.
    fn check_units(&self, units: DiscreteUnits, loc: &Tensor<1>) {
        let (columns, width) = (self.check(), units.width());
        assert!(
            loc.dims() == [columns],
            "a product with {columns} columns does not fit {:?} units",
            loc.dims()
        );
        assert!(
            width > 0 && columns.is_multiple_of(width),
            "a product with {columns} columns is not of whole sites of {width} units"
        );
        assert_types("a product", &[self.states.dtype(), loc.dtype()]);
    }
}

/// `scale · leftᵀ · right`, a sum of outer products over the batch:
/// `[batch, rows] × [batch, columns] → [rows, columns]`.
///
/// `left` should be the binary states, if one of the two is binary: see [`times`].
#[derive(Clone, Debug)]
pub struct Outer {
    /// `[batch, rows]`.
    pub left: Tensor<2>,
    /// `[batch, columns]`.
    pub right: Tensor<2>,
    /// Factor of the sum, such as one over the batch size.
    pub scale: f64,
}

impl Outer {
    /// The sum: `[rows, columns]`.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn sum(self) -> Tensor<2> {
        self.assert_fits();
        if has_kernels(&self.left) {
            Tensor::from_dispatch(<Dispatch as Products>::outer(
                self.left.into_dispatch(),
                self.right.into_dispatch(),
                self.scale as f32,
                Precision::current(),
            ))
        } else {
            plain::outer(self)
        }
    }

    /// The sum of this product and another, whose batches may differ in length, in one pass without
    /// intermediate matrices.
    ///
    /// ```
    /// use burn::tensor::Tensor;
    /// use paysage_kernels::{Outer, default_device};
    ///
    /// let device = default_device()?;
    /// let outer = |left, right, scale| Outer {
    ///     left: Tensor::from_floats(left, &device),
    ///     right: Tensor::from_floats(right, &device),
    ///     scale,
    /// };
    /// let data = outer([[1.0, 0.0]], [[0.5, 0.25]], 1.0);
    /// let model = outer([[1.0, 1.0]], [[0.5, 1.0]], -1.0);
    /// let contrast = data.sum_with(model).try_into_vec_as::<f32>().expect("readable");
    /// assert_eq!(contrast, [0.0, -0.75, -0.5, -1.0]);
    /// # Ok::<(), paysage_kernels::DeviceError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the shapes do not fit.
    #[must_use]
    pub fn sum_with(self, other: Self) -> Tensor<2> {
        self.assert_fits();
        other.assert_fits();
        let [left, right] = [&self, &other].map(|outer| outer.left.dims());
        assert_fits("two sums of outer products", left, 1, right, 1);
        let [left, right] = [&self, &other].map(|outer| outer.right.dims());
        assert_fits("two sums of outer products", left, 1, right, 1);
        if has_kernels(&self.left) {
            Tensor::from_dispatch(<Dispatch as Products>::outer_sum(
                self.left.into_dispatch(),
                self.right.into_dispatch(),
                self.scale as f32,
                other.left.into_dispatch(),
                other.right.into_dispatch(),
                other.scale as f32,
                Precision::current(),
            ))
        } else {
            plain::outer(self) + plain::outer(other)
        }
    }

    fn assert_fits(&self) {
        assert_types(
            "a sum of outer products",
            &[self.left.dtype(), self.right.dtype()],
        );
        assert_fits(
            "a sum of outer products",
            self.left.dims(),
            0,
            self.right.dims(),
            0,
        );
    }
}

/// The product of an empty batch, which not all backends support.
fn no_rows(states: &Tensor<2>, columns: usize) -> Tensor<2> {
    Tensor::zeros([0, columns], (&states.device(), states.dtype()))
}

/// A product, by the kernel of the backend where it has one.
fn product(product: Product, precision: Precision) -> Tensor<2> {
    let columns = product.check();
    let Product {
        states,
        matrix,
        transposed,
    } = product;
    if states.dims()[0] == 0 {
        no_rows(&states, columns)
    } else if has_kernels(&states) {
        Tensor::from_dispatch(<Dispatch as Products>::times(
            states.into_dispatch(),
            matrix.into_dispatch(),
            transposed,
            precision,
        ))
    } else if transposed {
        plain::times_transposed(states, matrix)
    } else {
        plain::times(states, matrix)
    }
}

/// Panics, naming the types, unless all are the same: kernels read memory as one type.
fn assert_types(product: &str, types: &[DType]) {
    let all_equal = types.windows(2).all(|pair| pair[0] == pair[1]);
    assert!(all_equal, "{product}: float types {types:?} differ");
}

/// Panics, naming both shapes, unless one dimension of each is the same.
fn assert_fits(
    product: &str,
    left: [usize; 2],
    left_dimension: usize,
    right: [usize; 2],
    right_dimension: usize,
) {
    assert!(
        left[left_dimension] == right[right_dimension],
        "{product}: shapes {left:?} and {right:?} do not fit"
    );
}
