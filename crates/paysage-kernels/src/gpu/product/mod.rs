//! Products of matrices on cooperative matrices (tensor cores), which multiply bf16 numbers and add in f32.
//!
//! A number is the sum of two or three bf16 parts, and a product of numbers the sum of the products of their
//! parts. Two parts have 16 bits of mantissa, three the 24 of f32. Binary states are their first part.
//! A cube computes a tile of the result, from tiles of both matrices in shared memory; the next tiles are
//! read meanwhile. Means and samples of discrete units under the product are computed in the same kernel.

mod bernoulli;
mod categorical;
mod choice;
mod conditional;
mod kernel;
mod plan;
mod row;
mod stage;

use burn::backend::{TensorMetadata, ops::FloatTensorOps};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::{
    client::Client,
    features::MmaConfig,
    ir::{ElemType, FloatKind},
    prelude::*,
};

pub(crate) use self::{
    conditional::{Beta, Conditional},
    row::launch_row_product,
};
use self::{
    kernel::{SizesLaunch, product_kernel},
    plan::{Plan, SIDE},
};
use super::unwritten;

/// Units of a plane that the kernels are written for.
const PLANE: u32 = 32;

/// A matrix, or the transpose of one, whose lines are stored one after the other, with or without gaps between them:
/// devices pad lines, and a copy of all weights would take longer than a small product.
pub(crate) struct Factor {
    tensor: CubeTensor,
    transposed: bool,
}

impl Factor {
    pub(crate) fn new(tensor: CubeTensor, transposed: bool) -> Self {
        let [_, width] = tensor.shape().dims();
        let is_in_lines = matches!(tensor.meta.strides()[..], [pitch, 1] if pitch >= width);
        Self {
            tensor: if is_in_lines {
                tensor
            } else {
                into_contiguous(tensor)
            },
            transposed,
        }
    }

    /// Numbers from the beginning of a line to that of the next one.
    fn pitch(&self) -> usize {
        self.tensor.meta.strides()[0]
    }

    /// Rows and columns.
    fn dims(&self) -> [usize; 2] {
        let [lines, width] = self.tensor.shape().dims();
        if self.transposed {
            [width, lines]
        } else {
            [lines, width]
        }
    }

    /// The matrix itself, for burn's operations.
    pub(crate) fn into_matrix(self) -> CubeTensor {
        if self.transposed {
            CubeBackend::float_swap_dims(self.tensor, 0, 1)
        } else {
            self.tensor
        }
    }

    /// The numbers that are read at a time: all lines begin at a multiple of them.
    fn vector_size(&self) -> usize {
        let ([_, width], pitch) = (self.tensor.shape().dims(), self.pitch());
        let start = self.tensor.handle.offset_start.unwrap_or(0) as usize / size_of::<f32>();
        let fits = |size: &usize| {
            [width, pitch, start]
                .iter()
                .all(|x| x.is_multiple_of(*size))
        };
        [4, 2].into_iter().find(fits).unwrap_or(1)
    }

    /// The same for cubes that begin so many columns apart.
    fn vector_size_every(&self, columns: usize) -> usize {
        let fits = |size: &usize| self.transposed || columns.is_multiple_of(*size);
        let aligned = [4, 2].into_iter().find(fits).unwrap_or(1);
        self.vector_size().min(aligned)
    }
}

/// left · right, both scaled by a factor.
pub(crate) struct Product {
    pub(crate) left: Factor,
    pub(crate) right: Factor,
    pub(crate) factor: f32,
}

impl Product {
    /// Rows, columns, and terms of a sum.
    fn sizes(&self) -> [usize; 3] {
        let ([rows, depth], [_, columns]) = (self.left.dims(), self.right.dims());
        [rows, columns, depth]
    }

    /// Whether the device has the cooperative matrices for it, and the product has terms.
    pub(crate) fn is_supported(&self) -> bool {
        self.sizes().into_iter().all(|size| size > 0)
            && has_cooperative_matrices(&self.left.tensor.client)
    }

    fn plan(&self, parts: usize) -> Plan {
        self.plan_of_sizes(self.sizes(), parts)
    }

    /// A plan for so many rows, columns and terms.
    fn plan_of_sizes(&self, sizes: [usize; 3], parts: usize) -> Plan {
        let (processors, memory) = self.hardware();
        self.form(parts).fastest(sizes, processors, memory)
    }

