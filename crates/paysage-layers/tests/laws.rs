//! Every kind of layer obeys the laws.

use paysage_kernels::RandomKey;
use paysage_testkit::{check_layer, machines};

#[test]
fn every_kind_obeys_the_laws() {
    for (count, kind) in machines::kinds().into_iter().enumerate() {
        let key = RandomKey::new(20).split(count as u64);
        check_layer(
            &machines::layer(kind, 0.7, false, key.split(0)),
            key.split(1),
        );
    }
}

#[test]
fn centered_layers_obey_the_laws() {
    for (count, kind) in machines::kinds().into_iter().enumerate() {
        let key = RandomKey::new(21).split(count as u64);
        check_layer(
            &machines::layer(kind, 0.7, true, key.split(0)),
            key.split(1),
        );
    }
}
