//! Results that are still on the device.

use burn::tensor::Tensor;

use crate::Measurement;

type Finish = Box<dyn FnOnce(&[f64]) -> Measurement + Send>;

/// Result of a metric whose numbers have not been read from the device yet.
///
/// Several metrics are read at once by [`Pending::read_all`], so that the device is waited for once
/// and not once per number.
pub struct Pending {
    tensors: Vec<Tensor<1>>,
    finish: Finish,
}

impl Pending {
    /// A result that is computed on the host from the values of some tensors, one after another.
    pub fn new(
        tensors: Vec<Tensor<1>>,
        finish: impl FnOnce(&[f64]) -> Measurement + Send + 'static,
    ) -> Self {
        Self {
            tensors,
            finish: Box::new(finish),
        }
    }

    /// A result that is known already.
    #[must_use]
    pub fn ready(measurement: Measurement) -> Self {
        Self::new(Vec::new(), move |_| measurement)
    }

    /// Applies a function to the result.
    #[must_use]
    pub fn map(self, then: impl FnOnce(Measurement) -> Measurement + Send + 'static) -> Self {
        let finish = self.finish;
        Self::new(self.tensors, move |values| then(finish(values)))
    }

    /// Joins two results.
    #[must_use]
    pub fn join(
        self,
        other: Self,
        then: impl FnOnce(Measurement, Measurement) -> Measurement + Send + 'static,
    ) -> Self {
        let (left, right) = (self.finish, other.finish);
        let middle = numbers(&self.tensors);
        let tensors = self.tensors.into_iter().chain(other.tensors).collect();
        Self::new(tensors, move |values| {
            then(left(&values[..middle]), right(&values[middle..]))
        })
    }

    /// Reads the numbers from the device.
    #[must_use]
    pub fn read(self) -> Measurement {
        (self.finish)(&read(self.tensors))
    }

    /// Reads the numbers of all results at once.
    #[must_use]
    pub fn read_all(pending: Vec<Self>) -> Vec<Measurement> {
        let (tensors, finishes): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .map(|pending| (pending.tensors, pending.finish))
            .unzip();
        let lengths: Vec<usize> = tensors.iter().map(|tensors| numbers(tensors)).collect();
        let values = read(tensors.into_iter().flatten().collect());
        let mut rest = values.as_slice();
        let parts = lengths.into_iter().map(|length| {
            let (part, after) = rest.split_at(length);
            rest = after;
            part
        });
        let parts: Vec<&[f64]> = parts.collect();
        let results = finishes.into_iter().zip(parts);
        results.map(|(finish, part)| finish(part)).collect()
    }
}

fn numbers(tensors: &[Tensor<1>]) -> usize {
    tensors.iter().map(|tensor| tensor.dims()[0]).sum()
}

/// The values of tensors one after another, read at once where they have one float type.
pub(crate) fn read(tensors: Vec<Tensor<1>>) -> Vec<f64> {
    let Some(first) = tensors.first() else {
        return Vec::new();
    };
    let dtype = first.dtype();
    if tensors.iter().all(|tensor| tensor.dtype() == dtype) {
        let together: Tensor<1> = Tensor::cat(tensors, 0);
        return together.into_data().iter().collect();
    }
    let each = tensors.into_iter().flat_map(|tensor| {
        let values: Vec<f64> = tensor.into_data().iter().collect();
        values
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use paysage_kernels::default_device;

    use super::*;

    #[test]
    fn results_read_together_are_those_read_one_by_one() {
        let device = default_device().expect("a backend");
        let mean_of = |chunks| Pending::new(chunks, Measurement::mean_of);
        let pending = || {
            let tensor = |values: &[f32]| Tensor::<1>::from_data(values, &device);
            let mean = mean_of(vec![tensor(&[1.0, 2.0]), tensor(&[6.0])]);
            let known = Pending::ready(Measurement::exactly(7.0));
            let other = mean_of(vec![tensor(&[-1.0])]);
            let difference = mean_of(vec![tensor(&[5.0])])
                .join(other, |a, b| Measurement::exactly(a.value - b.value));
            vec![mean, known, difference]
        };
        let together = Pending::read_all(pending());
        let values: Vec<f64> = together.iter().map(|result| result.value).collect();
        assert_eq!(values, [3.0, 7.0, 6.0]);
        let single: Vec<Measurement> = pending().into_iter().map(Pending::read).collect();
        assert_eq!(single, together);
    }
}
