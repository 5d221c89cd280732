//! Which parameters the data can tell.
//!
//! Every candidate has a belief from before: its range, 95 % of a log-normal. A candidate is told
//! by the data when, with those already chosen free as well, its standard deviation shrinks to
//! less than [`SHARE`] of that belief. Candidates are taken greedily, the one that shrinks most
//! first: the columns of the sensitivity matrix, each in its own prior standard deviations, are
//! chosen by pivoted Gram-Schmidt (Golub, Van Loan, Matrix Computations, 5.4.2; as a method to
//! choose parameters Yao et al., Polymer Reaction Engineering 11, 2003). A candidate that moves the
//! same as one chosen before has nothing left to shrink by, and stays.

use super::evaluate::Sensitivities;
use super::fit::Entry;
use super::key::Scale;

/// Share of the prior standard deviation below which a parameter counts as told.
const SHARE: f64 = 0.5;

/// Why a candidate was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfitted {
    /// It moves nothing that was measured.
    Silent,
    /// What it moves is moved by those chosen as well.
    Collinear {
        /// The chosen one that it is most alike.
        with: usize,
    },
    /// It moves what was measured by less than the noise.
    Weak,
}

/// The choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Chosen keys, the best told first.
    pub(super) chosen: Vec<usize>,
    /// The others with the reason.
    pub(super) left: Vec<(usize, Unfitted)>,
}

/// Chooses among `candidates`; no more than one for each two points.
pub(super) fn choose(
    entries: &[Entry],
    sensitivities: &Sensitivities,
    scales: &[Scale],
    candidates: &[usize],
    sigmas: &[f64],
    most: usize,
) -> Choice {
    // One column for each candidate: change of each fitted value, in standard deviations of its
    // noise, when the parameter moves by one of its own.
    let fitted: Vec<&Entry> = entries.iter().filter(|e| e.fit).collect();
    let mut columns: Vec<(usize, Vec<f64>)> = candidates
        .iter()
        .map(|&k| {
            let cell = |e: &&Entry| {
                let row = &sensitivities[e.point][e.metric];
                let slope = row.iter().find(|(own, _)| *own == k).map_or(0.0, |(_, s)| *s);
                slope * scales[k].prior() * e.weight.sqrt() / sigmas[e.metric]
            };
            (k, fitted.iter().map(cell).collect())
        })
        .collect();
    let whole: Vec<(usize, f64)> = columns.iter().map(|(k, c)| (*k, norm(c))).collect();
    let original = columns.clone();
    let mut choice = Choice::default();
    // The variance left is 1 / (1 + n'n) of the prior one.
    let needed = (1.0 / (SHARE * SHARE) - 1.0).sqrt();
    while choice.chosen.len() < most {
        let mut best: Option<(usize, f64)> = None;
        for (i, (_, column)) in columns.iter().enumerate() {
            let n = norm(column);
            if best.is_none_or(|(_, most)| n > most) {
                best = Some((i, n));
            }
        }
        let Some((i, n)) = best.filter(|(_, n)| *n > needed) else { break };
        let (k, column) = columns.remove(i);
        for (_, other) in &mut columns {
            let share = dot(&column, other) / (n * n);
            other.iter_mut().zip(&column).for_each(|(x, y)| *x -= share * y);
        }
        choice.chosen.push(k);
    }
    for (k, _) in &columns {
        let n = whole.iter().find(|(own, _)| own == k).map_or(0.0, |(_, n)| *n);
        let reason = if n < 1e-6 {
            Unfitted::Silent
        } else if n <= needed {
            Unfitted::Weak
        } else {
            alike(&original, *k, &choice.chosen)
                .map_or(Unfitted::Weak, |with| Unfitted::Collinear { with })
        };
        choice.left.push((*k, reason));
    }
    choice.left.sort_by_key(|(k, _)| *k);
    choice
}

/// The chosen one whose column has the smallest angle to that of `k`.
fn alike(columns: &[(usize, Vec<f64>)], k: usize, chosen: &[usize]) -> Option<usize> {
    let of = |k: usize| columns.iter().find(|(own, _)| *own == k).map(|(_, c)| c);
    let own = of(k)?;
    let mut best: Option<(usize, f64)> = None;
    for &c in chosen {
        let other = of(c)?;
        let cosine = dot(own, other).abs() / (norm(own) * norm(other)).max(1e-300);
        if best.is_none_or(|(_, most)| cosine > most) {
            best = Some((c, cosine));
        }
    }
    best.map(|(c, _)| c)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
