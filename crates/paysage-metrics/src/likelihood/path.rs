//! Annealing path from independent units to a machine.

use burn::tensor::{Bool, FloatDType, Tensor};
use paysage_kernels::{
    Capture, Child, RandomKey, Replayable, TensorMut, Time, most_precise, on_workers,
    times_transposed,
};
use paysage_layers::{Annealed, InverseTemperature, share_of_base};
use paysage_models::{BoltzmannMachine, State};

/// Number of steps whose increments are read from the device at once.
const READ_TOGETHER: usize = 64;

/// A family of unnormalized densities between a base of independent units (β = 0) and a machine
/// (β = 1), f_β(x) = exp(−(1 − β) Σ H_base(x) − β E(x)) up to a factor that depends on β alone.
///
/// The weights depend on the *kept* layers of a chain alone: the others are summed in closed form,
/// and sampled only for the next draw of the kept ones.
pub(super) struct Path<'a, L: Annealed> {
    machine: &'a BoltzmannMachine<L>,
    base: &'a BoltzmannMachine<L>,
    /// Clamped layers.
    clamped: &'a [usize],
    /// Layers that are summed in closed form, no two of which are connected.
    summed: Vec<usize>,
    /// The other free layers, in groups without connections between their layers.
    blocks: Vec<Vec<usize>>,
}

/// Direction of annealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the base to the machine.
    Forward,
    /// From the machine to the base, by the reversed moves.
    Reverse,
}

/// The density at one β.
pub(super) struct Rung<L> {
    beta: InverseTemperature,
    /// β of the connections; the base, at 0, has none.
    coupling: f64,
    /// Each layer, and the factor of its field.
    layers: Vec<(L, Option<Tensor<1>>)>,
}

/// Fields and couplings of a state, which the densities at all β share.
#[derive(Clone)]
pub(super) struct Fields {
    /// The fields on the summed layers.
    summed: Vec<Tensor<2>>,
    /// Σ r W r over the connections between kept layers: `[batch]`.
    coupling: Option<Tensor<1>>,
}

/// Chains on a path: the states of the kept layers, and the fields and couplings of them.
#[derive(Clone)]
pub(super) struct Chains {
    pub state: State,
    pub fields: Fields,
}

impl Chains {
    /// The rows of another set of chains where a mask, `[batch]`, is true, and of these elsewhere.
    pub fn where_from(self, mask: &Tensor<1, Bool>, other: &Self) -> Self {
        let rows = |own: Tensor<2>, other: &Tensor<2>| {
            let mask = mask.clone().unsqueeze_dim::<2>(1).expand(own.dims());
            own.mask_where(mask, other.clone())
        };
        let layers = self.state.layers.into_iter().zip(&other.state.layers);
        let summed = self.fields.summed.into_iter().zip(&other.fields.summed);
        let coupling = self.fields.coupling.zip(other.fields.coupling.clone());
        Self {
            state: State {
                layers: layers.map(|(own, other)| rows(own, other)).collect(),
            },
            fields: Fields {
                summed: summed.map(|(own, other)| rows(own, other)).collect(),
                coupling: coupling.map(|(own, other)| own.mask_where(mask.clone(), other)),
            },
        }
    }
}

impl<L: Annealed> Rung<L> {
    /// The field of a layer at this β.
    fn field(&self, layer: usize, field: Tensor<2>) -> Tensor<2> {
        match &self.layers[layer].1 {
            Some(factor) => field * factor.clone().unsqueeze(),
            None => field,
        }
    }
}

impl<'a, L: Annealed> Path<'a, L> {
    /// The path from a base without connections to a machine of the same layers, with some layers
    /// clamped. At least one layer must be free.
    pub fn new(
        machine: &'a BoltzmannMachine<L>,
        base: &'a BoltzmannMachine<L>,
        clamped: &'a [usize],
    ) -> Self {
        let free = |block: Vec<usize>| -> Vec<usize> {
            let free = block.into_iter().filter(|l| !clamped.contains(l));
            free.collect()
        };
        let blocks = machine.blocks().into_iter().map(free);
        let mut blocks: Vec<_> = blocks.filter(|block| !block.is_empty()).collect();
        let summed = blocks.remove(0);
        Self {
            machine,
            base,
            clamped,
            summed,
            blocks,
        }
    }

