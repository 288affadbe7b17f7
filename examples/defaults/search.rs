//! The settings of the grid search.

use paysage::{
    optimizers::{L2, OptimizerKind},
    training::{CenterName, PenaltyKind, RuleSetting, SelectionText, Settings},
};

/// Thirty settings: optimizers and rates, each with and without centers, with one sweep and five; and
/// the defaults with more chains.
pub fn grid(base: &Settings) -> Vec<(String, Settings)> {
    let rates = [
        (OptimizerKind::Sgd, 0.02),
        (OptimizerKind::Sgd, 0.1),
        (OptimizerKind::Sgd, 0.5),
        (OptimizerKind::Adam, 0.001),
        (OptimizerKind::Adam, 0.005),
        (OptimizerKind::Adam, 0.02),
        (OptimizerKind::Momentum, 0.01),
    ];
    let mut settings = Vec::new();
    for (optimizer, rate) in rates {
        for center in [CenterName::None, CenterName::Both] {
            for sweeps in [1, 5] {
                settings.push(Settings {
                    optimizer: Some(optimizer),
                    learning_rate: Some(rate),
                    center: Some(center),
                    gibbs_steps: Some(sweeps),
                    ..without_penalty(base)
                });
            }
        }
    }
    for rate in [0.02, 0.1] {
        settings.push(Settings {
            optimizer: Some(OptimizerKind::Sgd),
            learning_rate: Some(rate),
            center: Some(CenterName::Both),
            chains: Some(500),
            ..without_penalty(base)
        });
    }
    settings.into_iter().map(|s| (name(&s), s)).collect()
}

/// The grid has no penalty.
fn without_penalty(base: &Settings) -> Settings {
    let none = RuleSetting {
        kind: PenaltyKind::L2(L2 { strength: 0.0 }),
        on: SelectionText::default(),
    };
    Settings {
        penalty: vec![none],
        ..base.clone()
    }
}

/// What differs between the settings of the grid, in few words.
fn name(settings: &Settings) -> String {
    let center = match settings.center {
        Some(CenterName::Both) => ", centered",
        _ => "",
    };
    let chains = match settings.chains {
        Some(chains) => format!(", {chains} chains"),
        None => String::new(),
    };
    format!(
        "{} {}, k = {}{center}{chains}",
        settings.optimizer(),
        settings.initial_rate(),
        settings.gibbs_steps.unwrap_or(1)
    )
}
