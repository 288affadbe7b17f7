//! Which parameters of a machine, and which slice of each.

use std::{fmt, ops};

use burn::tensor::Tensor;
use paysage_layers::Trainable;
use paysage_models::{BoltzmannMachine, MachineError, ParameterId, Visitor};
use thiserror::Error;

/// The parameters that a penalty or a constraint acts on, and the slice of each.
///
/// A parameter of a layer is a matrix of one column here, `[units, 1]`, weights are
/// `[units of target, units of domain]`. The default is all of the weights of all connections.
///
/// ```
/// use paysage_models::ParameterId;
/// use paysage_optimizers::Selection;
///
/// let first_rows = Selection::of([ParameterId::weight(0)]).rows(0..10);
/// assert!(first_rows.includes(ParameterId::weight(0)));
/// assert!(!first_rows.includes(ParameterId::weight(1)));
/// assert!(Selection::default().includes(ParameterId::weight(1)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The parameters.
    pub parameters: Parameters,
    /// The rows of each.
    pub rows: Span,
    /// The columns of each.
    pub columns: Span,
}

/// A set of parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Parameters {
    /// The weights of all connections.
    #[default]
    Weights,
    /// These parameters. Those that a machine does not have are never selected.
    Listed(Vec<ParameterId>),
}

/// A range of indices, which may end with the last one: `2..5` or `2..`. The default is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first index.
    pub start: usize,
    /// The index after the last one; `None` for all from `start`.
    pub end: Option<usize>,
}

/// A selection that does not fit a machine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelectionError {
    /// The machine has no such parameter.
    #[error(transparent)]
    Parameter(#[from] MachineError),
    /// A slice is empty or ends after the last index.
    #[error("{parameter} has {size} {axis}, counted from 0, and no slice {span} of them")]
    Span {
        /// The parameter.
        parameter: ParameterId,
        /// "rows" or "columns".
        axis: &'static str,
        /// The slice.
        span: Span,
        /// The number of rows or columns.
        size: usize,
    },
}

impl Selection {
    /// All of these parameters.
    pub fn of(parameters: impl IntoIterator<Item = ParameterId>) -> Self {
        Self {
            parameters: Parameters::Listed(parameters.into_iter().collect()),
            ..Self::default()
        }
    }

    /// The same parameters, of which only some rows are selected.
    #[must_use]
    pub fn rows(self, rows: impl Into<Span>) -> Self {
        Self {
            rows: rows.into(),
            ..self
        }
    }

    /// The same parameters, of which only some columns are selected.
    #[must_use]
    pub fn columns(self, columns: impl Into<Span>) -> Self {
        Self {
            columns: columns.into(),
            ..self
        }
    }

    /// Whether a parameter, or a slice of it, is selected.
    #[must_use]
    pub fn includes(&self, parameter: ParameterId) -> bool {
        match &self.parameters {
            Parameters::Weights => matches!(parameter, ParameterId::Weight { .. }),
            Parameters::Listed(listed) => listed.contains(&parameter),
        }
    }

    /// Checks that a machine has the parameters, and that the slices are not empty and within them.
    ///
    /// # Errors
    ///
    /// With the first parameter or slice that does not fit.
    pub fn check<L: Trainable>(&self, machine: &BoltzmannMachine<L>) -> Result<(), SelectionError> {
        if let Parameters::Listed(listed) = &self.parameters {
            for parameter in listed {
                machine.parameter(&parameter.to_string())?;
            }
        }
        for (parameter, [rows, columns]) in self.parameters_of(machine) {
            let axes = [
                ("rows", self.rows, rows),
                ("columns", self.columns, columns),
            ];
            for (axis, span, size) in axes {
                let end = span.end.unwrap_or(size);
                if span.start >= end || end > size {
                    return Err(SelectionError::Span {
                        parameter,
                        axis,
                        span,
                        size,
                    });
                }
            }
        }
        Ok(())
    }

