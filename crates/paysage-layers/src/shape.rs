//! The sizes of a layer, as files and command lines spell them.

use std::fmt;

use thiserror::Error;

/// The sizes of a layer: what a file, `KIND:SIZES` on the command line, or the number of columns of
/// data say about it.
pub trait Shape: Copy + fmt::Debug + PartialEq {
    /// The sizes on the command line: "SITESxSTATES".
    const SPELLING: &'static str;

    /// What the command line must add to the number of columns: "STATES"; `None` where these are
    /// enough.
    const ARGUMENT: Option<&'static str>;

    /// The sizes in the order in which a file states them, the number of units first.
    fn sizes(&self) -> Vec<usize>;

    /// The shape of such a list of sizes.
    ///
    /// # Errors
    ///
    /// When the sizes contradict each other.
    fn from_sizes(sizes: &[usize]) -> Result<Self, LayerKindError>;

    /// The sizes on the command line: "4x3".
    fn spell(&self) -> String;

    /// The shape that the command line spells so.
    ///
    /// # Errors
    ///
    /// When a size is no number, or zero.
    fn parse(text: &str) -> Result<Self, LayerKindError>;

    /// The shape of a layer for so many columns of data, with the argument that the command line
    /// adds.
    ///
    /// # Errors
    ///
    /// When the argument is missing, not a size or not expected, or the columns are not whole sites.
    fn of_columns(columns: usize, argument: Option<&str>) -> Result<Self, LayerKindError>;

    /// Number of units.
    fn units(&self) -> usize {
        self.sizes()[0]
    }
}

/// The shape of a layer of single units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Number of units.
    pub units: usize,
}

impl Shape for Units {
    const SPELLING: &'static str = "UNITS";

    const ARGUMENT: Option<&'static str> = None;

    fn sizes(&self) -> Vec<usize> {
        vec![self.units]
    }

    fn from_sizes(sizes: &[usize]) -> Result<Self, LayerKindError> {
        Ok(Self { units: sizes[0] })
    }

    fn spell(&self) -> String {
        self.units.to_string()
    }

    fn parse(text: &str) -> Result<Self, LayerKindError> {
        let units = parse_size(text)?;
        Ok(Self { units })
    }

    fn of_columns(columns: usize, argument: Option<&str>) -> Result<Self, LayerKindError> {
        match argument {
            None => Ok(Self { units: columns }),
            Some(_) => Err(LayerKindError::UnexpectedArgument),
        }
    }
}

/// The shape of a layer of one-hot sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sites {
    /// Number of sites.
    pub sites: usize,
    /// Number of states of a site, which are its units.
    pub states: usize,
}

impl Shape for Sites {
    const SPELLING: &'static str = "SITESxSTATES";

    const ARGUMENT: Option<&'static str> = Some("STATES");

    fn sizes(&self) -> Vec<usize> {
        vec![self.sites * self.states, self.sites, self.states]
    }

    fn from_sizes(sizes: &[usize]) -> Result<Self, LayerKindError> {
        let (units, sites, states) = (sizes[0], sizes[1], sizes[2]);
        if sites.checked_mul(states) != Some(units) {
            return Err(LayerKindError::OneHotUnits {
                units,
                sites,
                states,
            });
        }
        Ok(Self { sites, states })
    }

    fn spell(&self) -> String {
        format!("{}x{}", self.sites, self.states)
    }

    fn parse(text: &str) -> Result<Self, LayerKindError> {
        let Some((sites, states)) = text.split_once('x') else {
            let states = parse_size(text)?;
            return Ok(Self { sites: 1, states });
        };
        let (sites, states) = (parse_size(sites)?, parse_size(states)?);
        // More units than can be counted are no size either.
        match sites.checked_mul(states) {
            Some(_) => Ok(Self { sites, states }),
            None => Err(LayerKindError::Size { word: text.into() }),
        }
    }

    fn of_columns(columns: usize, argument: Option<&str>) -> Result<Self, LayerKindError> {
        let argument = argument.ok_or(LayerKindError::MissingArgument {
            argument: "the number of states of a site",
        })?;
        let states = match argument.trim().parse() {
            Ok(0) => return Err(LayerKindError::NoStates),
            Ok(states) => states,
            Err(_) => {
                return Err(LayerKindError::Size {
                    word: argument.into(),
                });
            }
        };
        if !columns.is_multiple_of(states) {
            return Err(LayerKindError::Columns { columns, states });
        }
        let sites = columns / states;
        Ok(Self { sites, states })
    }
}

