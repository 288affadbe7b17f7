//! Suggestions for unknown names.

/// The similarity (Jaro, 0 to 1) above which a known name is suggested, as in the errors of clap.
const SIMILAR: f64 = 0.7;

/// The known name that is most similar to an unknown one; `None` where none is similar.
pub(super) fn nearest<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (similarity(found, name), name))
        .filter(|(similarity, _)| *similarity > SIMILAR)
        .max_by(|(first, _), (second, _)| first.total_cmp(second))
        .map(|(_, name)| name)
}

/// 1 for names that differ by one edit, such as two letters exchanged; otherwise their Jaro similarity, which
/// is low for exchanged letters of short names.
fn similarity(first: &str, second: &str) -> f64 {
    match strsim::damerau_levenshtein(first, second) {
        0 | 1 => 1.0,
        _ => strsim::jaro(first, second),
    }
}

/// `: did you mean "pcd"?`, or nothing where no name of a list separated by commas is similar.
pub(super) fn suggestion(found: &str, known: &str) -> String {
    match nearest(found, known.split(", ")) {
        Some(name) => format!(": did you mean {name:?}?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_similar_names_are_suggested() {
        let known = ["epochs", "batch-size", "chains"];
        assert_eq!(nearest("epoch", known), Some("epochs"));
        assert_eq!(nearest("batch_size", known), Some("batch-size"));
        assert_eq!(nearest("chain", known), Some("chains"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(suggestion("pdc", "cd, pcd, tap"), ": did you mean \"pcd\"?");
        assert_eq!(suggestion("newton", "cd, pcd, tap"), "");
    }
}