    /// ln Z of the base given the states of its clamped layers, in nats: one number per row.
    pub fn log_partition_of_base(&self, state: &State) -> Vec<f64> {
        let precise: FloatDType = most_precise(&self.machine.device()).into();
        let base = self.base.clone().cast(precise);
        let free = (0..base.layers.len()).filter(|l| !self.clamped.contains(l));
        let options = (&base.device(), base.dtype());
        let sums = free.map(|l| {
            let layer = &base.layers[l];
            let none = Tensor::zeros([1, layer.units()], options);
            let sum = layer.log_partition(none, &InverseTemperature::ONE);
            sum.into_scalar::<f64>()
        });
        let free: f64 = sums.sum();
        let clamped = self.clamped.iter().map(|&l| {
            let states = state.layers[l].clone().cast(precise);
            let energy = base.layers[l].energy(states.clone());
            match base.layers[l].log_base_measure(states) {
                Some(log_base_measure) => energy - log_base_measure,
                None => energy,
            }
        });
        match clamped.reduce(|sum, energy| sum + energy) {
            Some(energy) => energy.into_data().iter().map(|e: f64| free - e).collect(),
            None => vec![free; state.batch()],
        }
    }

    /// Moves chains along a list of β, and passes the increments of their log weights to `each`, step
    /// by step. The states at the end: with their weights, those of forward chains are samples of the
    /// machine.
    ///
    /// Neal, "Annealed importance sampling", 2001; in reverse: Grosse, Ghahramani & Adams,
    /// "Sandwiching the marginal likelihood using bidirectional Monte Carlo", 2015.
    pub fn anneal(
        &self,
        betas: &[f64],
        direction: Direction,
        state: State,
        key: RandomKey,
        each: &mut (dyn FnMut(&[f64]) + Send),
    ) -> State {
        on_workers(|| {
            let mut capture = match self.is_capturable() {
                true => Capture::new(&self.machine.device()),
                false => Capture::off(),
            };
            let mut chains = self.chains(state);
            let mut unread: Vec<Tensor<1>> = Vec::new();
            for (before, pair) in betas.windows(2).enumerate() {
                let (rung, next, step) = (pair[0], pair[1], before + 1);
                let is_last = step + 1 == betas.len();
                let key = key.child(Child::Sweep(step));
                let work = |chains: Chains, _: &[Tensor<2>]| {
                    let (rung, next) = (self.rung(rung), self.rung(next));
                    let [after, before] = [&next, &rung].map(|at| self.log_density(at, &chains));
                    let chains = match is_last {
                        true => chains,
                        false => self.step(&next, direction, chains, key),
                    };
                    (chains, after - before)
                };
                // The steps at β = 0 and the last one are not like the others.
                if rung == 0.0 || next == 0.0 || is_last {
                    let increment;
                    (chains, increment) = work(chains, &[]);
                    unread.push(increment);
                } else {
                    let time = Time {
                        keys: &[key],
                        rate: 0.0,
                        numbers: &[numbers(rung), numbers(next)].concat(),
                        number: step,
                    };
                    let increment;
                    (chains, increment) = capture.step(chains, &[], &time, work);
                    // The next replay writes over what this one has written.
                    let replayed = || capture.output().map(|increment| increment.clone() * 1.0);
                    unread.extend(increment.or_else(replayed));
                }
                if unread.len() == READ_TOGETHER || is_last {
                    read(&mut unread, each);
                }
            }
            capture.finish(chains).state
        })
    }

    /// Whether a GPU may capture the steps: they give kernels no other numbers that depend on β than [`numbers`].
    fn is_capturable(&self) -> bool {
        let mut connections = self.machine.connections.iter();
        let is_coupled = connections.any(|c| self.is_kept(c.target) && self.is_kept(c.domain));
        !is_coupled && self.machine.layers.iter().all(Annealed::is_capturable)
    }

    /// The log weights of chains that are moved along a list of β, and their states at the end; `step` gets
    /// the number of steps that are done.
    pub fn weigh(
        &self,
        betas: &[f64],
        direction: Direction,
        state: State,
        key: RandomKey,
        step: &mut (dyn FnMut(usize) + Send),
    ) -> (Vec<f64>, State) {
        let (mut weights, mut done) = (vec![0.0; state.batch()], 0);
        let mut each = |increments: &[f64]| {
            for (weight, increment) in weights.iter_mut().zip(increments) {
                *weight += increment;
            }
            done += 1;
            step(done);
        };
        let states = self.anneal(betas, direction, state, key, &mut each);
        (weights, states)
    }

