//! Restricted and deep Boltzmann machines on CPU and GPU.
