//! The list of the kinds of this crate.

use crate::{
    Bernoulli, Binomial, DRelu, Gaussian, NsRelu, OneHot, PRelu, Poisson, Relu, Spin,
    TruncatedExponential, XRelu, layer_kinds,
};

layer_kinds! {
    /// A layer of one of the kinds of this crate.
    ///
    /// ```
    /// use paysage_kernels::default_device;
    /// use paysage_layers::{AnyLayer, Gaussian, LayerKind, Stored};
    ///
    /// let layer = AnyLayer::from(Gaussian::new(10, &default_device()?));
    /// assert_eq!(layer.kind(), LayerKind::gaussian(10));
    /// # Ok::<(), paysage_kernels::DeviceError>(())
    /// ```
    pub enum AnyLayer;

    /// The kind and sizes of an [`AnyLayer`], as files and command lines spell it.
    ///
    /// ```
    /// use paysage_layers::LayerKind;
    ///
    /// assert_eq!("500".parse(), Ok(LayerKind::bernoulli(500)));
    /// assert_eq!("gaussian:20".parse(), Ok(LayerKind::gaussian(20)));
    /// assert_eq!("onehot:4x3".parse(), Ok(LayerKind::onehot(4, 3)));
    /// assert!("gaussian:0".parse::<LayerKind>().is_err());
    /// assert_eq!(LayerKind::of_columns("onehot:3", 12), Ok(LayerKind::onehot(4, 3)));
    /// ```
    pub enum LayerKind;

    /// Units in {0, 1}.
    Bernoulli { units }: Bernoulli;
    /// Real units.
    Gaussian { units }: Gaussian;
    /// Sites in one of several states.
    OneHot { units, sites, states }: OneHot;
    /// Units in {−1, +1}.
    Spin { units }: Spin;
    /// Counts of successes.
    Binomial { units, trials }: Binomial;
    /// Counts of events.
    Poisson { units }: Poisson;
    /// Units in [0, 1].
    TruncatedExponential { units }: TruncatedExponential;
    /// Rectified linear units.
    Relu { units }: Relu;
    /// Double rectified units.
    DRelu { units }: DRelu;
    /// Double rectified units with an average and an asymmetry.
    PRelu { units }: PRelu;
    /// Double rectified units with an unbounded asymmetry.
    XRelu { units }: XRelu;
    /// Double rectified units of a fixed scale.
    NsRelu { units }: NsRelu;
}

impl LayerKind {
    /// The kind of a layer of Bernoulli units.
    #[must_use]
    pub const fn bernoulli(units: usize) -> Self {
        Self::Bernoulli { units }
    }

    /// The kind of a layer of Gaussian units.
    #[must_use]
    pub const fn gaussian(units: usize) -> Self {
        Self::Gaussian { units }
    }

    /// The kind of a layer of spins.
    #[must_use]
    pub const fn spin(units: usize) -> Self {
        Self::Spin { units }
    }

    /// The kind of a one-hot layer of `sites` × `states` units.
    #[must_use]
    pub const fn onehot(sites: usize, states: usize) -> Self {
        Self::OneHot {
            units: sites * states,
            sites,
            states,
        }
    }
}
