//! The defaults of a run, chosen by the benchmark of docs/defaults.md.

use paysage_data::{Rows, total_weight};
use paysage_layers::LayerKind;
use paysage_models::Initialization;
use paysage_optimizers::{OptimizerKind, Schedule, StudentT};

use super::{CenterName, MethodName, PenaltyKind, RuleSetting, SelectionText, Settings};

/// The default number of steps, in whole epochs.
const STEPS: usize = 10_000;

/// The smallest default number of epochs.
const FEWEST_EPOCHS: usize = 10;

/// The default penalty of all rows together. With more, machines do not fit a few distinct rows; with
/// less, they overfit a few noisy ones.
const PENALTY: StudentT = StudentT {
    strength: 0.35,
    scale: 1.0,
};

/// The number of rows from which on there is no default penalty: it would change nothing.
const MANY_ROWS: f64 = 1000.0;

/// The default rate of Adam for hidden Poisson units: their rates grow exponentially with the weights, and at
/// the usual rate of 0.001 one of twelve trainings on digits diverges.
const RATE_OF_COUNTS: f64 = 3e-4;

/// The default number of replicas of each persistent chain of real columns.
const REPLICAS: usize = 5;

impl Settings {
    /// The settings with explicit values for defaults that a later version may change, so that their file
    /// makes the same run with that version. Those that depend on the number of training rows are set by
    /// [`for_rows`](Self::for_rows).
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.optimizer = Some(self.optimizer());
        self.learning_rate = Some(self.initial_rate());
        self.schedule = Some(self.schedule());
        self.init = Some(self.initialization());
        self.center = Some(self.center());
        if let Some(replicas) = self.replicas() {
            self.chains = Some(self.chain_count());
            self.tempering = Some(replicas);
        }
        self.metrics_every = self.measured_every();
        // None at all is what a run without the setting has.
        self.pretrain_epochs = self.pretrain_epochs.filter(|&epochs| epochs > 0);
        self
    }

    /// The settings with explicit values for defaults that depend on the number of training rows: epochs
    /// for 10,000 steps, but at least 10; and for fewer than 1,000 rows, where no penalty is given, a
    /// Student-t penalty of the weights of strength 0.35/rows and scale 1.
    ///
    /// Weighted rows are as many for the penalty as the sum of their weights, and one at least: a row of
    /// weight 2 is two rows, and weights by identity sum to the effective number of sequences.
    #[must_use]
    pub fn for_rows(self, rows: &(impl Rows + ?Sized)) -> Self {
        let total = match rows.weights() {
            Some(weights) => total_weight(weights).max(1.0),
            None => rows.count() as f64,
        };
        self.for_counts(rows.count(), total)
    }

    /// [`for_rows`](Self::for_rows) of so many rows with this sum of weights.
    pub(super) fn for_counts(mut self, rows: usize, total: f64) -> Self {
        let steps = rows.div_ceil(self.batch_size).max(1);
        let enough = STEPS.div_ceil(steps).max(FEWEST_EPOCHS);
        self.epochs.get_or_insert(enough);
        if self.penalty.is_empty() && rows > 0 && total < MANY_ROWS {
            // Four digits, which are legible in the settings.
            let strength = (1e6 * PENALTY.strength / total).round() / 1e6;
            self.penalty.push(RuleSetting {
                kind: PenaltyKind::StudentT(StudentT {
                    strength,
                    ..PENALTY
                }),
                on: SelectionText::default(),
            });
        }
        self
    }

    /// The optimizer: plain SGD, with which persistent chains reach the highest likelihood; Adam for hidden
    /// rectified units and counts and for visible units of a wide range (binomial, Poisson, ReLU), with which
    /// SGD at the usual rate diverges, and where layers of unbounded
    /// units may be connected, since the gradients of their couplings grow without bound towards
    /// the largest ones that can be normalized.
    #[must_use]
    pub fn optimizer(&self) -> OptimizerKind {
        let hidden = self.hidden_layers().unwrap_or_default();
        let visible = self.may_be_real() || self.visible.as_deref() == Some("relu");
        let unbounded: Vec<bool> = std::iter::once(visible)
            .chain(hidden.iter().map(is_unbounded))
            .collect();
        let connected = unbounded.windows(2).any(|pair| pair[0] && pair[1]);
        let diverges = hidden
            .iter()
            .any(|kind| is_unbounded(kind) && !matches!(kind, LayerKind::Gaussian { .. }));
        let name = self.visible.as_deref().unwrap_or_default();
        let is_wide = ["poisson", "relu"].contains(&name) || name.starts_with("binomial");
        self.optimizer
            .unwrap_or(match connected || diverges || is_wide {
                true => OptimizerKind::Adam,
                false => OptimizerKind::Sgd,
            })
    }

    /// The initial learning rate: the usual one of the optimizer where none is given, and less of Adam for
    /// hidden Poisson units.
    #[must_use]
    pub fn initial_rate(&self) -> f64 {
        let usual = || match self.optimizer() {
            OptimizerKind::Adam if self.has_hidden_counts() => RATE_OF_COUNTS,
            optimizer => optimizer.default_learning_rate(),
        };
        self.learning_rate.unwrap_or_else(usual)
    }

    /// The schedule of the learning rate: half a cosine to a hundredth where none is given.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.schedule.clone().unwrap_or_default()
    }

    /// The initialization of the weights: in the scale of each unit where units may be real, and small
    /// weights of hidden Poisson units, whose rates grow exponentially with them.
    #[must_use]
    pub fn initialization(&self) -> Initialization {
        self.init.unwrap_or_else(|| match self.may_be_real() {
            true => Initialization::Stddev,
            false if self.has_hidden_counts() => Initialization::Hinton,
            false => Initialization::Glorot,
        })
    }

    fn has_hidden_counts(&self) -> bool {
        let hidden = self.hidden_layers().unwrap_or_default();
        let is_poisson = |kind: &LayerKind| matches!(kind, LayerKind::Poisson { .. });
        hidden.iter().any(is_poisson)
    }

    /// The layers that are centered: all, where nothing else is given.
    #[must_use]
    pub fn center(&self) -> CenterName {
        self.center.unwrap_or_default()
    }

    /// Number of persistent chains, or of starting points of TAP: as many states in all as a batch has
    /// rows.
    #[must_use]
    pub fn chain_count(&self) -> usize {
        self.chains.unwrap_or(match self.is_tempered_by_default() {
            true => self.batch_size.div_ceil(REPLICAS),
            false => self.batch_size,
        })
    }

    /// The replicas of each persistent chain at different temperatures, if there are several: where visible
    /// units may be real and neither chains nor replicas are given, the states of the chains are replicas.
    /// Plain chains do not cross between clusters that are many standard deviations apart, so that the
    /// probabilities of the clusters are left to chance.
    #[must_use]
    pub fn replicas(&self) -> Option<usize> {
        let default = self.is_tempered_by_default().then_some(REPLICAS);
        self.tempering.or(default)
    }

    fn is_tempered_by_default(&self) -> bool {
        let chosen = self.chains.is_some() || self.tempering.is_some() || self.jarzynski;
        self.method == MethodName::Pcd && !chosen && self.may_be_real()
    }

    fn may_be_real(&self) -> bool {
        self.schema.is_some() || self.is_real()
    }
}

