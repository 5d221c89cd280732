//! A panic is a fault of csvnet, and says so.

use std::any::Any;
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
        let words = words(info.payload()).unwrap_or("panic without a message");
        let place = info.location().map(|place| format!(" ({place})")).unwrap_or_default();
        say(&report(&format!("{words}{place}")));
    }));
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Bug)
}

/// The message of a panic: a literal is a `&str`, a formatted one a `String`.
fn words(payload: &dyn Any) -> Option<&str> {
    let literal = payload.downcast_ref::<&str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// What is said about a fault of csvnet.
pub(super) fn report(words: &str) -> String {
    format!(
        "this is a bug in csvnet: {words}\nPlease report it with the scenario, the command and \
         the version, which is {}.\n",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_its_words() {
        let caught = |work: fn()| panic::catch_unwind(work).unwrap_err();
        // Not through the hook: it belongs to the whole process, tests included.
        assert_eq!(words(&*caught(|| panic::resume_unwind(Box::new("a")))), Some("a"));
        assert_eq!(words(&*caught(|| panic::resume_unwind(Box::new("b".to_owned())))), Some("b"));
        assert_eq!(words(&*caught(|| panic::resume_unwind(Box::new(1)))), None);
        assert!(report("a").starts_with("this is a bug in csvnet: a\n"));
    }
}
