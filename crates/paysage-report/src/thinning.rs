//! Fewer epochs, where a run has many.

use crate::EpochRecord;

/// At most `most + 3` epochs: of each of `most` equal ranges the one with the most metrics, the last of
/// several, and always the first, the last and the best epoch. All epochs where there are no more than
/// `most`.
pub(crate) fn thinned(
    records: &[EpochRecord],
    most: usize,
    best: Option<usize>,
) -> Vec<&EpochRecord> {
    let count = records.len();
    if count <= most {
        return records.iter().collect();
    }
    let fullest = |range: usize| {
        let range = range * count / most..(range + 1) * count / most;
        range.max_by_key(|&index| records[index].values.len())
    };
    let best = best.and_then(|best| records.iter().position(|record| record.epoch == best));
    let mut kept: Vec<usize> = (0..most).filter_map(fullest).collect();
    kept.extend([0, count - 1]);
    kept.extend(best);
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|index| &records[index]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(count: usize) -> Vec<EpochRecord> {
        let record = |epoch| EpochRecord::new(epoch, 1.0, &[("a", 1.0)]);
        (1..=count).map(record).collect()
    }

    fn numbers(records: &[EpochRecord], most: usize, best: Option<usize>) -> Vec<usize> {
        let kept = thinned(records, most, best).into_iter();
        kept.map(|record| record.epoch).collect()
    }

    #[test]
    fn few_epochs_are_all_kept() {
        assert_eq!(numbers(&epochs(5), 5, None), [1, 2, 3, 4, 5]);
        assert!(thinned(&[], 5, Some(3)).is_empty());
    }

    #[test]
    fn first_last_and_best_stay() {
        let kept = numbers(&epochs(10_000), 500, Some(7_777));
        assert!(kept.len() <= 503, "{}", kept.len());
        assert!([1, 7_777, 10_000].iter().all(|epoch| kept.contains(epoch)));
        assert!(
            kept.windows(2)
                .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 20)
        );
        // A best epoch that is not among the records.
        assert_eq!(numbers(&epochs(4), 2, Some(9)), [1, 2, 4]);
    }

    #[test]
    fn rare_metrics_stay() {
        let mut records = epochs(1000);
        for index in [123, 456] {
            records[index].values.insert("rare".into(), 2.0);
        }
        let kept = thinned(&records, 10, None);
        let rare = kept.iter().filter(|record| record.values.len() == 2);
        assert_eq!(rare.count(), 2);
    }
}
