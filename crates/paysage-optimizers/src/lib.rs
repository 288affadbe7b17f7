//! Gradient optimizers and learning-rate schedules for Boltzmann machines.