    /// A plan of whole sites of so many columns; none where they are too wide.
    fn plan_of_sites(&self, states: usize, parts: usize) -> Option<Plan> {
        let [rows, columns, depth] = self.sizes();
        let (processors, memory) = self.hardware();
        let sizes = [rows, columns / states, depth];
        let form = self.form(parts);
        form.fastest_of_sites(sizes, states, processors, memory)
    }

    /// A plan for matrices that are stored like these.
    fn form(&self, parts: usize) -> Plan {
        Plan {
            parts,
            left_transposed: self.left.transposed,
            right_transposed: self.right.transposed,
            ..Plan::SMALL
        }
    }

    /// The number of processors of the device, and the bytes of shared memory of a cube.
    fn hardware(&self) -> (usize, usize) {
        let hardware = &self.left.tensor.client.properties().hardware;
        // Where the number of processors is not known, as by Vulkan: about that of a large GPU.
        let processors = hardware.num_streaming_multiprocessors.unwrap_or(100);
        (processors as usize, hardware.max_shared_memory_size)
    }

    fn output(&self) -> CubeTensor {
        let [rows, columns, _] = self.sizes();
        unwritten([rows, columns], &self.left.tensor)
    }
}

/// Whether planes of a device multiply cooperative matrices of bf16 numbers.
pub(crate) fn has_cooperative_matrices(client: &Client) -> bool {
    let [bf16, f32] = [FloatKind::BF16, FloatKind::F32].map(ElemType::Float);
    let config = MmaConfig {
        a_type: bf16,
        b_type: bf16,
        cd_type: f32,
        m: SIDE as u32,
        n: SIDE as u32,
        k: SIDE as u32,
    };
    let properties = client.properties();
    let hardware = &properties.hardware;
    let largest = Plan {
        parts: 3,
        left_transposed: true,
        ..Plan::SMALL
    };
    properties.features.matmul.cmma.contains(&config)
        && hardware.max_shared_memory_size >= largest.shared_memory()
        && (hardware.plane_size_min, hardware.plane_size_max) == (PLANE, PLANE)
}

/// The cubes of a plan, so many columns apart, and their units.
fn grid([rows, columns, _]: [usize; 3], columns_apart: usize, plan: Plan) -> (CubeCount, CubeDim) {
    let across = |units: usize, unit: usize| units.div_ceil(unit) as u32;
    let count = CubeCount::Static(across(rows, plan.rows()), across(columns, columns_apart), 1);
    (count, CubeDim::new_2d(PLANE, plan.planes() as u32))
}

fn sizes_argument(left: &Factor, right: &Factor) -> SizesLaunch {
    let ([rows, depth], [_, columns]) = (left.dims(), right.dims());
    let pitches = [left, right].map(|factor| factor.pitch() as u32);
    SizesLaunch::new(
        rows as u32,
        columns as u32,
        depth as u32,
        pitches[0],
        pitches[1],
    )
}

/// A product, or the sum of two whose matrices are stored alike: `[rows, columns]`.
pub(crate) fn launch_product(
    product: Product,
    second: Option<Product>,
    parts: usize,
) -> CubeTensor {
    let (sizes, output) = (product.sizes(), product.output());
    let [rows, columns, depth] = sizes;
    let all_terms = depth + second.as_ref().map_or(0, |second| second.sizes()[2]);
    let plan = product.plan_of_sizes([rows, columns, all_terms], parts);
    let client = output.client.clone();
    let (count, dim) = grid(sizes, plan.columns(), plan);
    let is_sum = second.is_some();
    let second_factor = second.as_ref().map_or(0.0, |second| second.factor);
    let [second_left, second_right] = match second {
        Some(second) => [second.left, second.right],
        // Not read.
        None => [&product.left, &product.right]
            .map(|factor| Factor::new(factor.tensor.clone(), factor.transposed)),
    };
    let Product {
        left,
        right,
        factor,
    } = product;
    let first_sizes = sizes_argument(&left, &right);
    let second_sizes = sizes_argument(&second_left, &second_right);
    // SAFETY: indices are compared with the sizes of the matrices before they are used.
    #[allow(unsafe_code)]
    unsafe {
        product_kernel::launch_unchecked(
            &client,
            count,
            dim,
            left.vector_size().min(second_left.vector_size()),
            right.vector_size().min(second_right.vector_size()),
            left.tensor.into_buffer_arg(),
            right.tensor.into_buffer_arg(),
            second_left.tensor.into_buffer_arg(),
            second_right.tensor.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            first_sizes,
            factor,
            second_sizes,
            second_factor,
            is_sum,
            plan,
        );
    }
    output
}
