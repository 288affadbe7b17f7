//! Gauges: other parameters of the same distribution.

mod hidden;
mod zero_sum;

pub use hidden::HiddenScale;
