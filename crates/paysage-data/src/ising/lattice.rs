//! Cluster updates of spins (Swendsen-Wang).

use crate::random::Stream;

/// A square lattice of spins with periodic boundaries.
pub(super) struct Lattice {
    size: usize,
    pub(super) up: Vec<bool>,
    /// A forest of clusters: each site points towards the first site of its own.
    parent: Vec<u32>,
}

impl Lattice {
    /// Independent spins, up or down with probability ½.
    pub(super) fn random(size: usize, stream: &mut Stream) -> Self {
        let up = (0..size * size).map(|_| stream.bits() >> 63 == 1).collect();
        Self {
            size,
            up,
            parent: vec![0; size * size],
        }
    }

    /// Joins neighbours of equal spin where 64 random bits are below `joined`, and then draws
    /// the spin of each cluster.
    pub(super) fn sweep(&mut self, joined: u64, stream: &mut Stream) {
        let size = self.size;
        for (site, parent) in self.parent.iter_mut().enumerate() {
            *parent = site as u32;
        }
        for row in 0..size {
            for column in 0..size {
                let site = row * size + column;
                let right = row * size + if column + 1 == size { 0 } else { column + 1 };
                let below = if row + 1 == size { column } else { site + size };
                for neighbour in [right, below] {
                    if self.up[site] == self.up[neighbour] && stream.bits() < joined {
                        self.join(site, neighbour);
                    }
                }
            }
        }
        // The first site of a cluster comes before the others and has its spin already.
        for site in 0..self.up.len() {
            let first = self.first(site);
            self.up[site] = if first == site {
                stream.bits() >> 63 == 1
            } else {
                self.up[first]
            };
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.parent[a.max(b)] = a.min(b) as u32;
    }

    fn first(&mut self, mut site: usize) -> usize {
        while self.parent[site] as usize != site {
            // Path halving keeps later searches short.
            self.parent[site] = self.parent[self.parent[site] as usize];
            site = self.parent[site] as usize;
        }
        site
    }
}
