//! Computations without the GIL that Ctrl-C ends.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use paysage::{
    layers::Trainable,
    models::{Progress, Stage},
    training::{Callback, CallbackError, Control, Epoch, FinishedBatch},
};
use pyo3::prelude::*;

use crate::fault::Fault;

/// Time between two looks at signals and progress.
const PAUSE: Duration = Duration::from_millis(50);

/// What the thread of Python and that of the computation tell each other.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    report: Mutex<Report>,
}

/// The last report of a computation.
#[derive(Clone, Debug, Default, PartialEq)]
struct Report {
    stage: String,
    done: usize,
    total: usize,
    values: Vec<(String, f64)>,
}

/// A computation as it sees Python: it reports progress, and hears of a stop.
///
/// Training ends after the batch under way. Other computations end in their next report, by unwinding.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Shared>);

/// The payload of a computation that is unwound because it was told to stop.
struct Stopped;

impl Watch {
    /// Whether the computation should end.
    pub(crate) fn stops(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    fn set(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.0.report.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Watch {
    fn report(&mut self, stage: Stage, done: usize, total: usize) {
        if self.stops() {
            panic::resume_unwind(Box::new(Stopped));
        }
        self.set(|report| {
            *report = Report {
                stage: stage.to_string(),
                done,
                total,
                values: Vec::new(),
            };
        });
    }
}

impl<L: Trainable> Callback<L> for Watch {
    fn after_batch(&mut self, batch: &FinishedBatch) -> Control {
        self.set(|report| {
            report.stage = format!("epoch {}/{}", batch.epoch, batch.epochs);
            report.done = (batch.epoch - 1) * batch.batches + batch.batch;
            report.total = batch.epochs * batch.batches;
        });
        match self.stops() {
            true => Control::Stop,
            false => Control::Continue,
        }
    }

    fn after_epoch(&mut self, epoch: &mut Epoch<'_, L>) -> Result<Control, CallbackError> {
        let values = epoch.values.iter();
        let values = values.map(|(name, value)| (name.clone(), *value)).collect();
        self.set(|report| report.values = values);
        Ok(Control::Continue)
    }
}

/// Computes without the GIL on another thread, while this one looks after signals and calls
/// `progress(stage, done, total, values)`. An exception of either ends the computation, and is returned.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(Watch) -> Result<T, Fault> + Send,
) -> PyResult<T> {
    let watch = Watch(Arc::default());
    let (found, exception) = py.detach(|| {
        thread::scope(|scope| {
            let (done, is_done) = mpsc::channel::<()>();
            let of_worker = watch.clone();
            let worker = scope.spawn(move || {
                let _done = done;
                panic::catch_unwind(AssertUnwindSafe(|| work(of_worker)))
            });
            let (mut exception, mut shown) = (None, Report::default());
            // The end of the worker closes the channel.
            while is_done.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                if exception.is_none()
                    && let Err(error) = Python::attach(|py| look(py, &watch, progress, &mut shown))
                {
                    watch.0.stop.store(true, Ordering::Relaxed);
                    exception = Some(error);
                }
            }
            let last = Python::attach(|py| show(py, &watch, progress, &mut shown)).err();
            (worker.join(), exception.or(last))
        })
    });
    if let Some(exception) = exception {
        return Err(exception);
    }
    // The worker catches its panics.
    match found.and_then(|found| found) {
        Ok(found) => Ok(found?),
        Err(payload) => Err(panicked(&*payload).into()),
    }
}

fn look(
    py: Python<'_>,
    watch: &Watch,
    progress: Option<&Py<PyAny>>,
    shown: &mut Report,
) -> PyResult<()> {
    py.check_signals()?;
    show(py, watch, progress, shown)
}

/// Calls the progress callback where there is a new report.
fn show(
    py: Python<'_>,
    watch: &Watch,
    progress: Option<&Py<PyAny>>,
    shown: &mut Report,
) -> PyResult<()> {
    let Some(progress) = progress else {
        return Ok(());
    };
    let report = watch.0.report.lock();
    let report = report.unwrap_or_else(PoisonError::into_inner).clone();
    if report == *shown {
        return Ok(());
    }
    let values = pyo3::types::PyDict::new(py);
    for (name, value) in &report.values {
        values.set_item(name, value)?;
    }
    progress.call1(py, (&report.stage, report.done, report.total, values))?;
    *shown = report;
    Ok(())
}

/// A fault of Paysage, which does not end the interpreter.
fn panicked(payload: &(dyn Any + Send)) -> Fault {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Fault::work(format_args!(
        "internal error of paysage, please report it: {}",
        text.unwrap_or("no message")
    ))
}