    /// The selected parameters of a machine, and the numbers of rows and columns of the slice of each.
    ///
    /// # Panics
    ///
    /// When a slice does not fit its parameter ([`check`](Self::check)).
    #[must_use]
    pub fn shapes<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
    ) -> Vec<(ParameterId, [usize; 2])> {
        let parameters = self.parameters_of(machine).into_iter();
        let shape = |[rows, columns]: [usize; 2]| [self.rows.of(rows), self.columns.of(columns)];
        parameters
            .map(|(id, whole)| (id, shape(whole).map(|range| range.len())))
            .collect()
    }

    /// The selected parameters of a machine, and their shapes.
    fn parameters_of<L: Trainable>(
        &self,
        machine: &BoltzmannMachine<L>,
    ) -> Vec<(ParameterId, [usize; 2])> {
        struct Shapes<'a>(&'a Selection, Vec<(ParameterId, [usize; 2])>);
        impl Shapes<'_> {
            fn add(&mut self, id: ParameterId, shape: [usize; 2]) {
                if self.0.includes(id) {
                    self.1.push((id, shape));
                }
            }
        }
        impl Visitor for Shapes<'_> {
            fn vector(&mut self, id: ParameterId, tensor: &Tensor<1>) {
                self.add(id, [tensor.dims()[0], 1]);
            }
            fn matrix(&mut self, id: ParameterId, tensor: &Tensor<2>) {
                self.add(id, tensor.dims());
            }
        }
        let mut shapes = Shapes(self, Vec::new());
        machine.visit(&mut shapes);
        shapes.1
    }

    /// The selected slice of a parameter.
    pub(crate) fn slice(&self, parameter: Tensor<2>) -> Tensor<2> {
        match self.ranges(parameter.dims()) {
            None => parameter,
            Some(ranges) => parameter.slice(ranges),
        }
    }

    /// A parameter whose selected slice is replaced.
    pub(crate) fn replace(
        &self,
        parameter: Tensor<2>,
        with: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        match self.ranges(parameter.dims()) {
            None => with(parameter),
            Some(ranges) => {
                let slice = with(parameter.clone().slice(ranges.clone()));
                parameter.slice_assign(ranges, slice)
            }
        }
    }

    /// The ranges of rows and columns; `None` where all of the parameter is selected.
    fn ranges(&self, [rows, columns]: [usize; 2]) -> Option<[ops::Range<usize>; 2]> {
        let all = self.rows.is_all() && self.columns.is_all();
        (!all).then(|| [self.rows.of(rows), self.columns.of(columns)])
    }
}

impl Span {
    fn is_all(self) -> bool {
        self == Self::default()
    }

    /// # Panics
    ///
    /// When the span does not fit the size.
    fn of(self, size: usize) -> ops::Range<usize> {
        let end = self.end.unwrap_or(size);
        assert!(
            self.start < end && end <= size,
            "no slice {self} of {size} rows or columns"
        );
        self.start..end
    }
}

impl From<ops::Range<usize>> for Span {
    fn from(range: ops::Range<usize>) -> Self {
        Self {
            start: range.start,
            end: Some(range.end),
        }
    }
}

impl From<ops::RangeFrom<usize>> for Span {
    fn from(range: ops::RangeFrom<usize>) -> Self {
        Self {
            start: range.start,
            end: None,
        }
    }
}

impl From<ops::RangeTo<usize>> for Span {
    fn from(range: ops::RangeTo<usize>) -> Self {
        Self::from(0..range.end)
    }
}

impl From<ops::RangeFull> for Span {
    fn from(_: ops::RangeFull) -> Self {
        Self::default()
    }
}

/// `2:5`, `2:`, `:5` or `:`, as Python writes slices.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start > 0 {
            write!(f, "{}", self.start)?;
        }
        f.write_str(":")?;
        match self.end {
            Some(end) => write!(f, "{end}"),
            None => Ok(()),
        }
    }
}
