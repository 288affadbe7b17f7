//! What is asked of a model, and the answers as numbers.

mod bounds;
mod inference;
mod likelihood;
mod sampling;

use burn::tensor::Tensor;
use paysage::{
    data::{Order, Rows},
    layers::AnyLayer,
    models::BoltzmannMachine,
};

use crate::{fault::Fault, input::Borrowed};

pub(crate) use bounds::{Partition, Tap, elbo, log_partition};
pub(crate) use inference::{counterfactual, impute, predict, representation, transform};
pub(crate) use likelihood::{
    conditional, estimator, likelihood_dict, metrics, pseudo_log_likelihood, reconstruction_error,
    scores,
};
pub(crate) use sampling::{Sampling, gibbs};

type Machine = BoltzmannMachine<AnyLayer>;

/// Number of rows that are read at a time.
const CHUNK: usize = 1000;

/// All values of rows, without preparation.
pub(crate) fn all_values(rows: &Borrowed<'_>) -> Result<Vec<f32>, Fault> {
    match rows {
        Borrowed::Array(rows) => Ok(rows.values().to_vec()),
        Borrowed::Data(rows) => {
            let mut values = Vec::with_capacity(rows.count() * rows.columns());
            for chunk in rows.chunks(Order::Stored, CHUNK) {
                values.extend(chunk?.values);
            }
            Ok(values)
        }
    }
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}
