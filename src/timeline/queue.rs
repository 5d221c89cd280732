//! Pieces of work that know nothing of each other, on several threads; results in their order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why not all of it was done.
#[derive(Debug)]
pub(super) enum Stopped<E> {
    /// The user said so.
    Cancelled,
    /// A piece failed, of several the first.
    At(usize, E),
}

/// The number of threads to use where so many were asked for.
pub(super) fn threads(asked: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    asked.filter(|n| *n > 0).unwrap_or(cores)
}

/// Does `one` with every number below `count`. `progress` is told the share done.
pub(super) fn each<T: Send, E: Send>(
    count: usize,
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
    one: &(dyn Fn(usize) -> Result<T, E> + Sync),
) -> Result<Vec<T>, Stopped<E>> {
    let done = some(count, threads, cancelled, progress, one);
    let done = done.map_err(|(k, error)| Stopped::At(k, error))?;
    done.into_iter().collect::<Option<Vec<T>>>().ok_or(Stopped::Cancelled)
}

/// The same as far as it was done when the user ended it; what was not is none. Of several failures
/// the first is told, with its number.
pub(super) fn some<T: Send, E: Send>(
    count: usize,
    threads: usize,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
    one: &(dyn Fn(usize) -> Result<T, E> + Sync),
) -> Result<Vec<Option<T>>, (usize, E)> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Vec<Mutex<Option<Result<T, E>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    // Plain threads: what is done here may wait on a pool of its own.
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let k = next.fetch_add(1, Ordering::Relaxed);
                    if k >= count || cancelled() {
                        return;
                    }
                    let result = one(k);
                    *results[k].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    let all = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(all as f64 / count as f64);
                }
            });
        }
    });
    let mut all = Vec::with_capacity(count);
    for (k, result) in results.into_iter().enumerate() {
        match result.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok(result)) => all.push(Some(result)),
            Some(Err(error)) => return Err((k, error)),
            None => all.push(None),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, fails_at: usize) -> Result<Vec<usize>, Stopped<&'static str>> {
        let one = |k: usize| if k >= fails_at { Err("too large") } else { Ok(k * k) };
        each(9, threads, &|| false, &|_| {}, &one)
    }

    #[test]
    fn results_are_in_order_at_any_number_of_threads() {
        for threads in [1, 2, 20] {
            let all = squares(threads, 9).unwrap();
            assert_eq!(all, [0, 1, 4, 9, 16, 25, 36, 49, 64]);
        }
        assert!(each(0, 3, &|| false, &|_| {}, &|_| Ok::<_, ()>(())).unwrap().is_empty());
    }

    #[test]
    fn the_first_failure_is_told_and_so_is_the_end_by_the_user() {
        for threads in [1, 4] {
            assert!(matches!(squares(threads, 3), Err(Stopped::At(3, "too large"))));
        }
        let none = each(4, 2, &|| true, &|_| {}, &|k| Ok::<_, ()>(k));
        assert!(matches!(none, Err(Stopped::Cancelled)));
    }

    #[test]
    fn progress_ends_at_all_of_it() {
        let told = Mutex::new(Vec::new());
        let progress = |share: f64| told.lock().unwrap().push(share);
        each(4, 2, &|| false, &progress, &|_| Ok::<_, ()>(())).unwrap();
        let mut told = told.into_inner().unwrap();
        told.sort_by(f64::total_cmp);
        assert_eq!(told, [0.25, 0.5, 0.75, 1.0]);
    }
}
