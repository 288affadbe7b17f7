//! `paysage report`, and the last part of `paysage train`.

use paysage::{
    data::AnyRows,
    models::{Model, State},
    report::RunPage,
    training::{RunFolder, Settings, SettingsError},
};

use crate::{arguments::Report, failure::Failure, model, output, output::Bar};

pub(crate) fn run(options: &Report) -> Result<(), Failure> {
    let folder = RunFolder::new(&options.folder);
    let settings = folder.settings()?;
    let model = model::load(&folder.model(), (&settings).into())?;
    let source = settings.data.as_deref().ok_or(SettingsError::NoData)?;
    let data = settings.data_again(source, &model.layout, &folder.temporary());
    let data = data.map_err(|error| {
        // The user of this command has not named the data.
        let named = folder.config();
        Failure::input(format!("{error} (the data of {})", named.display()))
    })?;
    model.machine.check_known(&data.rows)?;
    let (training, _) = settings.split(data.rows)?;
    let checkpoint = match folder.has_checkpoint() {
        true => Some(folder.last_checkpoint(&model.machine.device())?),
        false => None,
    };
    if let Some(checkpoint) = &checkpoint {
        if let Some(damage) = &checkpoint.damage {
            output::say(format_args!("warning: {damage}"));
        }
        checkpoint.state.check_data(&training)?;
    }
    let chains = checkpoint.as_ref().and_then(|it| it.state.chains());
    write(&folder, &settings, &model, &training, chains)?;
    output::print(format_args!("{}\n", folder.report().display()))
}

/// Draws the figures of a run and writes its report.
pub(crate) fn write(
    folder: &RunFolder,
    settings: &Settings,
    model: &Model,
    training: &AnyRows,
    chains: Option<&State>,
) -> Result<(), Failure> {
    let page = RunPage {
        folder,
        settings,
        model,
        training,
        chains,
    };
    let drawn = page.write(&mut Bar::new("figures"))?;
    if !settings.no_figures {
        output::say(format_args!(
            "figures: {} in {:.1} s",
            drawn.figures, drawn.seconds
        ));
    }
    Ok(())
}
