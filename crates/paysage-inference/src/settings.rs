//! The chains that sample unobserved units.

use crate::InferenceError;

/// Gibbs chains in which some visible units are clamped: number and length.
///
/// ```
/// use paysage_inference::ChainSettings;
///
/// let settings = ChainSettings { chains: 5, ..Default::default() };
/// assert!(settings.check().is_ok());
/// assert!(ChainSettings { sweeps: 0, ..settings }.check().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainSettings {
    /// Number of chains per row.
    pub chains: usize,
    /// Number of sweeps before those that count.
    pub burn_in: usize,
    /// Number of sweeps over which means are taken.
    pub sweeps: usize,
}

impl Default for ChainSettings {
    fn default() -> Self {
        Self {
            chains: 10,
            burn_in: 100,
            sweeps: 100,
        }
    }
}

impl ChainSettings {
    /// Checks that there is at least one chain and one sweep after the burn-in.
    ///
    /// # Errors
    ///
    /// [`InferenceError::NoChains`] or [`InferenceError::NoSweeps`].
    pub fn check(&self) -> Result<(), InferenceError> {
        if self.chains == 0 {
            return Err(InferenceError::NoChains);
        }
        if self.sweeps == 0 {
            return Err(InferenceError::NoSweeps);
        }
        Ok(())
    }
}
