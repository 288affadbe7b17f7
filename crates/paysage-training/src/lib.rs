//! The trainer of Boltzmann machines: epochs, minibatches, callbacks, checkpoints.
