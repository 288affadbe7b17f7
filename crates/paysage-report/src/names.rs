//! Names of metrics as text.

use paysage_metrics::MetricName;

/// Suffixes of a name for the data or the method of a quantity. Names that differ only in these are
/// series of one panel, in this order.
const VARIANTS: [&str; 14] = [
    "training",
    "train",
    "validation",
    "test",
    "data",
    "model",
    "samples",
    "exact",
    "ais",
    "tap",
    "low",
    "high",
    "min",
    "max",
];

/// The number of variants that may also be prefixes: `validation_free_energy`.
const LEADING: usize = 4;

/// The parts of a metric's name: `log_partition_ais_low` is `log_partition` and `AIS low`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The quantity, as in the name.
    pub(crate) stem: String,
    /// The data or the method, as text; may be empty.
    pub(crate) series: String,
    /// Sorts the series of a panel.
    pub(crate) order: Vec<usize>,
}

pub(crate) fn split(name: &str) -> Name {
    let mut words: Vec<&str> = name.split('_').collect();
    let mut variants = Vec::new();
    while words.len() > 1 && words.last().is_some_and(|word| VARIANTS.contains(word)) {
        variants.splice(0..0, words.pop());
    }
    while words.len() > 1 && VARIANTS[..LEADING].contains(&words[0]) {
        variants.insert(0, words.remove(0));
    }
    let place = |word: &&str| VARIANTS.iter().position(|variant| variant == word);
    Name {
        order: variants.iter().filter_map(place).collect(),
        series: variants
            .iter()
            .map(|word| as_text(word))
            .collect::<Vec<_>>()
            .join(" "),
        stem: words.join("_"),
    }
}

/// The name without a suffix: `log_likelihood_ais_validation` for
/// `log_likelihood_ais_low_validation` and `low`.
pub(crate) fn without(name: &str, word: &str) -> Option<String> {
    let (before, after) = name.rsplit_once(&format!("_{word}"))?;
    let rest = after
        .split('_')
        .skip(1)
        .all(|word| VARIANTS.contains(&word));
    let whole = after.is_empty() || after.starts_with('_');
    (whole && rest).then(|| format!("{before}{after}"))
}

/// Suffix of the names of standard errors.
pub(crate) const STANDARD_ERROR: &str = "standard_error";

/// Suffix of the names of marks, 1 where a value is not reliable and otherwise 0.
pub(crate) const UNRELIABLE: &str = "unreliable";

/// Whether a value describes the measurement and is no metric itself: a number of rows, the standard
/// error of another value, or the best epoch so far.
pub(crate) fn is_detail(name: &str) -> bool {
    name.starts_with("metrics_rows")
        || name == "best_epoch"
        || [STANDARD_ERROR, UNRELIABLE]
            .iter()
            .any(|end| without(name, end).is_some())
}

/// The name of a quantity and its unit, which may be empty.
pub(crate) fn title(stem: &str) -> (String, &'static str) {
    let words = stem.split('_').map(as_text).collect::<Vec<_>>().join(" ");
    let words = words
        .replace("log likelihood", "log-likelihood")
        .replace("jensen shannon", "Jensen–Shannon")
        .replace("frechet", "Fréchet")
        .replace("pseudo log", "pseudo-log")
        .replace(" reconstructions", ", reconstructions");
    match stem {
        "log_likelihood" => (words, "nats per row"),
        "log_partition" => ("log partition function ln Z".into(), "nats"),
        "entropy" => (words, "nats"),
        _ => (words, stem.parse().map_or("", unit)),
    }
}

/// Whether a quantity is a number of things.
pub(crate) fn is_count(stem: &str) -> bool {
    let metric = stem.parse();
    metric.is_ok_and(|m| {
        matches!(
            m,
            MetricName::DeadHiddenUnits | MetricName::SaturatedHiddenUnits
        )
    })
}

/// What a quantity is measured on; empty where that is not known.
pub(crate) fn source(stem: &str) -> &'static str {
    match stem {
        "log_likelihood" => "rows",
        "log_partition" => "",
        _ => stem.parse().map_or("", source_of),
    }
}

