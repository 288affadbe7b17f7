//! One enum for several kinds of layers, and their names and sizes in files and on command lines.

use burn::tensor::TensorCreationOptions;

use crate::Shape;

/// A kind of layer with a name and a shape, for a list of [`layer_kinds!`](crate::layer_kinds).
pub trait Kind: Sized {
    /// The name, in lower case: "onehot".
    const NAME: &'static str;

    /// The sizes of a layer.
    type Shape: Shape;

    /// The sizes of this layer.
    fn shape(&self) -> Self::Shape;

    /// The layer of these sizes with all parameters zero.
    fn from_shape(shape: &Self::Shape, options: impl Into<TensorCreationOptions>) -> Self;
}

/// Makes an enum of layers, and an enum of their kinds, from one list of kinds.
///
/// A line of the list has the name of a variant, the sizes that a model file states, and the type of
/// the layer, which implements [`Kind`], [`Annealed`](crate::Annealed) and [`Tap`](crate::Tap); layers
/// made of a [`Family`](crate::Family) do. The enum of layers implements all traits of a layer. That of
/// kinds has the JSON of the model file, `{"kind":"onehot","units":12,"sites":4,"states":3}`, and the
/// spelling of the command line, `onehot:4x3`; a number alone is a layer of the first kind in the list.
///
/// ```
/// use paysage_kernels::default_device;
/// use paysage_layers::{Bernoulli, Gaussian, Layer, Stored, layer_kinds};
///
/// layer_kinds! {
///     /// A layer of my machines.
///     pub enum MyLayer;
///     /// The kind and sizes of a layer of my machines.
///     pub enum MyKind;
///     /// Units in {0, 1}.
///     Bernoulli { units }: Bernoulli;
///     /// Real units.
///     Gaussian { units }: Gaussian;
/// }
///
/// let layer = MyLayer::from(Gaussian::new(20, &default_device()?));
/// assert_eq!(layer.units(), 20);
/// assert_eq!("gaussian:20".parse(), Ok(layer.kind()));
/// assert_eq!(layer.kind(), MyKind::Gaussian { units: 20 });
/// # Ok::<(), paysage_kernels::DeviceError>(())
/// ```
#[macro_export]
macro_rules! layer_kinds {
    (
        $(#[$layers_attribute:meta])*
        $layers_visibility:vis enum $Layers:ident;
        $(#[$kinds_attribute:meta])*
        $kinds_visibility:vis enum $Kinds:ident;
        $(
            $(#[$attribute:meta])*
            $Variant:ident { $($size:ident),+ }: $Layer:ty;
        )+
    ) => {
        $(#[$layers_attribute])*
        #[derive(Clone, Debug)]
        $layers_visibility enum $Layers {
            $($(#[$attribute])* $Variant($Layer),)+
        }

        $(#[$kinds_attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $kinds_visibility enum $Kinds {
            $(
                $(#[$attribute])*
                $Variant {
                    $(#[doc = concat!("Number of ", stringify!($size), ".")] $size: usize,)+
                },
            )+
        }

        $(
            impl ::core::convert::From<$Layer> for $Layers {
                fn from(layer: $Layer) -> Self {
                    Self::$Variant(layer)
                }
            }
        )+

        #[allow(dead_code, reason = "not every program reads kinds from the command line")]
        impl $Kinds {
            const TABLE: &'static [$crate::kind_support::Entry] = &[
                $($crate::kind_support::Entry::of::<$Layer>(&[$(stringify!($size)),+]),)+
            ];

            /// The names of the kinds, in the order of the list.
            pub const NAMES: &'static [&'static str] = &[$(<$Layer as $crate::Kind>::NAME,)+];

            /// The name of the kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant { .. } => <$Layer as $crate::Kind>::NAME,)+
                }
            }

            /// Number of units of such a layer.
            #[must_use]
            pub const fn units(&self) -> usize {
                match *self {
                    $(Self::$Variant { units, .. } => units,)+
                }
            }

            /// The kind of a layer for so many columns of data, from a name and, after a colon, what
            /// the columns leave open: "spin", "onehot:3".
            ///
            /// # Errors
            ///
            /// When there is no such kind, or it does not fit the columns.
            pub fn of_columns(
                word: &str,
                columns: usize,
            ) -> ::core::result::Result<Self, $crate::LayerKindError> {
                $crate::kind_support::of_columns(word, columns, Self::TABLE, Self::read)
            }

            fn sizes(&self) -> ::std::vec::Vec<usize> {
                match *self {
                    $(Self::$Variant { $($size),+ } => ::std::vec![$($size),+],)+
                }
            }

            /// The kind of this name.
            fn read(
                name: &str,
                source: $crate::kind_support::Source<'_>,
            ) -> ::core::option::Option<::core::result::Result<Self, $crate::LayerKindError>> {
                $(
                    if name == <$Layer as $crate::Kind>::NAME {
                        let shape = source.shape::<<$Layer as $crate::Kind>::Shape>();
                        return ::core::option::Option::Some(shape.map(|shape| {
                            let [$($size),+] = $crate::kind_support::sizes(&shape);
                            Self::$Variant { $($size),+ }
                        }));
                    }
                )+
                ::core::option::Option::None
            }
        }

        impl ::core::fmt::Display for $Kinds {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::kind_support::spell(f, self.name(), &self.sizes(), Self::TABLE)
            }
        }

        impl ::core::str::FromStr for $Kinds {
            type Err = $crate::LayerKindError;

            fn from_str(word: &str) -> ::core::result::Result<Self, Self::Err> {
                $crate::kind_support::parse(word, Self::TABLE, Self::read)
            }
        }

        impl $crate::kind_support::Serialize for $Kinds {
            fn serialize<S: $crate::kind_support::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let (name, sizes) = (self.name(), self.sizes());
                $crate::kind_support::serialize(serializer, name, &sizes, Self::TABLE)
            }
        }

        impl<'de> $crate::kind_support::Deserialize<'de> for $Kinds {
            fn deserialize<D: $crate::kind_support::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let (table, names) = (Self::TABLE, Self::NAMES);
                $crate::kind_support::deserialize(deserializer, table, names, Self::read)
            }
        }

        impl $crate::Stored for $Layers {
            type Kind = $Kinds;

            fn kind(&self) -> $Kinds {
                match self {
                    $(
                        Self::$Variant(layer) => {
                            let shape = $crate::Kind::shape(layer);
                            let [$($size),+] = $crate::kind_support::sizes(&shape);
                            $Kinds::$Variant { $($size),+ }
                        }
                    )+
                }
            }

            fn units_of(kind: &$Kinds) -> usize {
                kind.units()
            }

            /// # Panics
            ///
            /// When the sizes contradict each other.
            fn from_kind(
                kind: &$Kinds,
                options: impl ::core::convert::Into<$crate::kind_support::TensorCreationOptions>,
            ) -> Self {
                match *kind {
                    $(
                        $Kinds::$Variant { $($size),+ } => {
                            let shape = $crate::kind_support::checked(&[$($size),+]);
                            Self::$Variant(<$Layer as $crate::Kind>::from_shape(&shape, options))
                        }
                    )+
                }
            }
        }

        impl $crate::Annealed for $Layers {
            fn is_capturable(&self) -> bool {
                match self {
                    $(Self::$Variant(layer) => $crate::Annealed::is_capturable(layer),)+
                }
            }

            /// # Panics
            ///
            /// When the base is of another kind.
            fn between(
                &self,
                base: &Self,
                beta: f64,
            ) -> (Self, ::core::option::Option<$crate::kind_support::Tensor<1>>) {
                match (self, base) {
                    $(
                        (Self::$Variant(layer), Self::$Variant(base)) => {
                            let (layer, factor) = $crate::Annealed::between(layer, base, beta);
                            (Self::$Variant(layer), factor)
                        }
                    )+
                    #[allow(unreachable_patterns, reason = "a list of one kind has no other")]
                    _ => ::core::panic!(
                        "{} is no base for {}",
                        $crate::Stored::kind(base),
                        $crate::Stored::kind(self),
                    ),
                }
            }
        }

        $crate::forward_layer_traits! { $Layers [$($Variant)+] }
    };
}
