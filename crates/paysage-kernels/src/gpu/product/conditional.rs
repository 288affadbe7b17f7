//! Means and samples of discrete units under a product.

#[cfg(not(feature = "fusion"))]
use burn::tensor::Tensor;
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

#[cfg(not(feature = "fusion"))]
use super::{Factor, has_cooperative_matrices};
use super::{
    Product, bernoulli::bernoulli_product_kernel, categorical::categorical_product_kernel, grid,
    plan::Plan, sizes_argument,
};
use crate::{
    DiscreteUnits, RandomKey,
    gpu::words::{BetaSourceArgs, key_argument, number_argument},
};
#[cfg(not(feature = "fusion"))]
use crate::{Precision, gpu::primitive::cube_of};

/// The inverse temperature of all rows, or of each: `[rows]`.
#[cfg_attr(
    feature = "fusion",
    allow(dead_code, reason = "kernels for rows are launched without it")
)]
pub(crate) enum Beta {
    Shared(f32),
    Rows(CubeTensor),
}

/// Units under the field of a product: what one kernel computes.
pub(crate) struct Conditional {
    pub(crate) product: Product,
    pub(crate) units: DiscreteUnits,
    pub(crate) loc: CubeTensor,
    pub(crate) beta: Beta,
    pub(crate) parts: usize,
}

impl Conditional {
    /// Units under a product in f32 with an inverse temperature of each row: `[rows]`. `None` where the device has no kernel.
    #[cfg(not(feature = "fusion"))]
    pub(crate) fn per_row(
        product: &crate::Product,
        units: DiscreteUnits,
        loc: &Tensor<1>,
        betas: &Tensor<1>,
    ) -> Option<Self> {
        let states = cube_of(product.states.clone())?;
        if !has_cooperative_matrices(&states.client) {
            return None;
        }
        let conditional = Self {
            product: Product {
                left: Factor::new(states, false),
                right: Factor::new(cube_of(product.matrix.clone())?, product.transposed),
                factor: 1.0,
            },
            units,
            loc: cube_of(loc.clone())?,
            beta: Beta::Rows(cube_of(betas.clone())?),
            parts: Precision::current().parts(),
        };
        conditional.is_supported().then_some(conditional)
    }

    /// Whether the device has the kernel.
    pub(crate) fn is_supported(&self) -> bool {
        self.product.is_supported() && self.plan().is_some()
    }

    /// The means: `[rows, columns]`.
    pub(crate) fn mean(self) -> CubeTensor {
        let mean = self.product.output();
        self.launch([Some(&mean), None], None);
        mean
    }

    /// Samples: `[rows, columns]`.
    pub(crate) fn sample(self, key: RandomKey) -> CubeTensor {
        let sample = self.product.output();
        self.launch([None, Some(&sample)], Some(key));
        sample
    }

    /// The means and samples: `[rows, columns]` each.
    pub(crate) fn mean_and_sample(self, key: RandomKey) -> (CubeTensor, CubeTensor) {
        let (mean, sample) = (self.product.output(), self.product.output());
        self.launch([Some(&mean), Some(&sample)], Some(key));
        (mean, sample)
    }

    fn plan(&self) -> Option<Plan> {
        match self.units {
            DiscreteUnits::Bernoulli => Some(self.product.plan(self.parts)),
            DiscreteUnits::Categorical { states } => self.product.plan_of_sites(states, self.parts),
        }
    }

    fn launch(self, [mean, sample]: [Option<&CubeTensor>; 2], key: Option<RandomKey>) {
        let plan = self.plan().expect("a supported product");
        let sizes = self.product.sizes();
        let Product { left, right, .. } = self.product;
        let client = left.tensor.client.clone();
        // One that is not wanted is not written.
        let [means, samples] = [mean.or(sample), sample.or(mean)];
        let output =
            |tensor: Option<&CubeTensor>| tensor.expect("a result").clone().into_buffer_arg();
        let loc = into_contiguous(self.loc);
        let beta = match self.beta {
            Beta::Shared(beta) => BetaSourceArgs::Shared(number_argument(beta)),
            Beta::Rows(betas) => BetaSourceArgs::Rows(into_contiguous(betas).into_buffer_arg()),
        };
        let key_source = key_argument(key.unwrap_or(RandomKey::new(0)));
        let columns_apart = match self.units {
            DiscreteUnits::Bernoulli => plan.columns(),
            DiscreteUnits::Categorical { states } => plan.columns() / states * states,
        };
        let (count, dim) = grid(sizes, columns_apart, plan);
        let vector_sizes = [left.vector_size(), right.vector_size_every(columns_apart)];
        let sizes = sizes_argument(&left, &right);
        let (left, right) = (
            left.tensor.into_buffer_arg(),
            right.tensor.into_buffer_arg(),
        );
        // SAFETY: indices are compared with the sizes of the matrices before they are used.
        #[allow(unsafe_code)]
        unsafe {
            match self.units {
                DiscreteUnits::Bernoulli => bernoulli_product_kernel::launch_unchecked(
                    &client,
                    count,
                    dim,
                    vector_sizes[0],
                    vector_sizes[1],
                    left,
                    right,
                    loc.into_buffer_arg(),
                    output(means),
                    output(samples),
                    sizes,
                    beta,
                    key_source,
                    mean.is_some(),
                    sample.is_some(),
                    plan,
                ),
                DiscreteUnits::Categorical { states } => {
                    categorical_product_kernel::launch_unchecked(
                        &client,
                        count,
                        dim,
                        vector_sizes[0],
                        vector_sizes[1],
                        left,
                        right,
                        loc.into_buffer_arg(),
                        output(means),
                        output(samples),
                        sizes,
                        states as u32,
                        beta,
                        key_source,
                        mean.is_some(),
                        sample.is_some(),
                        plan,
                    );
                }
            }
        }
    }
}
