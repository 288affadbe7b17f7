//! Backends with tensors in host memory: the kernels of [`crate::cpu`].

#[cfg(feature = "ndarray")]
use burn::backend::ndarray::NdArrayTensor;
use burn::{
    backend::{Backend, TensorMetadata, ops::FloatTensorOps, tensor::FloatTensor},
    tensor::{DType, Element, Shape, TensorData},
};
use pulp::bytemuck::Pod;
#[cfg(feature = "ndarray")]
use pulp::bytemuck::cast_slice;

use super::{Draws, Products, Sums};
use crate::{
    AdamStep, Precision, RandomKey,
    cpu::{
        adam::adam,
        add::{add_outer, add_scaled},
        bernoulli::Bernoulli,
        binary::{self, Outer},
        categorical::Categorical,
        gaussian::{self, Gaussian},
        lanes::Matrix,
        per_row::PerRow,
        real::Real,
        vector,
    },
};

/// Element type of a tensor.
pub(super) trait Float: Real + Element + Pod {}

impl Float for f32 {}
impl Float for f64 {}

/// Backend whose tensors of f32 or f64 are accessible as slices.
pub(super) trait Host: Backend {
    /// The values in row-major order, copied only where they are stored otherwise.
    fn read<F: Float, R>(tensor: &FloatTensor<Self>, look: impl FnOnce(&[F]) -> R) -> R;

    /// Changes the f32 values in row-major order; in place where they are not shared.
    fn change(tensor: FloatTensor<Self>, change: impl FnOnce(&mut [f32])) -> FloatTensor<Self>;
}

#[cfg(feature = "flex")]
impl Host for burn::backend::Flex {
    fn read<F: Float, R>(tensor: &FloatTensor<Self>, look: impl FnOnce(&[F]) -> R) -> R {
        match tensor.layout().contiguous_offsets() {
            Some((start, end)) => look(&tensor.storage::<F>()[start..end]),
            None => look(tensor.to_contiguous().storage::<F>()),
        }
    }

    fn change(tensor: FloatTensor<Self>, change: impl FnOnce(&mut [f32])) -> FloatTensor<Self> {
        let count = tensor.layout().num_elements();
        let whole = tensor.layout().contiguous_offsets() == Some((0, count));
        let mut tensor = if whole && tensor.is_unique() {
            tensor
        } else {
            tensor.to_contiguous()
        };
        change(&mut tensor.storage_mut()[..count]);
        tensor
    }
}

#[cfg(feature = "ndarray")]
impl Host for burn::backend::NdArray {
    fn read<F: Float, R>(tensor: &FloatTensor<Self>, look: impl FnOnce(&[F]) -> R) -> R {
        match tensor {
            NdArrayTensor::F32(storage) => match storage.view().as_slice() {
                Some(values) => look(cast_slice(values)),
                None => look(cast_slice(
                    &storage.view().iter().copied().collect::<Vec<_>>(),
                )),
            },
            NdArrayTensor::F64(storage) => match storage.view().as_slice() {
                Some(values) => look(cast_slice(values)),
                None => look(cast_slice(
                    &storage.view().iter().copied().collect::<Vec<_>>(),
                )),
            },
            _ => unreachable!("the kernels are for f32 and f64"),
        }
    }

    fn change(tensor: FloatTensor<Self>, change: impl FnOnce(&mut [f32])) -> FloatTensor<Self> {
        let NdArrayTensor::F32(storage) = tensor else {
            unreachable!("the kernels are for f32");
        };
        let array = storage.into_owned();
        let mut array = if array.is_standard_layout() {
            array
        } else {
            array.as_standard_layout().into_shared()
        };
        change(array.as_slice_mut().expect("in row order"));
        array.into()
    }
}

