//! A family of sequences with known contacts: samples of a Potts model.

use paysage::{data::DataError, prelude::Table};
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng, seq::SliceRandom};

pub const SITES: usize = 20;
pub const STATES: usize = 5;

/// The coupled pairs of sites: a hairpin, and four contacts that make chains of contacts, whose ends are
/// correlated without a coupling.
pub const CONTACTS: [(usize, usize); 12] = [
    (0, 19),
    (1, 18),
    (2, 17),
    (3, 16),
    (4, 15),
    (5, 14),
    (6, 13),
    (7, 12),
    (0, 9),
    (3, 11),
    (6, 18),
    (10, 15),
];

/// The coupling, in nats, of the pairs of states that fit each other at a contact.
const STRENGTH: f64 = 2.0;

/// Gibbs sweeps of each sequence from independent states.
const SWEEPS: usize = 50;

/// A contact and, for each state of its first site, the state of the second site that fits.
struct Contact {
    sites: (usize, usize),
    fits: [usize; STATES],
}

/// So many sequences, as one-hot units.
pub fn sequences(count: usize, seed: u64) -> Result<Table, DataError> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let contacts = CONTACTS.map(|sites| {
        let mut fits = std::array::from_fn(|state| state);
        fits.shuffle(&mut random);
        Contact { sites, fits }
    });
    let mut units = Vec::with_capacity(count * SITES * STATES);
    for _ in 0..count {
        let mut sequence = [0; SITES].map(|_| random.random_range(0..STATES));
        for _ in 0..SWEEPS {
            for site in 0..SITES {
                sequence[site] = draw(&contacts, &sequence, site, &mut random);
            }
        }
        for state in sequence {
            units.extend((0..STATES).map(|other| f32::from(u8::from(other == state))));
        }
    }
    Table::new("a family with known contacts", SITES * STATES, units)
}

/// A state of a site given the other sites.
fn draw(
    contacts: &[Contact],
    sequence: &[usize; SITES],
    site: usize,
    random: &mut ChaCha12Rng,
) -> usize {
    let mut weights = [1.0; STATES];
    for Contact { sites, fits } in contacts {
        let fitting = match *sites {
            (first, second) if first == site => {
                fits.iter().position(|state| *state == sequence[second])
            }
            (first, second) if second == site => Some(fits[sequence[first]]),
            _ => None,
        };
        if let Some(state) = fitting {
            weights[state] *= STRENGTH.exp();
        }
    }
    let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
    let drawn = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    drawn.unwrap_or(STATES - 1)
}
