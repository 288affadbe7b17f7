//! One file for each word that may follow `paysage`.

pub(crate) mod evaluate;
pub(crate) mod inspect;
pub(crate) mod report;
pub(crate) mod sample;
pub(crate) mod train;
