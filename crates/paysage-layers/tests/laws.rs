//! Every kind of layer obeys the laws.

use paysage_kernels::RandomKey;
use paysage_layers::{Centered, LayerKind};
use paysage_testkit::{check_annealed, check_layer, check_tap, machines};

fn kinds() -> Vec<LayerKind> {
    let mut kinds = machines::kinds().to_vec();
    kinds.extend(machines::further_kinds());
    kinds
}

#[test]
fn every_kind_obeys_the_laws() {
    for (count, kind) in kinds().into_iter().enumerate() {
        let key = RandomKey::new(20).split(count as u64);
        check_layer(
            &machines::layer(kind, 0.7, false, key.split(0)),
            key.split(1),
        );
    }
}

#[test]
fn centered_layers_obey_the_laws() {
    for (count, kind) in kinds().into_iter().enumerate() {
        let key = RandomKey::new(21).split(count as u64);
        check_layer(
            &machines::layer(kind, 0.7, true, key.split(0)),
            key.split(1),
        );
    }
}

#[test]
fn every_kind_is_reached_gradually() {
    for (count, kind) in kinds().into_iter().enumerate() {
        for centered in [false, true] {
            let key = RandomKey::new(22).split(count as u64);
            let layer = machines::layer(kind, 0.7, centered, key.split(0));
            // A base is fitted to data, not to another center.
            let mut base = machines::layer(kind, 0.7, false, key.split(1));
            base.set_center(layer.center().cloned());
            check_annealed(&base, &layer, key.split(2));
        }
    }
}

#[test]
fn every_kind_takes_part_in_the_expansion() {
    for (count, kind) in kinds().into_iter().enumerate() {
        for centered in [false, true] {
            let key = RandomKey::new(23).split(count as u64);
            let layer = machines::layer(kind, 0.7, centered, key.split(0));
            check_tap(&layer, key.split(1));
        }
    }
}
