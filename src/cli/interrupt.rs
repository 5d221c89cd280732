//! Ctrl-C: once to stop in good order, twice to stop at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::Exit;
use super::say;

/// A flag that the first Ctrl-C sets. The second ends the process.
pub(super) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let pressed = Arc::clone(&flag);
    let installed = ctrlc::set_handler(move || {
        if pressed.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted.code().into());
        }
        say("\nstopping after what is in hand; press Ctrl-C again to stop at once\n");
    });
    // Without a handler Ctrl-C still ends the process, only less gently.
    drop(installed);
    flag
}