fn is_unbounded(kind: &LayerKind) -> bool {
    match kind {
        LayerKind::Bernoulli { .. }
        | LayerKind::Spin { .. }
        | LayerKind::OneHot { .. }
        | LayerKind::Binomial { .. }
        | LayerKind::TruncatedExponential { .. } => false,
        LayerKind::Gaussian { .. }
        | LayerKind::Poisson { .. }
        | LayerKind::Relu { .. }
        | LayerKind::DRelu { .. }
        | LayerKind::PRelu { .. }
        | LayerKind::XRelu { .. }
        | LayerKind::NsRelu { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use paysage_data::Table;

    use super::*;

    fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        change(&mut settings);
        settings
    }

    fn of_count(settings: Settings, rows: usize) -> Settings {
        settings.for_counts(rows, rows as f64)
    }

    /// The penalty of the whole data set is the same for weighted rows and for repeated ones, and for rows
    /// of a cluster that share the weight of one.
    #[test]
    fn the_default_penalty_counts_rows_by_their_weights() {
        let rows = |values: Vec<f32>| Table::new("t", 1, values).expect("rows");
        let strengths = |table: &Table| -> Vec<String> {
            let settings = Settings::default().for_rows(table);
            settings.penalty.iter().map(ToString::to_string).collect()
        };
        let weighted = |values: Vec<f32>, weights: Vec<f32>| {
            strengths(&rows(values).with_weights(weights).expect("weights"))
        };
        let repeated = strengths(&rows(vec![0.0, 0.0, 0.0, 1.0, 1.0]));
        assert_eq!(repeated, ["student-t=0.07:1"]);
        let counts = weighted(vec![0.0, 1.0, 0.5], vec![3.0, 2.0, 0.0]);
        assert_eq!(counts, repeated);
        let shared = vec![0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 1.0, 1.0, 1.0];
        assert_eq!(weighted(vec![0.0; 9], shared), repeated);
        // No more than that of one row.
        assert_eq!(weighted(vec![0.0; 4], vec![0.01; 4]), ["student-t=0.35:1"]);
        assert!(weighted(vec![0.0, 1.0], vec![400.0, 600.0]).is_empty());
        let many = strengths(&rows(vec![0.0; 1500]));
        let effective = weighted(vec![0.0; 1500], vec![1.0 / 3.0; 1500]);
        assert_eq!(
            (many, &*effective),
            (Vec::new(), &["student-t=0.0007:1".to_owned()][..])
        );
    }

    #[test]
    fn default_epochs_give_ten_thousand_steps_and_ten_epochs_at_least() {
        let epochs = |rows| of_count(Settings::default(), rows).epochs;
        assert_eq!(epochs(16), Some(10_000));
        assert_eq!(epochs(2000), Some(500));
        assert_eq!(epochs(60_000), Some(17));
        assert_eq!(epochs(10_000_000), Some(10));
        let given = of_count(settings(|s| s.epochs = Some(3)), 16);
        assert_eq!(given.epochs, Some(3));
    }

    #[test]
    fn another_penalty_replaces_the_default_one() {
        let texts = |settings: Settings| -> Vec<String> {
            settings.penalty.iter().map(ToString::to_string).collect()
        };
        let default = of_count(Settings::default(), 50);
        assert_eq!(texts(default), ["student-t=0.007:1"]);
        let default = of_count(Settings::default(), 30);
        assert_eq!(texts(default), ["student-t=0.011667:1"]);
        assert_eq!(of_count(Settings::default(), 1000).penalty, []);
        let none = "l2=0".parse().expect("a penalty");
        let given = of_count(settings(|s| s.penalty = vec![none]), 50);
        assert_eq!(texts(given.clone()), ["l2=0"]);
        let settled = of_count(given.clone().settled(), 50);
        assert_eq!(settled.penalty, given.penalty);
    }

    #[test]
    fn chains_of_real_columns_are_tempered() {
        let sampling = |change: fn(&mut Settings)| {
            let settings = settings(change).settled();
            (settings.chains, settings.tempering)
        };
        assert_eq!(sampling(|_| ()), (None, None));
        assert_eq!(
            sampling(|s| s.schema = Some("infer".into())),
            (Some(20), Some(5))
        );
        assert_eq!(
            sampling(|s| s.visible = Some("gaussian".into())),
            (Some(20), Some(5))
        );
        assert_eq!(
            sampling(|s| {
                s.schema = Some("infer".into());
                s.chains = Some(100);
            }),
            (Some(100), None)
        );
        assert_eq!(
            sampling(|s| {
                s.schema = Some("infer".into());
                s.method = MethodName::Cd;
            }),
            (None, None)
        );
    }

    #[test]
    fn adam_is_the_default_for_rectified_units_and_connected_unbounded_layers() {
        let optimizer = |visible: Option<&str>, schema: bool, hidden: &str| {
            let settings = settings(|s| {
                s.visible = visible.map(str::to_owned);
                s.schema = schema.then(|| "infer".to_owned());
                s.hidden = hidden.into();
            });
            settings.optimizer()
        };
        let (sgd, adam) = (OptimizerKind::Sgd, OptimizerKind::Adam);
        assert_eq!(optimizer(None, false, "gaussian:3"), sgd);
        assert_eq!(optimizer(Some("gaussian"), false, "20"), sgd);
        assert_eq!(optimizer(None, true, "20"), sgd);
        assert_eq!(optimizer(Some("gaussian"), false, "gaussian:3"), adam);
        assert_eq!(optimizer(None, true, "gaussian:3"), adam);
        assert_eq!(optimizer(None, false, "20,gaussian:5,gaussian:3"), adam);
        assert_eq!(optimizer(None, false, "relu:20"), adam);
        assert_eq!(optimizer(None, false, "binomial:20x3"), sgd);
        assert_eq!(optimizer(Some("relu"), false, "20"), adam);
        assert_eq!(optimizer(Some("binomial:255"), false, "20"), adam);
        assert_eq!(optimizer(Some("relu"), false, "gaussian:3"), adam);
    }

    #[test]
    fn hidden_counts_start_from_small_weights_and_learn_slowly() {
        let start = |hidden: &str, optimizer: Option<OptimizerKind>| {
            let settings = settings(|s| {
                s.hidden = hidden.into();
                s.optimizer = optimizer;
            });
            (settings.initialization(), settings.initial_rate())
        };
        let hinton = Initialization::Hinton;
        assert_eq!(start("poisson:20", None), (hinton, 3e-4));
        assert_eq!(start("20,poisson:5", None), (hinton, 3e-4));
        let sgd = Some(OptimizerKind::Sgd);
        assert_eq!(start("poisson:20", sgd), (hinton, 0.1));
        assert_eq!(start("relu:20", None), (Initialization::Glorot, 0.001));
    }
}
