//! The arrays of scikit-learn's `BernoulliRBM`.

use std::path::Path;

use burn::tensor::Device;
use paysage_layers::LayerKind;
use paysage_models::Model;

use crate::{
    ImportError,
    arrays::{Arrays, transposed, wrong_shape},
    parts::{LayerParts, Parts},
};

/// The parameters of scikit-learn's `BernoulliRBM`, an RBM of Bernoulli units.
///
/// Its free energies are those of this library; its weights are transposed.
///
/// ```
/// use paysage_interchange::BernoulliArrays;
/// use paysage_kernels::default_device;
///
/// let arrays = BernoulliArrays {
///     components: vec![0.5, -0.5, 1.0, 0.0, 0.25, 2.0],
///     intercept_hidden: vec![0.1, 0.2],
///     intercept_visible: vec![0.0, -1.0, 1.0],
/// };
/// let model = arrays.model(&default_device()?)?;
/// assert_eq!(model.machine.connections[0].weight.dims(), [3, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BernoulliArrays {
    /// The weights: `[hidden, visible]`, row by row.
    pub components: Vec<f32>,
    /// The biases of the hidden units: `[hidden]`.
    pub intercept_hidden: Vec<f32>,
    /// The biases of the visible units: `[visible]`.
    pub intercept_visible: Vec<f32>,
}

impl BernoulliArrays {
    /// The model with these parameters, on a device.
    ///
    /// # Errors
    ///
    /// When the numbers of values do not match, there are none, or one is not finite.
    pub fn model(self, device: &Device) -> Result<Model, ImportError> {
        let arrays = [
            ("components_", &self.components),
            ("intercept_hidden_", &self.intercept_hidden),
            ("intercept_visible_", &self.intercept_visible),
        ];
        for (name, values) in arrays {
            let position = values.iter().position(|value| !value.is_finite());
            if let Some(position) = position {
                return Err(ImportError::Value {
                    array: name.into(),
                    position,
                    value: values[position],
                    expected: "a finite number",
                });
            }
        }
        let (hidden, visible) = (self.intercept_hidden.len(), self.intercept_visible.len());
        if Some(self.components.len()) != hidden.checked_mul(visible) {
            return Err(ImportError::Shape {
                array: "components_".into(),
                found: vec![self.components.len()],
                expected: format!(
                    "{hidden} × {visible} values, as intercept_hidden_ × intercept_visible_"
                ),
            });
        }
        self.parts().model(Path::new("BernoulliRBM"), device)
    }

    fn parts(self) -> Parts {
        let (hidden, visible) = (self.intercept_hidden.len(), self.intercept_visible.len());
        Parts::restricted(
            LayerParts::field(LayerKind::bernoulli(visible), self.intercept_visible),
            LayerParts::field(LayerKind::bernoulli(hidden), self.intercept_hidden),
            transposed(&self.components, visible),
        )
    }
}

/// The machine of an archive with the attributes of `BernoulliRBM`.
pub(crate) fn read(arrays: &Arrays<'_>) -> Result<Parts, ImportError> {
    let components = arrays.array("components_")?;
    let &[hidden, visible] = &components.shape[..] else {
        return Err(wrong_shape(components, "[hidden, visible]"));
    };
    let arrays = BernoulliArrays {
        components: components.values,
        intercept_hidden: arrays.of_shape("intercept_hidden_", &[hidden])?,
        intercept_visible: arrays.of_shape("intercept_visible_", &[visible])?,
    };
    Ok(arrays.parts())
}