/// The shape of a layer of units that count the successes in a number of trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trials {
    /// Number of units.
    pub units: usize,
    /// Number of trials of a unit.
    pub trials: usize,
}

impl Trials {
    /// The largest number of trials: f32 counts no further.
    const MOST: usize = 1 << 24;

    fn checked(self) -> Result<Self, LayerKindError> {
        match self.trials {
            1..=Self::MOST => Ok(self),
            trials => Err(LayerKindError::Trials {
                trials,
                most: Self::MOST,
            }),
        }
    }
}

impl Shape for Trials {
    const SPELLING: &'static str = "UNITSxTRIALS";

    const ARGUMENT: Option<&'static str> = Some("TRIALS");

    fn sizes(&self) -> Vec<usize> {
        vec![self.units, self.trials]
    }

    fn from_sizes(sizes: &[usize]) -> Result<Self, LayerKindError> {
        let (units, trials) = (sizes[0], sizes[1]);
        Self { units, trials }.checked()
    }

    fn spell(&self) -> String {
        format!("{}x{}", self.units, self.trials)
    }

    fn parse(text: &str) -> Result<Self, LayerKindError> {
        let Some((units, trials)) = text.split_once('x') else {
            return Err(LayerKindError::MissingTrials { word: text.into() });
        };
        let (units, trials) = (parse_size(units)?, parse_size(trials)?);
        Self { units, trials }.checked()
    }

    fn of_columns(columns: usize, argument: Option<&str>) -> Result<Self, LayerKindError> {
        let argument = argument.ok_or(LayerKindError::MissingArgument {
            argument: "the number of trials of a unit",
        })?;
        let trials = parse_size(argument)?;
        let units = columns;
        Self { units, trials }.checked()
    }
}

/// A number of at least 1.
fn parse_size(text: &str) -> Result<usize, LayerKindError> {
    match text.trim().parse() {
        Ok(size) if size > 0 => Ok(size),
        _ => Err(LayerKindError::Size { word: text.into() }),
    }
}

/// Why a text does not describe a layer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayerKindError {
    /// Not the name of a kind.
    #[error("{word:?} is not a layer: use {known}")]
    Unknown {
        /// The text given.
        word: String,
        /// The spellings that are known.
        known: String,
    },
    /// Not the name of a kind of visible units.
    #[error("not a kind of visible units: use {known}")]
    UnknownColumns {
        /// The spellings that are known.
        known: String,
    },
    /// Not a size, or a size of zero.
    #[error("{word:?} is not a number of units: a layer has at least 1")]
    Size {
        /// The text given.
        word: String,
    },
    /// The three numbers of a one-hot layer disagree.
    #[error("a one-hot layer of {sites} sites with {states} states does not have {units} units")]
    OneHotUnits {
        /// The stated number of units.
        units: usize,
        /// The stated number of sites.
        sites: usize,
        /// The stated number of states.
        states: usize,
    },
    /// A number of trials that f32 does not count to.
    #[error("{trials} trials of a unit: use 1 to {most}")]
    Trials {
        /// The number given.
        trials: usize,
        /// The largest number.
        most: usize,
    },
    /// A layer of counts without the number of trials.
    #[error("the number of trials is missing: use UNITSxTRIALS, {word}x10 for example")]
    MissingTrials {
        /// The text given.
        word: String,
    },
    /// A site without states.
    #[error("a site has at least 1 state")]
    NoStates,
    /// The columns are not whole sites.
    #[error("{columns} columns are not whole sites of {states} states")]
    Columns {
        /// Number of columns.
        columns: usize,
        /// Number of states of a site.
        states: usize,
    },
    /// A number is missing after the name of a kind.
    #[error("{argument} is missing: add it after a colon")]
    MissingArgument {
        /// What the number is.
        argument: &'static str,
    },
    /// A number after the name of a kind that takes none.
    #[error("leave out the number of units: the data have one unit per column")]
    UnexpectedArgument,
}
