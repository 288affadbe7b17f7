//! Sites of many states, such as labels with thousands of classes.
//!
//! A row for each state would have as many values as states times columns. But between two states of a
//! site l only the terms of its own layer and the fields on its hidden neighbours differ, so the free
//! energy of a row with the site in state k is, but for a constant,
//!
//! F_k = H_l(x_k) − r(x_k)·f_visible − Σ_h ln Z_h(f_h + W_hᵀ (r(x_k) − r(x)))
//!
//! with the fields f_h of the row as it is.

use burn::tensor::{Int, Tensor, TensorData};
use paysage_layers::{InverseTemperature, Trainable};
use paysage_models::{BoltzmannMachine, Connection, State};

use super::{Values, options::OptionSite, real::hidden_neighbours};

/// Number of values that are computed at a time.
const VALUES: usize = 1 << 20;

/// The free energies of each state of a site for some rows, but for a constant of each row:
/// `[states]` for each row.
pub(super) fn free_energies<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    values: Values<'_>,
    site: &OptionSite,
    rows: &[usize],
) -> Vec<Tensor<1>> {
    let Some((layer, span)) = machine
        .visible_spans()
        .find(|(_, span)| span.contains(&site.start))
    else {
        return Vec::new();
    };
    let options = (&machine.device(), machine.dtype());
    let shown: Vec<f32> = rows
        .iter()
        .flat_map(|&row| values.row(row))
        .copied()
        .collect();
    let data = TensorData::new(shown, [rows.len(), values.columns]);
    let state = machine.state_from_visible(Tensor::from_data(data, options));
    let (offset, width) = (site.start - span.start, site.domain.width());
    let table = Table::new(machine, layer, site, offset);
    let own = machine.layers[layer].interaction(state.layers[layer].clone());

    // What the row has of its visible neighbours: [rows, states].
    let seen: Option<Tensor<2>> = visible_field(machine, layer, &state).map(|field| {
        let field = field.narrow(1, offset, width);
        field.matmul(table.interactions.clone().transpose())
    });
    let neighbours: Vec<(usize, Tensor<2>, Tensor<2>)> = hidden_neighbours(machine, layer)
        .map(|(hidden, weight)| {
            let at = weight.narrow(0, offset, width);
            let of_states = table.interactions.clone().matmul(at.clone());
            let actual = own.clone().narrow(1, offset, width).matmul(at);
            (hidden, machine.field(hidden, &state) - actual, of_states)
        })
        .collect();
    let of_row = |row: usize| {
        let one = Tensor::<1, Int>::from_data([row as i64].as_slice(), &machine.device());
        let mut free = table.energies.clone();
        if let Some(seen) = &seen {
            free = free - seen.clone().select(0, one.clone()).squeeze_dim(0);
        }
        for (hidden, others, of_states) in &neighbours {
            let field = others.clone().select(0, one.clone()) + of_states.clone();
            free = free - machine.layers[*hidden].log_partition(field, &InverseTemperature::ONE);
        }
        free
    };
    (0..rows.len()).map(of_row).collect()
}

/// The states of a site, with the other units of its layer at zero.
struct Table {
    /// H − ln h of each state: `[states]`.
    energies: Tensor<1>,
    /// r of the units of the site: `[states, width]`.
    interactions: Tensor<2>,
}

impl Table {
    fn new<L: Trainable>(
        machine: &BoltzmannMachine<L>,
        layer: usize,
        site: &OptionSite,
        offset: usize,
    ) -> Self {
        let (units, width) = (machine.layers[layer].units(), site.domain.width());
        let options = (&machine.device(), machine.dtype());
        let at_once = (VALUES / units).max(1);
        let (mut energies, mut interactions) = (Vec::new(), Vec::new());
        for start in (0..site.states).step_by(at_once) {
            let states = start..site.states.min(start + at_once);
            let mut rows = vec![0.0; states.len() * units];
            for (state, row) in states.clone().zip(rows.chunks_mut(units)) {
                let site_units = &mut row[offset..offset + width];
                site.domain.write_state(state, site_units);
            }
            let data = TensorData::new(rows, [states.len(), units]);
            let rows = Tensor::<2>::from_data(data, options);
            let energy = machine.layers[layer].energy(rows.clone());
            energies.push(match machine.layers[layer].log_base_measure(rows.clone()) {
                Some(log_base_measure) => energy - log_base_measure,
                None => energy,
            });
            let seen = machine.layers[layer].interaction(rows);
            interactions.push(seen.narrow(1, offset, width));
        }
        Self {
            energies: Tensor::cat(energies, 0),
            interactions: Tensor::cat(interactions, 0),
        }
    }
}

/// The field on a visible layer from the other visible ones; `None` where it has no such neighbour.
pub(super) fn visible_field<L: Trainable>(
    machine: &BoltzmannMachine<L>,
    layer: usize,
    state: &State,
) -> Option<Tensor<2>> {
    let visible = |other: usize| machine.visible.contains(&other);
    let between = |c: &&Connection| c.touches(layer) && visible(c.target) && visible(c.domain);
    let mut alone = machine.clone();
    alone.connections = machine
        .connections
        .iter()
        .filter(between)
        .cloned()
        .collect();
    (!alone.connections.is_empty()).then(|| alone.field(layer, state))
}