/// The kernels of one backend.
macro_rules! on_host {
    ($backend:ty) => {
        impl Draws for $backend {
            fn uniform(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self> {
                let columns = columns(&like.shape());
                Self::change(like, |values| gaussian::uniform(values, columns, key))
            }

            fn normal(like: FloatTensor<Self>, key: RandomKey) -> FloatTensor<Self> {
                let columns = columns(&like.shape());
                Self::change(like, |values| gaussian::normal(values, columns, key))
            }

            fn bernoulli_mean(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: f32,
            ) -> FloatTensor<Self> {
                with_units::<Self, f32, _>(&loc, Beta::Shared(beta.into()), |units| {
                    Self::change(field, |values| units.mean(values))
                })
            }

            fn sample_bernoulli(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: f32,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                with_units::<Self, f32, _>(&loc, Beta::Shared(beta.into()), |units| {
                    Self::change(field, |values| units.sample(values, key))
                })
            }

            fn sample_gaussian(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                deviation: FloatTensor<Self>,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                Self::read(&loc, |loc| {
                    Self::read(&deviation, |deviation| {
                        let units = Gaussian {
                            loc,
                            deviation,
                            scale: PerRow::Shared(1.0),
                        };
                        Self::change(field, |values| units.sample(values, key))
                    })
                })
            }

            fn categorical_mean(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: f32,
            ) -> FloatTensor<Self> {
                with_sites::<Self, _>(&loc, states, Beta::Shared(beta.into()), |sites| {
                    Self::change(field, |values| sites.mean(values))
                })
            }

            fn sample_categorical(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: f32,
                key: RandomKey,
            ) -> FloatTensor<Self> {
                with_sites::<Self, _>(&loc, states, Beta::Shared(beta.into()), |sites| {
                    Self::change(field, |values| sites.sample(values, key))
                })
            }
        }

        impl Products for $backend {
            fn times(
                states: FloatTensor<Self>,
                matrix: FloatTensor<Self>,
                transposed: bool,
                _: Precision,
            ) -> FloatTensor<Self> {
                let [batch, _] = dims(&states.shape());
                let product = Self::read(&states, |states| {
                    with_matrix::<Self, _>(&matrix, |matrix| {
                        let matrix = if transposed {
                            matrix.transposed()
                        } else {
                            matrix
                        };
                        match batch {
                            1 => Some(vector::times(states, matrix)),
                            _ => binary::times(states, matrix, batch),
                        }
                    })
                });
                match product {
                    Some(values) => tensor::<Self>(values, batch, &states),
                    None if transposed => Self::float_matmul(states, Self::float_transpose(matrix)),
                    None => Self::float_matmul(states, matrix),
                }
            }

            fn outer(
                left: FloatTensor<Self>,
                right: FloatTensor<Self>,
                scale: f32,
                _: Precision,
            ) -> FloatTensor<Self> {
                let [_, rows] = dims(&left.shape());
                let product = with_outer::<Self, _>(&left, &right, scale, |outer| {
                    binary::outer_sum(&[outer], rows)
                });
                match product {
                    Some(values) => tensor::<Self>(values, rows, &left),
                    None => Self::float_mul_scalar(
                        Self::float_matmul(Self::float_transpose(left), right),
                        scale.into(),
                    ),
                }
            }

            fn outer_sum(
                left: FloatTensor<Self>,
                right: FloatTensor<Self>,
                scale: f32,
                second_left: FloatTensor<Self>,
                second_right: FloatTensor<Self>,
                second_scale: f32,
                precision: Precision,
            ) -> FloatTensor<Self> {
                let [_, rows] = dims(&left.shape());
                let product = with_outer::<Self, _>(&left, &right, scale, |first| {
                    with_outer::<Self, _>(&second_left, &second_right, second_scale, |second| {
                        binary::outer_sum(&[first, second], rows)
                    })
                });
                match product {
                    Some(values) => tensor::<Self>(values, rows, &left),
                    None => Self::float_add(
                        Self::outer(left, right, scale, precision),
                        Self::outer(second_left, second_right, second_scale, precision),
                    ),
                }
            }

            fn adam(
                parameter: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                first: FloatTensor<Self>,
                second: FloatTensor<Self>,
                step: AdamStep,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                let (mut parameter, mut second) = (Some(parameter), Some(second));
                let change = |tensor: &mut Option<FloatTensor<Self>>,
                              work: &mut dyn FnMut(&mut [f32])| {
                    let changed = tensor.take().map(|tensor| Self::change(tensor, work));
                    *tensor = changed;
                };
                let first = Self::read(&gradient, |gradient| {
                    Self::change(first, |first| {
                        change(&mut second, &mut |second| {
                            change(&mut parameter, &mut |values| {
                                adam(values, gradient, first, second, step);
                            });
                        });
                    })
                });
                let given = "what was taken is given back";
                (parameter.expect(given), first, second.expect(given))
            }
        }

        impl Sums for $backend {
            fn add_scaled(
                tensor: FloatTensor<Self>,
                direction: FloatTensor<Self>,
                scale: f32,
            ) -> FloatTensor<Self> {
                Self::read(&direction, |direction| {
                    Self::change(tensor, |values| add_scaled(values, direction, scale))
                })
            }

            fn add_outer(
                matrix: FloatTensor<Self>,
                column: FloatTensor<Self>,
                row: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::read(&column, |column| {
                    Self::read(&row, |row| {
                        Self::change(matrix, |values| add_outer(values, column, row))
                    })
                })
            }

            fn bernoulli_log_partition(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                beta: f64,
            ) -> FloatTensor<Self> {
                bernoulli_log_partition::<Self>(&field, &loc, Beta::Shared(beta))
            }

            fn categorical_log_partition(
                field: FloatTensor<Self>,
                loc: FloatTensor<Self>,
                states: usize,
                beta: f32,
            ) -> FloatTensor<Self> {
                categorical_log_partition::<Self>(&field, &loc, states, Beta::Shared(beta.into()))
            }
        }
    };
}

#[cfg(feature = "flex")]
on_host!(burn::backend::Flex);
#[cfg(feature = "ndarray")]
on_host!(burn::backend::NdArray);

/// The β of a kernel.
pub(super) enum Beta<'a, B: Host> {
    /// The same for all rows.
    Shared(f64),
    /// `[batch]`.
    Each(&'a FloatTensor<B>),
}

impl<B: Host> Beta<'_, B> {
    fn read<F: Float, R>(self, look: impl FnOnce(PerRow<'_, F>) -> R) -> R {
        match self {
            Self::Shared(beta) => look(PerRow::Shared(F::of(beta))),
            Self::Each(betas) => B::read(betas, |betas| look(PerRow::Each(betas))),
        }
    }
}

/// Bernoulli units with these biases.
pub(super) fn with_units<B: Host, F: Float, R>(
    loc: &FloatTensor<B>,
    beta: Beta<'_, B>,
    work: impl FnOnce(Bernoulli<'_, F>) -> R,
) -> R {
    B::read(loc, |loc| beta.read(|beta| work(Bernoulli { loc, beta })))
}

/// Sites of so many states with these biases.
pub(super) fn with_sites<B: Host, R>(
    loc: &FloatTensor<B>,
    states: usize,
    beta: Beta<'_, B>,
    work: impl FnOnce(Categorical<'_>) -> R,
) -> R {
    B::read(loc, |loc| {
        beta.read(|beta| work(Categorical { loc, states, beta }))
    })
}

pub(super) fn bernoulli_log_partition<B: Host>(
    field: &FloatTensor<B>,
    loc: &FloatTensor<B>,
    beta: Beta<'_, B>,
) -> FloatTensor<B> {
    match field.dtype() {
        DType::F64 => sums_of_units::<B, f64>(field, loc, beta),
        _ => sums_of_units::<B, f32>(field, loc, beta),
    }
}

fn sums_of_units<B: Host, F: Float>(
    field: &FloatTensor<B>,
    loc: &FloatTensor<B>,
    beta: Beta<'_, B>,
) -> FloatTensor<B> {
    let sums = with_units::<B, F, _>(loc, beta, |units| {
        B::read(field, |field| units.log_partition(field))
    });
    vector::<B, F>(sums, field)
}

pub(super) fn categorical_log_partition<B: Host>(
    field: &FloatTensor<B>,
    loc: &FloatTensor<B>,
    states: usize,
    beta: Beta<'_, B>,
) -> FloatTensor<B> {
    let sums = with_sites::<B, _>(loc, states, beta, |sites| {
        B::read(field, |field| sites.log_partition(field))
    });
    vector::<B, f32>(sums, field)
}

/// A tensor as a matrix.
fn with_matrix<B: Host, R>(tensor: &FloatTensor<B>, look: impl FnOnce(Matrix<'_>) -> R) -> R {
    let shape = dims(&tensor.shape());
    B::read(tensor, |values| look(Matrix::new(values, shape)))
}

/// Two tensors as a term of a sum of outer products.
fn with_outer<B: Host, R>(
    left: &FloatTensor<B>,
    right: &FloatTensor<B>,
    scale: f32,
    look: impl FnOnce(Outer<'_>) -> R,
) -> R {
    B::read(left, |left| {
        with_matrix::<B, _>(right, |right| look(Outer { left, right, scale }))
    })
}

/// A new tensor with the given number of rows, on the device of another.
fn tensor<B: Host>(values: Vec<f32>, rows: usize, beside: &FloatTensor<B>) -> FloatTensor<B> {
    let columns = values.len() / rows;
    B::float_from_data(TensorData::new(values, [rows, columns]), &beside.device())
}

/// A new tensor with one value per row, on the device of another.
fn vector<B: Host, F: Float>(values: Vec<F>, beside: &FloatTensor<B>) -> FloatTensor<B> {
    let rows = values.len();
    B::float_from_data(TensorData::new(values, [rows]), &beside.device())
}

fn dims(shape: &Shape) -> [usize; 2] {
    shape.dims()
}

fn columns(shape: &Shape) -> usize {
    dims(shape)[1]
}
