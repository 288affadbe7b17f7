//! `paysage couplings`.

use paysage::{
    data::write_cells,
    inference::{Couplings as Found, EffectiveCouplings, PairScore},
    kernels::RandomKey,
    models::VisibleSite,
    report::contact_map,
};

use crate::{
    arguments::Couplings,
    failure::Failure,
    model,
    output::{self, Bar},
};

pub(crate) fn run(options: &Couplings) -> Result<(), Failure> {
    let figure = options
        .figure
        .checked(&options.out, &[&options.model.path])?;
    if options.separation == 0 {
        return Err(Failure::input("--separation: expected at least 1, got 0"));
    }
    let model = model::load(&options.model.path, options.model.compute)?;
    let sites = model.machine.visible_sites(Some(&model.layout));
    let is_skipped = |name: &String| options.skip_state.as_ref() == Some(name);
    if let Some(state) = &options.skip_state {
        check_state(&sites, state)?;
    }
    let key = RandomKey::new(options.model.seed);
    let mut bar = Bar::new("couplings");
    let found = EffectiveCouplings::default()
        .run(&model.machine, key, &mut bar)
        .map_err(|error| Failure::from(error).at(&options.model.path))?;
    drop(bar);

    let norms = found.frobenius_norms(|site, state| is_skipped(&sites[site].states[state]));
    let corrected = norms.average_product_correction();
    let binary = found.states.iter().all(|&states| states == 2);
    let row = |pair: &PairScore| {
        let [first, second] = [pair.first, pair.second].map(|site| sites[site].name.clone());
        let norm = number(norms.get(pair.first, pair.second));
        let mut cells = vec![first, second, norm, number(pair.score)];
        if binary {
            cells.push(number(coupling(&found, pair)));
        }
        cells
    };
    let mut header = vec!["site_i", "site_j", "frobenius", "apc"];
    if binary {
        header.push("coupling");
    }
    let header: Vec<String> = header.into_iter().map(String::from).collect();
    let rows: Vec<Vec<String>> = corrected
        .ranked(options.separation)
        .iter()
        .map(row)
        .collect();
    write_cells(&options.out, Some(&header), &rows)?;
    if let Some(figure) = &figure {
        let scores: Vec<f32> = corrected.matrix().iter().map(|&x| x as f32).collect();
        contact_map(sites.len(), &scores, figure)?;
    }
    output::written(&options.out)?;
    figure.map_or(Ok(()), |figure| output::written(&figure))
}

/// Checks that a site has the state.
fn check_state(sites: &[VisibleSite], state: &String) -> Result<(), Failure> {
    if sites.iter().any(|site| site.states.contains(state)) {
        return Ok(());
    }
    let mut known: Vec<&str> = Vec::new();
    for name in sites.iter().flat_map(|site| &site.states) {
        if !known.contains(&name.as_str()) {
            known.push(name);
        }
    }
    Err(Failure::input(format_args!(
        "--skip-state: expected one of {}, got {state:?}",
        known.join(", ")
    )))
}

/// The coupling of the second states of two sites of two states.
fn coupling(found: &Found, pair: &PairScore) -> f64 {
    let block = found.between(pair.first, pair.second);
    block.and_then(|block| block.last()).copied().unwrap_or(0.0)
}

fn number(value: f64) -> String {
    format!("{value:.6}")
}
