use paysage_layers::LayerKind;
use paysage_models::BoltzmannMachine;
use paysage_testkit::{Oracle, machines, row_of, statistics::assert_distribution};

use super::*;
use crate::likelihood::{base::uniform, temperatures::linear};

const CHAINS: usize = 3000;
const SWEEPS: usize = 150;

/// A machine of two modes far from the states in which the replicas start, and its bases.
fn two_modes() -> (BoltzmannMachine, [BoltzmannMachine; 2]) {
    let kinds = [LayerKind::spin(4), LayerKind::spin(3)];
    let mut machine = machines::chain(&kinds, 0.2, true, RandomKey::new(1));
    let weight = &mut machine.connections[0].weight;
    *weight = weight.clone() + 0.6;
    // Of another distribution than the machine and the uniform base.
    let other = machines::chain(&kinds, 0.5, false, RandomKey::new(2));
    let skewed = machine.unconnected(other.layers);
    let uniform = uniform(&machine);
    (machine, [skewed, uniform])
}

/// States in which all spins are down, given ones and those from one sample of a base each.
fn down(machine: &BoltzmannMachine) -> [Start; 2] {
    [true, false].map(|are_given| {
        let mut states = machine.zeros(CHAINS);
        for layer in &mut states.layers {
            *layer = layer.full_like(-1.0);
        }
        let samples = (0..CHAINS).collect();
        Start {
            states,
            samples,
            are_given,
        }
    })
}

/// The samples of the machine after some sweeps along the paths from these bases.
fn samples(machine: &BoltzmannMachine, bases: &[BoltzmannMachine], key: RandomKey) -> Samples {
    let paths: Vec<_> = bases
        .iter()
        .map(|base| Path::new(machine, base, &[]))
        .collect();
    let starts = down(machine);
    let mut exchange = Exchange::new(&vec![linear(4); bases.len()], &starts[..bases.len()]);
    let found = exchange.run(&paths, SWEEPS, 1, key, &mut |_| {});
    assert_eq!(exchange.sweeps(), SWEEPS);
    assert_eq!(exchange.replicas(), 5 * bases.len() - (bases.len() - 1));
    found
}

#[test]
fn samples_have_the_distribution_of_the_machine() {
    let (machine, bases) = two_modes();
    // The layer that paths do not sum is the one whose states have the distribution of the machine.
    let kept = machine.blocks()[1][0];
    let states = Oracle::of(&machine).probabilities();
    let mut kept_states: Vec<Vec<f64>> = Vec::new();
    let mut probabilities: Vec<f64> = Vec::new();
    for (state, p) in states {
        match kept_states.iter().position(|known| *known == state[kept]) {
            Some(place) => probabilities[place] += p,
            None => {
                kept_states.push(state[kept].clone());
                probabilities.push(p);
            }
        }
    }
    let both_signs = |state: &[f64]| state.iter().sum::<f64>();
    let up: f64 = kept_states
        .iter()
        .zip(&probabilities)
        .filter(|(state, _)| both_signs(state) > 0.0)
        .map(|(_, p)| p)
        .sum();
    assert!(0.2 < up && up < 0.8, "two modes: {up}");
    for (count, bases) in [&bases[..], &bases[..1], &bases[1..]]
        .into_iter()
        .enumerate()
    {
        let found = samples(&machine, bases, RandomKey::new(3).split(count as u64));
        let mut counts = vec![0; kept_states.len()];
        for row in 0..CHAINS {
            let state = row_of(&found.state, row).swap_remove(kept);
            let place = kept_states.iter().position(|known| *known == state);
            counts[place.expect("a state of spins")] += 1;
        }
        assert_distribution(&counts, &probabilities, &format!("bases {count}"));
        // The replicas that started in one state have left, and every chain has a sample of its own.
        let from_start = found.origins.iter().filter(|&&origin| origin < 0);
        assert!(from_start.count() < CHAINS / 100);
        assert!(found.arrivals() > CHAINS / 100 * 98);
    }
}

#[test]
fn origins_tell_where_states_are_from() {
    let (machine, bases) = two_modes();
    let paths = bases.each_ref().map(|base| Path::new(&machine, base, &[]));
    let starts = down(&machine);
    let mut exchange = Exchange::new(&vec![linear(4); 2], &starts);
    // A sample of a base needs four sweeps to reach the machine, and the states of the second path two.
    let found = exchange.run(&paths, 2, 1, RandomKey::new(4), &mut |_| {});
    let numbers = |numbers: &[i64]| numbers.iter().copied().collect::<BTreeSet<i64>>();
    assert!(found.origins.iter().all(|&origin| origin < 0));
    assert!(found.origins.iter().any(|&origin| is_given(origin)));
    assert!(found.origins.iter().any(|&origin| !is_given(origin)));
    // States that came along one path in different sweeps or chains have different origins.
    let found = exchange.run(&paths, SWEEPS, 2, RandomKey::new(5), &mut |_| {});
    assert_eq!(found.origins.len(), 2 * CHAINS);
    let arrived: Vec<i64> = found.origins.into_iter().filter(|&o| o > 0).collect();
    assert!(numbers(&arrived).len() > CHAINS);
}

#[test]
fn samples_are_taken_in_the_second_half() {
    assert_eq!(times_of(10, 1), [10]);
    assert_eq!(times_of(10, 5), [6, 7, 8, 9, 10]);
    assert_eq!(times_of(10, 50), [6, 7, 8, 9, 10]);
    assert_eq!(times_of(9, 2), [7, 9]);
    assert_eq!(times_of(1, 3), [1]);
}
