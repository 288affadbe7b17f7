//! Checks of the settings of a run.

use paysage_metrics::MetricName;

use super::{MethodName, Settings, SettingsError};

/// The largest number of epochs, rows in a batch, sweeps or chains, for which no product overflows.
const MOST_COUNT: usize = 1_000_000_000;

/// The largest number of replicas of a chain.
const MOST_REPLICAS: usize = 10_000;

impl Settings {
    /// Checks that every setting is in range, has an effect and contradicts no other one.
    ///
    /// # Errors
    ///
    /// With the first fault.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_ranges()?;
        self.check_steps()?;
        self.check_data()?;
        self.check_stopping()?;
        self.check_effects()
    }

    fn check_ranges(&self) -> Result<(), SettingsError> {
        let counts = [
            ("epochs", self.epochs),
            ("batch-size", Some(self.batch_size)),
            ("gibbs-steps", self.gibbs_steps),
            ("max-sweeps", self.max_sweeps),
            ("chains", self.chains),
            ("data-sweeps", self.data_sweeps),
            ("pretrain-epochs", self.pretrain_epochs),
            ("metrics-every", self.metrics_every),
            ("likelihood-every", self.likelihood_every),
            ("save-every", self.save_every),
            ("patience", self.patience),
        ];
        for (setting, count) in counts {
            match count {
                Some(0) => return Err(SettingsError::Zero { setting }),
                Some(count) if count > MOST_COUNT => {
                    return Err(SettingsError::TooLarge {
                        setting,
                        found: count as u64,
                        most: MOST_COUNT as u64,
                    });
                }
                _ => {}
            }
        }
        if self.seed > i64::MAX as u64 {
            return Err(SettingsError::TooLarge {
                setting: "seed",
                found: self.seed,
                most: i64::MAX as u64,
            });
        }
        let finite = |x: f32| x.is_finite();
        let numbers = [
            (
                "learning-rate",
                self.learning_rate,
                self.learning_rate.is_none_or(|x| x.is_finite() && x > 0.0),
                "a finite number above 0",
            ),
            (
                "clip-norm",
                self.clip_norm,
                self.clip_norm.is_none_or(|x| x.is_finite() && x > 0.0),
                "a finite number above 0",
            ),
            (
                "validation",
                Some(self.validation),
                (0.0..1.0).contains(&self.validation),
                "a fraction of at least 0 and below 1",
            ),
            (
                "scale",
                self.scale.map(f64::from),
                self.scale.is_none_or(|x| finite(x) && x != 0.0),
                "a finite number other than 0",
            ),
            (
                "threshold",
                self.threshold.map(f64::from),
                self.threshold.is_none_or(finite),
                "a finite number",
            ),
            (
                "reweight",
                self.reweight,
                self.reweight.is_none_or(|x| x > 0.0 && x <= 1.0),
                "an identity above 0 and at most 1",
            ),
            (
                "tap-order",
                self.tap_order.map(|order| order as f64),
                self.tap_order.is_none_or(|order| (1..=3).contains(&order)),
                "1, 2 or 3",
            ),
            (
                "tempering",
                self.tempering.map(|replicas| replicas as f64),
                self.tempering
                    .is_none_or(|replicas| (2..=MOST_REPLICAS).contains(&replicas)),
                "2 to 10000 replicas",
            ),
            (
                "ladder",
                self.ladder.map(|machines| machines as f64),
                self.ladder
                    .is_none_or(|machines| (2..=MOST_REPLICAS).contains(&machines)),
                "2 to 10000 machines",
            ),
        ];
        let fault = numbers.into_iter().find(|(_, _, valid, _)| !valid);
        match fault {
            Some((setting, Some(found), _, expected)) => Err(SettingsError::OutOfRange {
                setting,
                found,
                expected,
            }),
            _ => Ok(()),
        }
    }

    fn check_steps(&self) -> Result<(), SettingsError> {
        let of = |setting| move |source| SettingsError::Step { setting, source };
        self.schedule().check().map_err(of("schedule"))?;
        let penalties = self.penalty.iter();
        let checks = penalties.map(|rule| rule.kind.check().map_err(of("penalty")));
        let constraints = self.constraint.iter();
        checks
            .chain(constraints.map(|rule| rule.kind.check().map_err(of("constraint"))))
            .collect()
    }

    fn check_data(&self) -> Result<(), SettingsError> {
        if self.metrics.contains(&MetricName::FreeEnergyGap) && self.validation == 0.0 {
            return Err(SettingsError::Conflict {
                setting: "metrics free_energy_gap",
                other: "validation 0",
                remedy: "hold out a fraction of the rows",
            });
        }
        if self.weights.is_some() && self.reweight.is_some() {
            return Err(SettingsError::Conflict {
                setting: "weights",
                other: "reweight",
                remedy: "each of them gives the weights of the rows",
            });
        }
        if self.schema.is_none() {
            return Ok(());
        }
        let of_alignments = [
            ("alphabet", self.alphabet.is_some()),
            ("gaps", self.gaps.is_some()),
            ("unknown", self.unknown.is_some()),
            ("reweight", self.reweight.is_some()),
        ];
        if let Some((setting, _)) = of_alignments.into_iter().find(|(_, given)| *given) {
            return Err(SettingsError::Conflict {
                setting,
                other: "schema",
                remedy: "a schema describes a table and no alignment",
            });
        }
        let conflict = |setting, remedy| {
            Err(SettingsError::Conflict {
                setting,
                other: "schema",
                remedy,
            })
        };
        if self.visible.is_some() {
            return conflict("visible", "the schema gives the kinds of the units");
        }
        if self.labels.is_some() {
            return conflict("labels", "make them a column of the file");
        }
        if self.scale.is_some() {
            return conflict("scale", "columns of a schema are standardized");
        }
        if self.threshold.is_some() {
            return conflict("threshold", "columns of a schema are standardized");
        }
        Ok(())
    }

    fn check_effects(&self) -> Result<(), SettingsError> {
        use MethodName::{Cd, Pcd, Ptt, Tap, Ucd};
        let deep = self.hidden_layers()?.len() > 1;
        let unobserved = deep || self.may_miss();
        let (tap, cd) = (self.method == Tap, self.method == Cd);
        let data_phase = self.data_phase.is_some();
        let data_sweeps = self.data_sweeps.is_some();
        let with_tap = "with method tap";
        let observed = "with one hidden layer and no missing values";
        let without_effect = [
            ("gibbs-steps", self.gibbs_steps.is_some() && tap, with_tap),
            ("chains", self.chains.is_some() && cd, "with method cd"),
            (
                "chains",
                self.chains.is_some() && self.method == Ucd,
                "with method ucd",
            ),
            (
                "chain-start",
                self.chain_start.is_some() && !cd,
                "without method cd",
            ),
            (
                "max-sweeps",
                self.max_sweeps.is_some() && self.method != Ucd,
                "without method ucd",
            ),
            (
                "jarzynski",
                self.jarzynski && self.method != Pcd,
                "without method pcd",
            ),
            (
                "ladder",
                self.ladder.is_some() && self.method != Ptt,
                "without method ptt",
            ),
            (
                "tempering",
                self.tempering.is_some() && self.method != Pcd,
                "without method pcd",
            ),
            (
                "tap-order",
                self.tap_order.is_some() && !tap,
                "without method tap",
            ),
            ("data-phase", data_phase && tap, with_tap),
            ("data-sweeps", data_sweeps && tap, with_tap),
            ("data-phase", data_phase && !unobserved, observed),
            ("data-sweeps", data_sweeps && !unobserved, observed),
            (
                "pretrain-epochs",
                self.pretrain_epochs.is_some() && !deep,
                "with one hidden layer",
            ),
            (
                "no-standardize",
                self.no_standardize && !self.is_real(),
                "without Gaussian visible units",
            ),
        ];
        if let Some((setting, _, reason)) = without_effect.into_iter().find(|(_, none, _)| *none) {
            return Err(SettingsError::NoEffect { setting, reason });
        }
        if self.jarzynski && self.tempering.is_some() {
            return Err(SettingsError::Conflict {
                setting: "jarzynski",
                other: "tempering",
                remedy: "the monitor of ln Z is one of plain pcd",
            });
        }
        let pretrained = self.pretrain_epochs.is_some();
        let conflict = |other, remedy| {
            Err(SettingsError::Conflict {
                setting: "pretrain-epochs",
                other,
                remedy,
            })
        };
        match (self.schema.is_some(), self.labels.is_some()) {
            _ if pretrained && tap => conflict("method tap", "pretraining uses cd or pcd"),
            (true, _) if pretrained => conflict("schema", "pretraining needs one visible layer"),
            (_, true) if pretrained => conflict("labels", "pretraining needs one visible layer"),
            _ => Ok(()),
        }
    }
}
