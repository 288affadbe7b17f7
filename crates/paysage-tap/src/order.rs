//! Order of the expansion.

/// Highest power of the weights in the Plefka expansion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Naive mean field.
    First,
    /// With the Onsager reaction term: Thouless, Anderson & Palmer, "Solution of 'Solvable model of a spin
    /// glass'", 1977.
    #[default]
    Second,
    /// With the third cumulants of pairs and with triangles of layers.
    Third,
}
