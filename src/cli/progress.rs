//! A progress bar for runs that take a while.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
const STEPS: u64 = 1_000;

/// Shows how far a run is, on standard error when that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    terminal: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::hidden());
        // A template that cannot be read leaves the usual look.
        if let Ok(style) = ProgressStyle::with_template("{percent:>3} % {bar:30} {eta:>4} {msg}") {
            bar.set_style(style);
        }
        Self { bar, terminal: io::stderr().is_terminal() }
    }

    /// Writes to standard error, above the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| super::say(text));
    }

    /// Takes the share of the work done, 0 to 1, and what is being done.
    pub(super) fn tell(&self, share: f64, doing: &str) {
        if !self.terminal {
            return;
        }
        if self.bar.is_hidden() && self.bar.elapsed() >= PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_message(doing.to_owned());
        self.bar.set_position((share.clamp(0.0, 1.0) * STEPS as f64) as u64);
    }
}

/// The bar goes away however the run ends, also by a panic.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
