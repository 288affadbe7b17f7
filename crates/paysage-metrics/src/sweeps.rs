//! Gibbs sweeps that report their progress.

use paysage_kernels::{Child, RandomKey};
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, Progress, Stage, State};
use paysage_samplers::{Conditions, Gibbs, Sampler};

/// Gibbs sweeps of a number of chains, in pieces after which progress is reported.
pub(crate) struct Sweeps {
    /// The number of sweeps.
    pub count: usize,
    /// The number of sweeps of a piece.
    pub piece: usize,
    /// The stage that is reported.
    pub stage: Stage,
}

impl Sweeps {
    /// The chains after the sweeps.
    pub fn run<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
        mut state: State,
        key: RandomKey,
        progress: &mut dyn Progress,
    ) -> State {
        for done in (0..self.count).step_by(self.piece) {
            let now = self.piece.min(self.count - done);
            let key = key.child(Child::SweepsFrom(done));
            state = Gibbs.run(machine, state, &Conditions::default(), now, key);
            progress.report(self.stage, done + now, self.count);
        }
        state
    }
}
