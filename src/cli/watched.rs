//! What every long command has: a progress bar that is gone when its result is written, and Ctrl-C
//! that stops it in good order.

use std::sync::atomic::Ordering;

use super::clock::Clock;
use super::interrupt;
use super::progress::Progress;
use crate::app::Hooks;

/// Does something long, timed by `clock`.
pub(super) fn watched<T>(clock: &Clock, long: impl FnOnce(&Hooks<'_>) -> T) -> T {
    let flag = interrupt::flag();
    let progress = Progress::new();
    long(&Hooks {
        cancelled: &|| flag.load(Ordering::Relaxed),
        progress: &|share, doing| progress.tell(share, doing),
        told: &|text| progress.say(&format!("note: {text}\n")),
        clock: &|| clock.seconds(),
    })
}