fn unit(metric: MetricName) -> &'static str {
    use MetricName as M;
    match metric {
        M::ReconstructionError => "mean squared error per unit",
        M::PseudoLogLikelihood | M::FreeEnergy | M::FreeEnergyGap | M::LogLikelihoodExact => {
            "nats per row"
        }
        M::EnergyDistance | M::EnergyDistanceReconstructions => "0 for equal distributions",
        M::MaximumMeanDiscrepancy | M::MaximumMeanDiscrepancyReconstructions => {
            "MMD², 0 for equal distributions"
        }
        M::FrechetDistance | M::FrechetDistanceReconstructions => "squared units of the rows",
        M::KlDivergence
        | M::ReverseKlDivergence
        | M::JensenShannonDivergence
        | M::KlDivergenceReconstructions
        | M::ReverseKlDivergenceReconstructions
        | M::JensenShannonDivergenceReconstructions => "nats",
        M::AdversarialAccuracy
        | M::AdversarialAccuracyTruth
        | M::AdversarialAccuracySynthetic
        | M::AdversarialAccuracyReconstructions
        | M::AdversarialAccuracyTruthReconstructions
        | M::AdversarialAccuracySyntheticReconstructions => "fraction, ½ for equal distributions",
        M::HeatCapacity => "nats² per unit",
        M::HiddenActivity => "mean value of a unit",
        M::DeadHiddenUnits | M::SaturatedHiddenUnits => "number of units",
        M::MeanSquareWeight => "squared weight",
        M::WeightSparsity => "participation ratio, 1/N to 1",
    }
}

fn source_of(metric: MetricName) -> &'static str {
    use MetricName as M;
    match metric {
        _ if metric.is_of_reconstructions() => "reconstructions and rows",
        M::ReconstructionError | M::PseudoLogLikelihood | M::FreeEnergy | M::LogLikelihoodExact => {
            "rows"
        }
        M::FreeEnergyGap => "validation and training rows",
        M::HeatCapacity => "samples",
        M::HiddenActivity | M::DeadHiddenUnits | M::SaturatedHiddenUnits => {
            "hidden units given rows"
        }
        M::MeanSquareWeight | M::WeightSparsity => "weights",
        _ => "samples and rows",
    }
}

/// Names of metrics sorted by quantity, and within one as in its panel, each once.
pub(crate) fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<_> = names.collect();
    names.sort_by_cached_key(|name| {
        let parts = split(name);
        (parts.stem, parts.order, *name)
    });
    names.dedup();
    names
}

/// The full name of a metric, for tables: `free energy, validation`.
pub(crate) fn heading(name: &str) -> String {
    let Name { stem, series, .. } = split(name);
    let (title, _) = title(&stem);
    if series.is_empty() {
        title
    } else {
        format!("{title}, {series}")
    }
}

fn as_text(word: &str) -> String {
    match word {
        "ais" | "tap" | "kl" | "auc" | "cd" | "pcd" => word.to_uppercase(),
        word => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_removed() {
        for (name, of) in [
            ("a_low", Some("a")),
            (
                "log_likelihood_ais_low_validation",
                Some("log_likelihood_ais_validation"),
            ),
            ("a_lower", None),
            ("a_low_tide", None),
            ("low", None),
        ] {
            assert_eq!(without(name, "low").as_deref(), of, "{name}");
        }
        for (name, detail) in [
            ("a_standard_error", true),
            ("a_validation_standard_error", true),
            ("metrics_rows_validation", true),
            ("best_epoch", true),
            ("reconstruction_error", false),
        ] {
            assert_eq!(is_detail(name), detail, "{name}");
        }
    }

    #[test]
    fn series_of_one_quantity_share_a_stem() {
        for (name, stem, series) in [
            ("free_energy", "free_energy", ""),
            ("free_energy_validation", "free_energy", "validation"),
            ("validation_free_energy", "free_energy", "validation"),
            ("log_partition_ais_low", "log_partition", "AIS low"),
            ("energy_distance", "energy_distance", ""),
            ("test", "test", ""),
        ] {
            let found = split(name);
            assert_eq!((found.stem.as_str(), found.series.as_str()), (stem, series));
        }
        assert!(split("a_training").order < split("a_validation").order);
        assert!(split("a").order < split("a_training").order);
    }

    #[test]
    fn titles_are_the_names_of_quantities() {
        let likelihood = title("pseudo_log_likelihood");
        assert_eq!(likelihood, ("pseudo-log-likelihood".into(), "nats per row"));
        let distance = title("energy_distance_reconstructions");
        assert_eq!(distance.0, "energy distance, reconstructions");
        assert_eq!(heading("log_likelihood_ais"), "log-likelihood, AIS");
        assert_eq!(heading("gradient_norm"), "gradient norm");
    }

    #[test]
    fn every_metric_has_a_unit_and_a_source() {
        for metric in MetricName::ALL {
            let Name { stem, series, .. } = split(metric.as_str());
            // The exact log-likelihood shares a panel with that of annealing.
            let exact = metric == MetricName::LogLikelihoodExact;
            assert_eq!(series, if exact { "exact" } else { "" });
            assert!(!title(&stem).1.is_empty(), "{metric}");
            assert!(!source(&stem).is_empty(), "{metric}");
        }
    }
}
