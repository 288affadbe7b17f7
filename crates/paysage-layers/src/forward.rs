//! The traits of a layer for an enum of layers, by calls of the same method of the variant.

/// Implements the traits of a layer for an enum each variant of which holds one.
#[doc(hidden)]
#[macro_export]
macro_rules! forward_layer_traits {
    // A method call on whichever variant it is.
    (@each $self:ident [$($Variant:ident)+] $layer:ident => $call:expr) => {
        match $self {
            $(Self::$Variant($layer) => $call,)+
        }
    };
    // Methods with a shared receiver, from their signatures without it.
    (@methods $variants:tt $Trait:ident:
        $($method:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*
    ) => {
        $(
            fn $method(&self, $($argument: $type),*) $(-> $result)? {
                $crate::forward_layer_traits!(@each self $variants layer =>
                    $crate::$Trait::$method(layer, $($argument),*))
            }
        )*
    };
    ($Layers:ident $variants:tt) => {
        const _: () = {
            use ::core::option::Option;
            use ::std::vec::Vec;
            use $crate::kind_support::{DType, Device, Product, RandomKey, Tensor};
            use $crate::{
                CavityFields, Cumulants, Derivatives, Domain, GaussianParameters,
                InverseTemperature, Moments, Named, NamedMut, NaturalParameters, RowAverage,
                UnitEnergy,
            };

            impl $crate::Layer for $Layers {
                $crate::forward_layer_traits! { @methods $variants Layer:
                    units() -> usize;
                    domain() -> Domain;
                    is_on_device() -> bool;
                    energy(states: Tensor<2>) -> Tensor<1>;
                    interaction(states: Tensor<2>) -> Tensor<2>;
                    log_base_measure(states: Tensor<2>) -> Option<Tensor<1>>;
                    gaussian() -> Option<GaussianParameters>;
                    unit_energies() -> Option<Vec<UnitEnergy>>;
                    quadratic_growth() -> Option<Vec<f64>>;
                }
            }

            impl $crate::Conditional for $Layers {
                $crate::forward_layer_traits! { @methods $variants Conditional:
                    log_partition(field: Tensor<2>, beta: &InverseTemperature) -> Tensor<1>;
                    mean(field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;
                    variance(field: Tensor<2>, beta: &InverseTemperature) -> Tensor<2>;
                    mode(field: Tensor<2>) -> Tensor<2>;
                    sample(
                        field: Tensor<2>,
                        beta: &InverseTemperature,
                        key: RandomKey
                    ) -> Tensor<2>;
                    mean_under(field: Product, beta: &InverseTemperature) -> Tensor<2>;
                    sample_under(
                        field: Product,
                        beta: &InverseTemperature,
                        key: RandomKey
                    ) -> Tensor<2>;
                    mean_and_sample_under(
                        field: Product,
                        beta: &InverseTemperature,
                        key: RandomKey
                    ) -> (Tensor<2>, Tensor<2>);
                }
            }

            impl $crate::Centered for $Layers {
                $crate::forward_layer_traits! { @methods $variants Centered:
                    center() -> Option<&Tensor<1>>;
                    varying_interaction(states: Tensor<2>) -> Tensor<2>;
                    constant_interaction() -> Option<Tensor<2>>;
                }

                fn set_center(&mut self, center: Option<Tensor<1>>) {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Centered::set_center(layer, center))
                }

                fn add_field(&mut self, field: Tensor<1>) {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Centered::add_field(layer, field))
                }

                fn add_field_of(&mut self, field: Product) {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Centered::add_field_of(layer, field))
                }
            }

            impl $crate::Trainable for $Layers {
                $crate::forward_layer_traits! { @methods $variants Trainable:
                    storage() -> (Device, DType);
                    parameters() -> Vec<Named<'_>>;
                    parameter_range(name: &str) -> Option<[f64; 2]>;
                    energy_gradient(states: Tensor<2>, average: &RowAverage) -> Derivatives;
                    expected_energy_gradient(
                        mean: Tensor<2>,
                        field: &dyn Fn() -> Tensor<2>,
                        beta: &InverseTemperature,
                        average: &RowAverage
                    ) -> Derivatives;
                    interaction_gradient(field_dot: &dyn Fn() -> Tensor<1>) -> Derivatives;
                    interaction_scale() -> Option<Tensor<1>>;
                }

                fn parameters_mut(&mut self) -> Vec<NamedMut<'_>> {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Trainable::parameters_mut(layer))
                }

                fn start_from(&mut self, moments: &Moments) {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Trainable::start_from(layer, moments))
                }

                fn divide_interaction(&mut self, factors: Tensor<1>) {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Trainable::divide_interaction(layer, factors))
                }

                fn mirrored(&self) -> Option<Self> {
                    $crate::forward_layer_traits!(@each self $variants layer =>
                        $crate::Trainable::mirrored(layer).map(Self::from))
                }
            }

            impl $crate::Tap for $Layers {
                $crate::forward_layer_traits! { @methods $variants Tap:
                    cumulants(natural: &NaturalParameters) -> Cumulants;
                    cumulants_of_means(means: Tensor<2>) -> Cumulants;
                    natural_parameters(at: &Cumulants) -> NaturalParameters;
                    self_consistency(at: &Cumulants, cavity: &CavityFields) -> NaturalParameters;
                    stepped(
                        natural: &NaturalParameters,
                        at: &Cumulants,
                        cavity: &CavityFields,
                        share: &Tensor<2>
                    ) -> (NaturalParameters, Cumulants);
                    standardized(at: &Cumulants) -> Tensor<2>;
                    entropy(at: &Cumulants) -> Tensor<1>;
                    expansion_gradient(
                        at: &Cumulants,
                        cavity: &CavityFields,
                        average: &RowAverage
                    ) -> Derivatives;
                }
            }
        };
    };
}
