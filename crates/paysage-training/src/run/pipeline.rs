//! From settings to the gradient transforms and constraints of a trainer.

use paysage_layers::{AnyLayer, Domain, Layer};
use paysage_models::BoltzmannMachine;
use paysage_optimizers::{
    Centering, ClipNorm, Constraint, GradientTransform, Normalizable, ParameterRanges, Parameters,
    Penalty, Projection, Selection, ZeroSumGauge,
};

use super::{CenterName, GaugeName, RunError, SelectionText, Settings, SettingsError};
use crate::PretrainingStage;

/// The machine that is trained.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// The whole machine, whose parameters the settings name.
    pub(super) machine: &'a BoltzmannMachine<AnyLayer>,
    /// The stage of layerwise pretraining, where it is not the whole machine that is trained.
    pub(super) stage: Option<PretrainingStage>,
}

impl Target<'_> {
    /// The selection in the whole machine.
    fn whole(
        self,
        setting: &'static str,
        rule: &impl ToString,
        on: &SelectionText,
    ) -> Result<Selection, SettingsError> {
        on.resolve(self.machine)
            .map_err(|source| SettingsError::Selection {
                setting,
                rule: rule.to_string(),
                source,
            })
    }

    /// The selection of the machine that is trained, from that of the whole machine.
    fn part(self, selection: Selection) -> Selection {
        let parameters = match (self.stage, selection.parameters) {
            (Some(stage), Parameters::Listed(listed)) => {
                let copies = listed.into_iter().flat_map(|id| stage.copies_of(id));
                Parameters::Listed(copies.collect())
            }
            (_, parameters) => parameters,
        };
        Selection {
            parameters,
            ..selection
        }
    }
}

impl Settings {
    /// Penalties, and the clipping of the gradient that includes them.
    pub(super) fn transforms(
        &self,
        target: Target<'_>,
    ) -> Result<Vec<Box<dyn GradientTransform<AnyLayer>>>, SettingsError> {
        let mut transforms: Vec<Box<dyn GradientTransform<AnyLayer>>> = Vec::new();
        for rule in &self.penalty {
            let selection = target.whole("penalty", rule, &rule.on)?;
            transforms.push(Box::new(rule.kind.penalty().on(target.part(selection))));
        }
        if let Some(norm) = self.clip_norm {
            transforms.push(Box::new(ClipNorm { norm }));
        }
        Ok(transforms)
    }

    /// Constraints, in order.
    pub(super) fn constraints(
        &self,
        target: Target<'_>,
    ) -> Result<Vec<Box<dyn Constraint<AnyLayer>>>, RunError> {
        let mut constraints: Vec<Box<dyn Constraint<AnyLayer>>> = Vec::new();
        // First: moved centers change biases, on which a projection may act.
        if self.center() == CenterName::Both {
            constraints.push(Box::new(Centering::default()));
        }
        if self.gauge == Some(GaugeName::ZeroSum) {
            let mut layers = target.machine.layers.iter();
            if !layers.any(|layer| matches!(layer.domain(), Domain::OneHot { .. })) {
                let (setting, reason) = ("gauge zero-sum", "without one-hot layers");
                return Err(SettingsError::NoEffect { setting, reason }.into());
            }
            // A layer of the whole machine does not have the neighbours that it has in a stage.
            if target.stage.is_none() {
                constraints.push(Box::new(ZeroSumGauge));
            }
        }
        for rule in &self.constraint {
            let selection = target.whole("constraint", rule, &rule.on)?;
            let projection = rule.kind.projection(&selection, target.machine)?;
            constraints.push(Box::new(projection.on(target.part(selection))));
        }
        constraints.push(Box::new(ParameterRanges));
        constraints.push(Box::new(Normalizable::default()));
        Ok(constraints)
    }
}
