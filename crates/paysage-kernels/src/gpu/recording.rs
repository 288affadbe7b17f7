//! The keys of draws that are recorded.
//!
//! A recorded kernel reads its key from memory. Each draw takes the next place there, so that the places are the same
//! whenever the same work is done, and its [`Descent`] says which key belongs there.

use std::cell::RefCell;

use cubecl::{bytes::Bytes, client::Client, prelude::*, server::Handle};

use super::words::{KEY_WORDS, key_words};
use crate::{
    RandomKey,
    lineage::{self, Descent},
};

/// Memory for the keys of the draws of a block of work.
pub(super) struct KeyMemory {
    client: Client,
    handle: Handle,
    descents: Vec<Descent>,
}

impl KeyMemory {
    pub(super) fn new(client: &Client, descents: Vec<Descent>) -> Self {
        let bytes = descents.len().max(1) * KEY_WORDS * size_of::<u32>();
        Self {
            client: client.clone(),
            handle: client.empty(bytes),
            descents,
        }
    }

    /// Writes the keys of the block of these keys.
    pub(super) fn write(&self, ancestors: &[RandomKey]) {
        let keys = self.descents.iter().map(|descent| descent.of(ancestors));
        let words: Vec<u32> = keys.flat_map(key_words).collect();
        if !words.is_empty() {
            self.client.write(&self.handle, Bytes::from_elems(words));
        }
    }

    /// Whether draws that descend like this find their keys here.
    pub(super) fn is_for(&self, descents: Option<&[Descent]>) -> bool {
        descents == Some(self.descents.as_slice())
    }
}

/// The draws of a block so far.
struct Recording {
    ancestors: Vec<RandomKey>,
    memory: Option<Handle>,
    descents: Vec<Descent>,
}

thread_local! {
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Does a block of work with these keys, and returns how the keys of its draws descend from them. Its kernels read
/// their keys from memory, if there is one. `None` for the descents where the host computed with a key.
pub(super) fn of_block<T>(
    ancestors: &[RandomKey],
    memory: Option<&KeyMemory>,
    work: impl FnOnce() -> T,
) -> (T, Option<Vec<Descent>>) {
    /// Ends the recording, after a panic too.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            RECORDING.set(None);
        }
    }
    RECORDING.set(Some(Recording {
        ancestors: ancestors.to_vec(),
        memory: memory.map(|memory| memory.handle.clone()),
        descents: Vec::new(),
    }));
    let end = End;
    let (done, lineage) = lineage::noted(work);
    let descents = RECORDING.take().map(|recording| recording.descents);
    drop(end);
    (done, descents.filter(|_| !lineage.used_on_host()))
}

/// The memory of the keys, and the place of the key of the next draw, where work is recorded. A key that does not
/// descend from those of the work is the same each time, and has no place.
pub(super) fn place_of(key: RandomKey) -> Option<(BufferArg, u32)> {
    RECORDING.with_borrow_mut(|recording| {
        let recording = recording.as_mut()?;
        let descent = lineage::so_far(|lineage| lineage.descent(key, &recording.ancestors))??;
        let place = recording.descents.len();
        recording.descents.push(descent);
        let keys = recording.memory.clone()?;
        let length = keys.size_in_used() as usize / size_of::<u32>();
        // SAFETY: the length is that of the memory.
        #[allow(unsafe_code)]
        let keys = unsafe { BufferArg::from_raw_parts(keys, length) };
        Some((keys, place as u32))
    })
}
