//! The one place of the benches that reads clocks.

use std::hint::black_box;
use std::time::Instant;

/// Runs `work` and gives what it took in nanoseconds, and what it gave.
///
/// Where the system tells it (Linux), it is the processor time of this thread, so that others on
/// the machine disturb a ratio less; elsewhere it is the time on the wall.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu_ns();
    let (on_the_wall, result) = timed_on_the_wall(work);
    match (start, cpu_ns()) {
        (Some(start), Some(end)) if end > start => (end - start, result),
        _ => (on_the_wall, result),
    }
}

/// Runs `work` and gives the time on the wall in nanoseconds, and what it gave.
pub(crate) fn timed_on_the_wall<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64() * 1e9, result)
}

/// Processor time of this thread so far in nanoseconds.
fn cpu_ns() -> Option<f64> {
    // The scheduler brings the figure up to date when a thread yields.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the wall clock, a run never does")]
fn now() -> Instant {
    Instant::now()
}
