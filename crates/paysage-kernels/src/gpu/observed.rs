//! The numbers of launches that differ from one time to the next.
//!
//! A captured kernel reads its key, its learning rate or its inverse temperature from memory, which is written before
//! each replay. Each launch takes the next place there, so that the places are the same whenever the same work is done,
//! and a [`Source`] says which words belong there.

use std::cell::RefCell;

use cubecl::{bytes::Bytes, client::Client, prelude::*, server::Handle};

use super::{adam::numbers_of, words::key_words};
use crate::{
    AdamStep, RandomKey, Time,
    lineage::{self, Descent},
};

/// The words of a launch as a function of the time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A key.
    Key(Descent),
    /// The learning rate.
    Rate,
    /// A number of the time, by its place.
    Number(usize),
    /// The numbers of a step of Adam, which counts from another time on.
    Adam { step: AdamStep, behind: isize },
}

impl Source {
    fn words(&self, time: &Time<'_>) -> Vec<u32> {
        match self {
            Self::Key(descent) => key_words(descent.of(time.keys)).to_vec(),
            Self::Number(place) => vec![(time.numbers[*place] as f32).to_bits()],
            Self::Rate => vec![(time.rate as f32).to_bits()],
            Self::Adam { step, behind } => {
                let step = AdamStep {
                    time: time.number.wrapping_add_signed(-behind),
                    rate: time.rate,
                    ..*step
                };
                numbers_of(step).map(f32::to_bits).to_vec()
            }
        }
    }
}

/// Memory for the words of captured work.
pub(super) struct Words {
    client: Client,
    handle: Handle,
    sources: Vec<Source>,
}

impl Words {
    pub(super) fn new(client: &Client, sources: Vec<Source>, time: &Time<'_>) -> Self {
        let words: usize = sources.iter().map(|source| source.words(time).len()).sum();
        Self {
            client: client.clone(),
            handle: client.empty(words.max(1) * size_of::<u32>()),
            sources,
        }
    }

    /// Writes the words of a time.
    pub(super) fn write(&self, time: &Time<'_>) {
        let sources = self.sources.iter();
        let words: Vec<u32> = sources.flat_map(|source| source.words(time)).collect();
        if !words.is_empty() {
            self.client.write(&self.handle, Bytes::from_elems(words));
        }
    }

    /// Whether launches with these sources find their words here.
    pub(super) fn are_for(&self, sources: Option<&[Source]>) -> bool {
        sources == Some(self.sources.as_slice())
    }
}

/// The launches so far.
struct Observed {
    keys: Vec<RandomKey>,
    rate: f64,
    numbers: Vec<f64>,
    number: usize,
    /// Where kernels read their words, which are those of these sources.
    memory: Option<(Handle, Vec<Source>)>,
    sources: Vec<Source>,
    /// Words of these sources.
    length: usize,
    /// Whether a launch has numbers whose source is not known.
    is_unknown: bool,
}

thread_local! {
    static OBSERVED: RefCell<Option<Observed>> = const { RefCell::new(None) };
}

/// Does work, and returns the sources of the words of its launches. Its kernels read their words from memory, if there
/// is one. `None` for the sources where the work depends on the time in other ways too.
pub(super) fn observe<T>(
    time: &Time<'_>,
    memory: Option<&Words>,
    work: impl FnOnce() -> T,
) -> (T, Option<Vec<Source>>) {
    /// Ends the observation, after a panic too.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            OBSERVED.set(None);
        }
    }
    OBSERVED.set(Some(Observed {
        keys: time.keys.to_vec(),
        rate: time.rate,
        numbers: time.numbers.to_vec(),
        number: time.number,
        memory: memory.map(|words| (words.handle.clone(), words.sources.clone())),
        sources: Vec::new(),
        length: 0,
        is_unknown: false,
    }));
    let end = End;
    let (done, lineage) = lineage::noted(work);
    let observed = OBSERVED.take();
    drop(end);
    let known = observed.filter(|observed| !observed.is_unknown && !lineage.used_on_host());
    (done, known.map(|observed| observed.sources))
}

/// Whether work of this thread is observed.
pub(super) fn is_observed() -> bool {
    OBSERVED.with_borrow(Option::is_some)
}

/// Memory with the words of a launch, and the place of the first.
pub(super) type Place = (BufferArg, u32);

/// The place of a key, where work is captured. A key that does not descend from those of the work is the same each
/// time, and has no place.
pub(super) fn place_of_key(key: RandomKey) -> Option<Place> {
    place(|observed| {
        let descent = lineage::so_far(|lineage| lineage.descent(key, &observed.keys))??;
        Some(Source::Key(descent))
    })
}

/// The place of a number, where work is captured. One that is none of the time is the same each time, and has no place.
pub(super) fn place_of_number(number: f32) -> Option<Place> {
    place(|observed| {
        let is_same = |other: &f64| (*other as f32).to_bits() == number.to_bits();
        observed
            .numbers
            .iter()
            .position(is_same)
            .map(Source::Number)
    })
}

/// The place of a learning rate, where work is captured.
pub(super) fn place_of_rate(rate: f64) -> Option<Place> {
    place(|observed| observed.is_rate(rate).then_some(Source::Rate))
}

/// The place of the numbers of a step of Adam, where work is captured.
pub(super) fn place_of_adam(step: AdamStep) -> Option<Place> {
    place(|observed| {
        let behind = observed.number as isize - step.time as isize;
        let is_rate = observed.is_rate(step.rate);
        // The same whenever it is captured.
        let step = AdamStep {
            time: 0,
            rate: 0.0,
            ..step
        };
        is_rate.then_some(Source::Adam { step, behind })
    })
}

impl Observed {
    /// Whether a rate is that of the time; another one may change in ways that are not known.
    fn is_rate(&mut self, rate: f64) -> bool {
        let is_rate = rate == self.rate;
        self.is_unknown |= !is_rate;
        is_rate
    }
}

fn place(source: impl FnOnce(&mut Observed) -> Option<Source>) -> Option<Place> {
    OBSERVED.with_borrow_mut(|observed| {
        let observed = observed.as_mut()?;
        let source = source(observed)?;
        let time = Time {
            keys: &observed.keys,
            rate: observed.rate,
            numbers: &observed.numbers,
            number: observed.number,
        };
        let place = observed.length;
        observed.length += source.words(&time).len();
        observed.sources.push(source);
        let (memory, expected) = observed.memory.as_ref()?;
        // Of work that is not what it was, the words in memory are others.
        let at = observed.sources.len() - 1;
        if expected.get(at) != observed.sources.last() {
            return None;
        }
        let memory = memory.clone();
        let length = memory.size_in_used() as usize / size_of::<u32>();
        // SAFETY: the length is that of the memory.
        #[allow(unsafe_code)]
        let memory = unsafe { BufferArg::from_raw_parts(memory, length) };
        Some((memory, place as u32))
    })
}