    /// The density at one β.
    pub fn rung(&self, beta: f64) -> Rung<L> {
        let pairs = self.machine.layers.iter().zip(&self.base.layers);
        if beta == 0.0 {
            let nothing = |base: &L| {
                let (device, dtype) = base.storage();
                Some(Tensor::zeros([base.units()], (&device, dtype)))
            };
            return Rung {
                beta: InverseTemperature::ONE,
                coupling: 0.0,
                layers: pairs
                    .map(|(_, base)| (base.clone(), nothing(base)))
                    .collect(),
            };
        }
        Rung {
            beta: beta.into(),
            coupling: beta,
            layers: pairs
                .map(|(layer, base)| layer.between(base, beta))
                .collect(),
        }
    }

    fn is_kept(&self, layer: usize) -> bool {
        !self.summed.contains(&layer)
    }

    /// Chains in these states.
    pub fn chains(&self, state: State) -> Chains {
        let (machine, kept) = (self.machine, |l| self.is_kept(l));
        let between = machine.connections.iter();
        let between = between.filter(|c| kept(c.target) && kept(c.domain));
        let coupling = between.map(|c| {
            let r = |l: usize| machine.layers[l].interaction(state.layers[l].clone());
            let field = times_transposed(r(c.domain), c.weight.clone());
            (r(c.target) * field).sum_dim(1).squeeze_dim(1)
        });
        let coupling = coupling.reduce(|sum, term| sum + term);
        let summed = self.summed.iter().map(|&l| machine.field(l, &state));
        let summed = summed.collect();
        Chains {
            fields: Fields { summed, coupling },
            state,
        }
    }

    /// ln f of the kept layers: `[batch]`.
    pub fn log_density(&self, rung: &Rung<L>, chains: &Chains) -> Tensor<1> {
        let Chains { state, fields } = chains;
        let kept = (0..rung.layers.len()).filter(|&l| self.is_kept(l));
        let minus_beta = rung.beta.times(-1.0);
        let kept = kept.map(|l| rung.layers[l].0.energy(state.layers[l].clone()));
        let kept = kept.map(|energy| minus_beta.scale_rows(energy));
        let summed = self.summed.iter().zip(&fields.summed).map(|(&l, field)| {
            let field = rung.field(l, field.clone());
            rung.layers[l].0.log_partition(field, &rung.beta)
        });
        let coupling = fields.coupling.iter().map(|c| c.clone() * rung.coupling);
        kept.chain(summed)
            .chain(coupling)
            .reduce(|sum, term| sum + term)
            .expect("a machine has at least one layer")
    }

    /// A Gibbs sweep over the free layers that leaves the density of a rung invariant.
    pub fn step(
        &self,
        rung: &Rung<L>,
        direction: Direction,
        chains: Chains,
        key: RandomKey,
    ) -> Chains {
        let Chains { mut state, fields } = chains;
        let key = |layer: usize| key.child(Child::Layer(layer));
        let draw = |layer: usize, field: Tensor<2>| {
            let at_rung = &rung.layers[layer].0;
            at_rung.sample(rung.field(layer, field), &rung.beta, key(layer))
        };
        for (&layer, field) in self.summed.iter().zip(fields.summed) {
            state.layers[layer] = draw(layer, field);
        }
        let mut blocks: Vec<_> = self.blocks.iter().collect();
        if direction == Direction::Reverse {
            blocks.reverse();
        }
        for &layer in blocks.into_iter().flatten() {
            let (at_rung, factor) = &rung.layers[layer];
            let product = self.machine.field_product(layer, &state);
            state.layers[layer] = match product.filter(|_| factor.is_none()) {
                Some(field) => at_rung.sample_under(field, &rung.beta, key(layer)),
                None => draw(layer, self.machine.field(layer, &state)),
            };
        }
        self.chains(state)
    }
}

/// The numbers that kernels are given at one β.
fn numbers(beta: f64) -> [f64; 4] {
    [beta, -beta, 2.0 * beta, share_of_base(beta)]
}

/// The states, and the fields that are computed of them.
impl Replayable for Chains {
    fn tensors(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) -> bool {
        let layers = self.state.layers.iter_mut();
        let all = layers.chain(&mut self.fields.summed);
        all.map(TensorMut::Matrix).for_each(visit);
        self.fields.coupling.is_none()
    }
}

/// Reads increments from the device, and passes them on.
fn read(unread: &mut Vec<Tensor<1>>, each: &mut (dyn FnMut(&[f64]) + Send)) {
    let chains = unread.first().map_or(1, |x| x.dims()[0]);
    let together: Tensor<1> = Tensor::cat(std::mem::take(unread), 0);
    let values: Vec<f64> = together.into_data().iter().collect();
    values.chunks(chains).for_each(each);
}
