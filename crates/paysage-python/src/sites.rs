//! What is asked about sites: couplings of pairs, and mutations of a row.

use paysage::{
    data::{Layout, Order, Rows},
    inference::{EffectiveCouplings, SingleMutations},
    kernels::RandomKey,
    layers::AnyLayer,
    models::BoltzmannMachine,
};

use crate::{fault::Fault, watch::Watch};

/// Names of two sites, the Frobenius norm of their couplings, its average product correction, and where all sites have two
/// states the coupling of the second ones.
pub(crate) type Pair = (String, String, f64, f64, Option<f64>);

/// Name of a site, its state, another state, and the free-energy change as (low, value, high).
pub(crate) type Mutation = (String, String, String, (f64, f64, f64));

/// Pairs of sites by their effective couplings, the strongest first; norms leave a state out, where one is given.
pub(crate) fn couplings(
    machine: &BoltzmannMachine<AnyLayer>,
    layout: &Layout,
    (separation, skip_state): (usize, Option<&str>),
    key: RandomKey,
    mut watch: Watch,
) -> Result<Vec<Pair>, Fault> {
    let sites = machine.visible_sites(Some(layout));
    let is_skipped = |name: &String| skip_state == Some(name);
    if let Some(state) = skip_state
        && !sites.iter().any(|site| site.states.iter().any(is_skipped))
    {
        return Err(Fault::value(format_args!(
            "skip_state: expected a state of a site, got {state:?}"
        )));
    }
    let found = EffectiveCouplings::default().run(machine, key, &mut watch)?;
    let norms = found.frobenius_norms(|site, state| is_skipped(&sites[site].states[state]));
    let ranked = norms.average_product_correction().ranked(separation);
    let is_binary = found.states.iter().all(|&states| states == 2);
    let pairs = ranked.iter().map(|pair| {
        let [first, second] = [pair.first, pair.second].map(|site| sites[site].name.clone());
        let norm = norms.get(pair.first, pair.second);
        let block = found.between(pair.first, pair.second);
        let last = block.and_then(|block| block.last()).copied();
        let coupling = is_binary.then_some(last.unwrap_or(0.0));
        (first, second, norm, pair.score, coupling)
    });
    Ok(pairs.collect())
}

/// Free-energy changes of all single mutations of a row.
pub(crate) fn mutations(
    machine: &BoltzmannMachine<AnyLayer>,
    layout: &Layout,
    rows: &dyn Rows,
    key: RandomKey,
    mut watch: Watch,
) -> Result<Vec<Mutation>, Fault> {
    if rows.count() != 1 {
        return Err(Fault::value(format_args!(
            "{}: expected one row, got {}",
            rows.source(),
            rows.count()
        )));
    }
    let mut row = Vec::new();
    for chunk in rows.chunks(Order::Stored, 1) {
        row.extend(chunk?.values);
    }
    let effects = SingleMutations::default().run(machine, &row, key, &mut watch)?;
    let sites = machine.visible_sites(Some(layout));
    let mut found = Vec::new();
    for effect in &effects.sites {
        let site = sites.iter().find(|site| site.units == effect.units);
        let Some(site) = site else { continue };
        for (state, change) in effect.changes.iter().enumerate() {
            if state != effect.wild_type {
                found.push((
                    site.name.clone(),
                    site.states[effect.wild_type].clone(),
                    site.states[state].clone(),
                    (change.low, change.value, change.high),
                ));
            }
        }
    }
    Ok(found)
}
