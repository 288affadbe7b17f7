//! From settings to data.

use std::path::Path;

use paysage_data::{
    AlignmentSummary, AnyRows, DataError, Dataset, DiskDataset, DiskOptions, Layout, MatchOptions,
    PartialSchema, ReadOptions, SchemaSource, Warning,
};

use super::{INFER, Settings};

/// The data of a run: in memory, one bit per value where all values are 0 or 1, or on disk where the
/// settings have a [memory limit](Settings::memory).
#[derive(Clone, Debug)]
pub struct RunData {
    /// The units.
    pub rows: AnyRows,
    /// How columns became units.
    pub layout: Layout,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What was read from an alignment.
    pub alignment: Option<AlignmentSummary>,
}

impl From<Dataset> for RunData {
    fn from(data: Dataset) -> Self {
        Self {
            rows: AnyRows::packed(data.table),
            layout: data.layout,
            warnings: data.warnings,
            alignment: data.alignment,
        }
    }
}

impl From<DiskDataset> for RunData {
    fn from(data: DiskDataset) -> Self {
        Self {
            rows: data.rows.into(),
            layout: data.layout,
            warnings: data.warnings,
            alignment: data.alignment,
        }
    }
}

impl Settings {
    /// The data of a new run. Temporary files of data on disk are in the folder.
    ///
    /// # Errors
    ///
    /// When the data or the schema cannot be read, do not fit the settings, or cannot stay on disk.
    pub fn data(&self, source: &str, folder: &Path) -> Result<RunData, DataError> {
        match self.disk(folder) {
            None => Ok(self.read_data(source)?.into()),
            Some(disk) => Ok(self.read_options(source)?.open(&disk)?.into()),
        }
    }

    /// The data of a run again, with the layout of its model. Temporary files of data on disk are in the
    /// folder.
    ///
    /// # Errors
    ///
    /// When the data cannot be read, have other columns, or cannot stay on disk.
    pub fn data_again(
        &self,
        source: &str,
        layout: &Layout,
        folder: &Path,
    ) -> Result<RunData, DataError> {
        match self.disk(folder) {
            None => Ok(self.read_again(source, layout)?.into()),
            Some(disk) => Ok(layout
                .open(&self.match_options(source, layout), &disk)?
                .into()),
        }
    }

    /// Reads the data of a new run into memory.
    ///
    /// # Errors
    ///
    /// When the data or the schema cannot be read, or do not fit the settings.
    pub fn read_data(&self, source: &str) -> Result<Dataset, DataError> {
        self.read_options(source)?.read()
    }

    /// Reads the data of a run again into memory, with the layout of its model.
    ///
    /// # Errors
    ///
    /// When the data cannot be read, or have other columns.
    pub fn read_again(&self, source: &str, layout: &Layout) -> Result<Dataset, DataError> {
        layout.read(&self.match_options(source, layout))
    }

    /// Training and validation rows of the data.
    ///
    /// # Errors
    ///
    /// When there are too few rows.
    pub fn split(&self, rows: AnyRows) -> Result<(AnyRows, Option<AnyRows>), DataError> {
        if self.validation == 0.0 {
            return Ok((rows, None));
        }
        let (training, validation) = rows.split(self.validation, self.seed)?;
        Ok((training, Some(validation)))
    }

    fn match_options(&self, source: &str, layout: &Layout) -> MatchOptions {
        MatchOptions {
            array: self.array.clone(),
            labels: self.labels.clone(),
            missing: self.missing || layout.missing,
            reweight: self.reweight,
            weights: self.weights.clone(),
            ..MatchOptions::new(source)
        }
    }

    fn read_options(&self, source: &str) -> Result<ReadOptions, DataError> {
        let schema = match self.schema.as_deref() {
            None => SchemaSource::None,
            Some(INFER) => SchemaSource::Infer,
            Some(path) => SchemaSource::Given(PartialSchema::read(path)?),
        };
        Ok(ReadOptions {
            array: self.array.clone(),
            scale: self.scale,
            threshold: self.threshold,
            standardize: self.is_real() && !self.no_standardize && self.threshold.is_none(),
            schema,
            labels: self.labels.clone(),
            missing: self.missing,
            drop: self.drop.clone(),
            columns: self.columns.clone(),
            alphabet: self.alphabet.clone(),
            gaps: self.gaps,
            unknown: self.unknown,
            reweight: self.reweight,
            weights: self.weights.clone(),
            ..ReadOptions::new(source)
        })
    }

    /// The limits of data on disk; none for data in memory.
    fn disk(&self, folder: &Path) -> Option<DiskOptions> {
        let memory = self.memory?;
        Some(DiskOptions {
            memory: memory.bytes(),
            folder: folder.to_owned(),
            carried: false,
        })
    }
}
