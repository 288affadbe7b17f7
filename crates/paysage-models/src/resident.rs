//! Rows in the memory of a device.

use burn::tensor::{DType, Device, FloatDType, Int, Tensor, TensorData, kind::Basic};
use paysage_data::{Chunk, DataError, Order, Rows};
use paysage_kernels::gather_rows_on_gpu;

use crate::{Batch, chunks::CHUNK};

/// A data set in the memory of a device, from which batches are gathered there: a step then uploads only the
/// positions of its rows.
///
/// Values are stored as bytes where all are integers from 0 to 255, such as binary ones, and otherwise as f32.
/// A batch is bit for bit the one of [`BoltzmannMachine::batch_of`](crate::BoltzmannMachine::batch_of).
///
/// ```
/// use paysage_data::Table;
/// use paysage_kernels::default_device;
/// use paysage_models::ResidentRows;
///
/// let device = default_device()?;
/// let table = Table::new("t", 2, vec![0.0, 1.0, 1.0, 1.0, 0.0, 0.0])?;
/// let rows = ResidentRows::upload(&table, 1000, (&device, burn::tensor::DType::F32))?;
/// let batch = rows.expect("6 bytes").batch(vec![2, 1]);
/// assert_eq!(batch.rows.try_into_vec_as::<f32>()?, [0.0, 0.0, 1.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResidentRows {
    values: Values,
    dtype: FloatDType,
    count: usize,
}

/// The values of all rows: `[rows, columns]`.
#[derive(Clone, Debug)]
enum Values {
    Bytes(Tensor<2, Int>),
    Floats(Tensor<2>),
}

impl ResidentRows {
    /// Uploads the rows of a data set, for batches of a float type. `None` where values are missing, or where
    /// the rows take more than `limit` bytes on the device.
    ///
    /// Host memory holds another copy of the rows meanwhile, in as many bytes.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    pub fn upload(
        rows: &(impl Rows + ?Sized),
        limit: u64,
        (device, dtype): (&Device, DType),
    ) -> Result<Option<Self>, DataError> {
        let shape = [rows.count(), rows.columns()];
        let values = shape[0] as u64 * shape[1] as u64;
        // Positions are i32 on the device.
        let is_countable = i32::try_from(shape[0]).is_ok();
        if !rows.is_complete() || !is_countable || values > limit {
            return Ok(None);
        }
        let values = match bytes(rows, device)? {
            Some(bytes) => {
                let data = TensorData::new(bytes, shape);
                Values::Bytes(Tensor::from_data(data, (device, DType::U8)))
            }
            None if values.saturating_mul(size_of::<f32>() as u64) > limit => return Ok(None),
            None => {
                let data = TensorData::new(floats(rows)?, shape);
                Values::Floats(Tensor::from_data(data, (device, DType::F32)))
            }
        };
        Ok(Some(Self {
            values,
            dtype: dtype.into(),
            count: shape[0],
        }))
    }

    /// The rows at these positions, for a step of training. They have no weights.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    #[must_use]
    pub fn batch(&self, positions: Vec<usize>) -> Batch {
        let number = |&row: &usize| {
            assert!(
                row < self.count,
                "row {row} of a data set of {} rows",
                self.count
            );
            row as i32
        };
        let numbers: Vec<i32> = positions.iter().map(number).collect();
        let numbers = |device: &Device| Tensor::<1, Int>::from_data(numbers.as_slice(), device);
        let rows = match &self.values {
            Values::Bytes(bytes) => {
                let numbers = numbers(&bytes.device());
                self.gathered(bytes, &numbers)
                    .unwrap_or_else(|| bytes.clone().select(0, numbers).cast(self.dtype))
            }
            Values::Floats(floats) => {
                let numbers = numbers(&floats.device());
                self.gathered(floats, &numbers)
                    .unwrap_or_else(|| floats.clone().select(0, numbers).cast(self.dtype))
            }
        };
        Batch {
            rows,
            known: None,
            indices: positions,
            of: self.count,
            weights: None,
        }
    }

    /// The rows by one kernel; `None` where there is none.
    fn gathered<K: Basic>(
        &self,
        values: &Tensor<2, K>,
        positions: &Tensor<1, Int>,
    ) -> Option<Tensor<2>> {
        let is_f32 = self.dtype == FloatDType::F32;
        is_f32
            .then(|| gather_rows_on_gpu(values, positions))
            .flatten()
    }
}

