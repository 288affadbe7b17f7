//! The selection of a ladder from the machines of a training.

mod common;

use burn::tensor::Tensor;
use common::{
    all_up, flat,
    trajectory::{run, samples, scaled},
    two_modes,
};
use paysage_kernels::RandomKey;
use paysage_layers::{Centered, LayerKind};
use paysage_models::{BoltzmannMachine, Exact, Silent};
use paysage_samplers::{Chain, Conditions, LadderSelection, TrajectoryError, TrajectoryTempering};
use paysage_testkit::{machines, statistics};

#[test]
fn a_selected_ladder_crosses_barriers() {
    const CHAINS: usize = 400;
    let machine = two_modes();
    // Half of the trajectory is missing: machines are interpolated up to its first one.
    let past: Vec<_> = (10..20)
        .map(|k| scaled(&machine, f64::from(k) / 20.0))
        .collect();
    let selection = LadderSelection::default();
    let ladder = selection.run(&machine, &past, RandomKey::new(220), &mut Silent);
    let ladder = ladder.expect("machines of one kind");
    assert!((2..8).contains(&ladder.len()), "{} machines", ladder.len());
    assert!(ladder[0].connections.is_empty());
    let up = all_up(&machine, CHAINS);
    let tempering = TrajectoryTempering { ladder };
    let state = tempering.start(&machine, up);
    let free = Conditions::default();
    let (state, info) = run(&tempering, &machine, state, &free, 200, RandomKey::new(221));
    let means = samples(&state).layers[0].clone().mean_dim(1);
    let signs: Vec<f64> = flat(&means).iter().map(|m| m.signum()).collect();
    statistics::assert_mean(&signs, 0.0, "up less down");
    let rates = state.swap_rates();
    assert_eq!(rates.len(), tempering.ladder.len());
    assert!(rates.iter().all(|&rate| rate > 0.25), "{rates:?}");
    let lowest: f64 = info["lowest_swap_rate"].clone().into_scalar();
    let expected = rates.iter().copied().fold(1.0, f64::min);
    assert!((lowest - expected).abs() < 1e-6);
}

#[test]
fn machines_of_other_layers_make_no_ladder() {
    let kinds = [LayerKind::bernoulli(4), LayerKind::bernoulli(3)];
    let machine = machines::chain(&kinds, 0.5, true, RandomKey::new(222));
    let others = [
        machines::chain(&machines::kinds_of("4,2"), 0.5, true, RandomKey::new(222)),
        machines::chain(
            &machines::kinds_of("spin:4,3"),
            0.5,
            true,
            RandomKey::new(222),
        ),
    ];
    for other in others {
        let past = [machine.clone(), other];
        let selection = LadderSelection::default();
        let refused = selection.run(&machine, &past, RandomKey::new(1), &mut Silent);
        let expected = TrajectoryError::OtherLayers { number: 2 };
        assert_eq!(refused.expect_err("other layers"), expected);
    }
    let none = LadderSelection {
        chains: 0,
        ..LadderSelection::default()
    };
    let refused = none.run(&machine, &[], RandomKey::new(1), &mut Silent);
    assert!(matches!(refused, Err(TrajectoryError::Setting(_))));
}

/// The Curie–Weiss model of 100 spins: independent spins where the coupling is small, all alike where it is
/// larger than 1. Few independent spins are as much alike as those of the ordered phase, and their weights
/// alone promise swaps between the phases at a rate of 0.3 where it is 0.03.
#[test]
fn neighbours_on_both_sides_of_a_transition_swap_as_often_as_promised() {
    const SPINS: usize = 100;
    let kinds = [LayerKind::spin(SPINS), LayerKind::gaussian(1)];
    let free = machines::chain(&kinds, 0.0, false, RandomKey::new(223));
    let of_coupling = |coupling: f64| -> BoltzmannMachine {
        let mut machine = free.clone();
        let weight = &mut machine.connections[0].weight;
        *weight = weight.ones_like() * (coupling / SPINS as f64).sqrt();
        machine
    };
    let past: Vec<_> = (1..32).map(|k| of_coupling(f64::from(k) / 20.0)).collect();
    let machine = of_coupling(1.6);
    let selection = LadderSelection::default();
    let ladder = selection.run(&machine, &past, RandomKey::new(224), &mut Silent);
    let tempering = TrajectoryTempering {
        ladder: ladder.expect("machines of one kind"),
    };
    let none = Conditions::default();
    let start = machine.random_state(200, RandomKey::new(225));
    let state = tempering.start(&machine, start);
    let (state, _) = run(&tempering, &machine, state, &none, 100, RandomKey::new(226));
    // The rates of populations that have left their common start.
    let state = tempering.start_at(state.populations().to_vec());
    let (state, _) = run(&tempering, &machine, state, &none, 200, RandomKey::new(227));
    let rates = state.swap_rates();
    assert!(rates.iter().all(|&rate| rate > 0.2), "{rates:?}");
    assert!(rates.len() < 12, "{rates:?}");
}

/// Machines in which a mode has no weight, in the middle of a trajectory whose others have both.
#[test]
fn machines_that_lack_a_mode_are_left_out() {
    let machine = two_modes();
    let options = (&machine.device(), machine.dtype());
    let past = (4..20).map(|k| {
        let mut past = scaled(&machine, f64::from(k) / 20.0);
        if (8..12).contains(&k) {
            past.layers[0].add_field(Tensor::full([6], -1.5, options));
        }
        past
    });
    let past: Vec<_> = past.collect();
    let selection = LadderSelection::default();
    let ladder = selection.run(&machine, &past, RandomKey::new(228), &mut Silent);
    let ladder = ladder.expect("machines of one kind");
    assert!((2..8).contains(&ladder.len()), "{} machines", ladder.len());
    for machine in ladder {
        let means = &Exact::new(&machine).expect("a small machine").means()[0];
        let mean: f64 = means.clone().mean().into_scalar();
        assert!(mean.abs() < 0.5, "a magnetization of {mean}");
    }
}
