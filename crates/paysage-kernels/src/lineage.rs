//! How random keys descend from others, noted while work is captured.
//!
//! Captured work reads its keys from memory. To repeat it with another key, the keys of its draws must be known as
//! functions of that key: the chain of derivations from one to the other.

use std::{cell::RefCell, collections::HashMap};

use crate::RandomKey;

/// One step from a key to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivation {
    /// [`RandomKey::split`].
    Split(u64),
    /// [`RandomKey::starting_at`].
    StartingAt(u32),
    /// [`RandomKey::times_rows`].
    TimesRows(u32),
}

/// A key as a function of one of several keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descent {
    /// The place of the first key.
    ancestor: usize,
    derivations: Vec<Derivation>,
}

impl Descent {
    /// The key that descends from the one at the same place.
    pub(crate) fn of(&self, ancestors: &[RandomKey]) -> RandomKey {
        let derive = |key: RandomKey, derivation: &Derivation| match *derivation {
            Derivation::Split(count) => key.split(count),
            Derivation::StartingAt(row) => key.starting_at(row),
            Derivation::TimesRows(rows) => key.times_rows(rows),
        };
        self.derivations
            .iter()
            .fold(ancestors[self.ancestor], derive)
    }
}

/// What was noted.
#[derive(Default)]
pub(crate) struct Lineage {
    parents: HashMap<RandomKey, (RandomKey, Derivation)>,
    /// Whether the host computed with a key, so that work depends on keys in ways that draws do not show.
    used_on_host: bool,
}

impl Lineage {
    /// How a key descends from one of these; `None` for a key that does not.
    pub(crate) fn descent(&self, key: RandomKey, ancestors: &[RandomKey]) -> Option<Descent> {
        let (mut key, mut derivations) = (key, Vec::new());
        loop {
            if let Some(ancestor) = ancestors.iter().position(|ancestor| *ancestor == key) {
                derivations.reverse();
                return Some(Descent {
                    ancestor,
                    derivations,
                });
            }
            // Keys of no ancestor may descend from each other in a circle.
            if derivations.len() > self.parents.len() {
                return None;
            }
            let (parent, derivation) = self.parents.get(&key)?;
            derivations.push(*derivation);
            key = *parent;
        }
    }

    pub(crate) fn used_on_host(&self) -> bool {
        self.used_on_host
    }
}

thread_local! {
    static NOTED: RefCell<Option<Lineage>> = const { RefCell::new(None) };
}

/// Does work and notes the keys that this thread derives meanwhile.
pub(crate) fn noted<T>(work: impl FnOnce() -> T) -> (T, Lineage) {
    /// Ends the notes, after a panic too.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            NOTED.set(None);
        }
    }
    NOTED.set(Some(Lineage::default()));
    let end = End;
    let done = work();
    let lineage = NOTED.take().unwrap_or_default();
    drop(end);
    (done, lineage)
}

/// Looks something up in the notes so far; `None` where none are taken.
pub(crate) fn so_far<T>(look: impl FnOnce(&Lineage) -> T) -> Option<T> {
    NOTED.with_borrow(|noted| noted.as_ref().map(look))
}

/// Notes a derivation, where notes are taken.
pub(crate) fn note(parent: RandomKey, child: RandomKey, derivation: Derivation) {
    NOTED.with_borrow_mut(|noted| {
        if let Some(noted) = noted
            && child != parent
        {
            noted.parents.entry(child).or_insert((parent, derivation));
        }
    });
}

/// Notes that the host computes with a key.
pub(crate) fn note_use_on_host() {
    NOTED.with_borrow_mut(|noted| {
        if let Some(noted) = noted {
            noted.used_on_host = true;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_repeated_for_other_ancestors() {
        let bases = |seed| [RandomKey::new(seed), RandomKey::new(seed + 1)];
        let derive = |[first, second]: [RandomKey; 2]| {
            [
                first.split(3).starting_at(5).split(1),
                second.split(4).starting_at(2).times_rows(3),
                second,
            ]
        };
        let (keys, lineage) = noted(|| derive(bases(1)));
        let expected = derive(bases(7));
        for (key, expected) in keys.into_iter().zip(expected) {
            let descent = lineage.descent(key, &bases(1)).expect("a descendant");
            assert_eq!(descent.of(&bases(7)), expected);
        }
        assert_eq!(lineage.descent(RandomKey::new(9), &bases(1)), None);
        let (circle, lineage) = noted(|| RandomKey::new(9).starting_at(3).starting_at(0));
        assert_eq!(lineage.descent(circle, &bases(1)), None);
        assert!(!lineage.used_on_host());
    }

    #[test]
    fn keys_that_the_host_uses_are_noted() {
        let (_, lineage) = noted(|| RandomKey::new(1).seed_of_row(0));
        assert!(lineage.used_on_host());
        assert_eq!(so_far(|_| ()), None);
    }
}