/// All values as bytes, where the device stores bytes and every value is one.
fn bytes(rows: &(impl Rows + ?Sized), device: &Device) -> Result<Option<Vec<u8>>, DataError> {
    if !device.supports_dtype(DType::U8) {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(rows.count() * rows.columns());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        let Chunk { values, .. } = chunk?;
        bytes.extend(values.iter().map(|&value| value as u8));
        let last = &bytes[bytes.len() - values.len()..];
        // By bits: −0 is no byte.
        let mut pairs = values.iter().zip(last);
        if !pairs.all(|(value, &byte)| value.to_bits() == f32::from(byte).to_bits()) {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

fn floats(rows: &(impl Rows + ?Sized)) -> Result<Vec<f32>, DataError> {
    let mut floats = Vec::with_capacity(rows.count() * rows.columns());
    for chunk in rows.chunks(Order::Stored, CHUNK) {
        floats.extend(chunk?.values);
    }
    Ok(floats)
}

#[cfg(test)]
mod tests {
    use paysage_data::{BitRows, Table};
    use paysage_kernels::default_device;
    use paysage_layers::Bernoulli;

    use super::*;
    use crate::BoltzmannMachine;

    const COLUMNS: usize = 3;

    fn table(value: impl Fn(usize) -> f32) -> Table {
        let values = (0..7 * COLUMNS).map(value).collect();
        Table::new("t", COLUMNS, values).expect("rows")
    }

    fn machine(dtype: DType) -> BoltzmannMachine<Bernoulli> {
        let device = default_device().expect("a backend");
        let layers = [COLUMNS, 2].map(|units| Bernoulli::new(units, &device));
        let machine = BoltzmannMachine::chain(layers.into()).expect("two layers");
        machine.cast(FloatDType::from(dtype))
    }

    fn upload(rows: &dyn Rows, limit: u64, dtype: DType) -> Option<ResidentRows> {
        let device = default_device().expect("a backend");
        ResidentRows::upload(rows, limit, (&device, dtype)).expect("in memory")
    }

    /// Counts and binary values, which are bytes; values that are not, the last of which looks like one.
    fn tables() -> [Table; 4] {
        [
            table(|index| f32::from(index * index % 7 > 2)),
            table(|index| (index * 37 % 256) as f32),
            table(|index| index as f32 / 7.0 - 1.0),
            table(|index| if index == 20 { -0.0 } else { 1.0 }),
        ]
    }

    #[test]
    fn batches_are_those_of_the_host_bit_for_bit() {
        for (number, table) in tables().into_iter().enumerate() {
            let device = default_device().expect("a backend");
            for dtype in [DType::F32, DType::F64] {
                if !device.supports_dtype(dtype) {
                    continue;
                }
                let resident = upload(&table, 1000, dtype).expect("room");
                let is_bytes = matches!(resident.values, Values::Bytes(_));
                assert_eq!(is_bytes, number < 2 && device.supports_dtype(DType::U8));
                for positions in [vec![6, 0, 3], vec![2], (0..7).collect()] {
                    let expected = machine(dtype).batch(&table, &positions);
                    let found = resident.batch(positions);
                    assert_eq!((found.rows.dtype(), found.of), (dtype, expected.of));
                    assert_eq!(found.indices, expected.indices);
                    let [found, expected] = [found, expected].map(|batch| batch.rows.into_data());
                    assert_eq!(found.as_bytes(), expected.as_bytes(), "{number} {dtype:?}");
                }
            }
        }
    }

    #[test]
    fn bits_are_uploaded_as_the_table_that_they_were() {
        let [binary, ..] = tables();
        let bits = BitRows::of(&binary).expect("in memory").expect("binary");
        let rows = |rows: &dyn Rows| {
            let resident = upload(rows, 1000, DType::F32).expect("room");
            resident.batch(vec![5, 1]).rows.into_data()
        };
        assert_eq!(rows(&bits).as_bytes(), rows(&binary).as_bytes());
    }

    #[test]
    fn rows_beyond_the_limit_and_gaps_stay_on_the_host() {
        let [_, _, floats, _] = tables();
        assert!(upload(&floats, 84, DType::F32).is_some());
        assert!(upload(&floats, 83, DType::F32).is_none());
        assert!(upload(&floats, 20, DType::F32).is_none());
        let gaps = Table::with_missing("t", 3, vec![0.0, f32::NAN, 1.0]).expect("a row");
        assert!(upload(&gaps, 1000, DType::F32).is_none());
    }

    #[test]
    #[should_panic(expected = "row 7 of a data set of 7 rows")]
    fn a_row_beyond_the_end_is_the_callers_mistake() {
        let [binary, ..] = tables();
        let resident = upload(&binary, 1000, DType::F32).expect("room");
        let _ = resident.batch(vec![0, 7]);
    }
}
