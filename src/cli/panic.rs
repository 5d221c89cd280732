//! A panic is a fault of csvnet, and says so.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::Exit;
use super::say;

/// Runs `work`; a panic in it, on whatever thread, is reported once and ends with [`Exit::Bug`].
pub(super) fn guarded(work: impl FnOnce() -> Exit) -> Exit {
    let told = AtomicBool::new(false);
    panic::set_hook(Box::new(move |info| {
        // Several threads may fall over the same fault.
        if told.swap(true, Ordering::Relaxed) {
            return;
        }
        let words = info.payload_as_str().unwrap_or("panic without a message");
        let place = info.location().map(|place| format!(" ({place})")).unwrap_or_default();
        say(&report(&format!("{words}{place}")));
    }));
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Bug)
}

/// What is said about a fault of csvnet.
pub(super) fn report(words: &str) -> String {
    format!(
        "this is a bug in csvnet: {words}\nPlease report it with the scenario, the command and \
         the version, which is {}.\n",
        env!("CARGO_PKG_VERSION")
    )
}
