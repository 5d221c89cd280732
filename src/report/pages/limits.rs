//! Figures against their limits, whatever they count.

use super::super::chart::{Axis, Bar, Bars, Chart, Line, Mark, Plot, Tone};
use super::super::document::Block;
use super::super::number::Shown;

/// A figure against its limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    /// What it is called.
    pub(super) name: String,
    /// The figure.
    pub(super) value: f64,
    /// Its interval.
    pub(super) interval: Option<[f64; 2]>,
    /// The limit, in the same unit.
    pub(super) bound: f64,
    /// Whether the limit is the most that is allowed, or the least.
    pub(super) at_most: bool,
    /// The figure as the tables tell it.
    pub(super) told: String,
    /// The verdict.
    pub(super) tone: Tone,
}

impl Judged {
    /// How near the limit is to being broken: at 1 it is.
    pub(super) fn nearness(&self) -> f64 {
        let share = if self.at_most { self.value / self.bound } else { self.bound / self.value };
        if share.is_nan() { 0.0 } else { share }
    }
}

/// All of them as shares of their limits, so that one line holds for all.
pub(super) fn judged_chart(title: &str, rows: &[Judged]) -> Option<Block> {
    let rows: Vec<Bar> = rows
        .iter()
        .map(|row| {
            let verdict = match row.tone {
                Tone::Good => "met",
                Tone::Bad => "missed",
                _ => "undecided",
            };
            Bar {
                name: row.name.clone(),
                mark: Mark {
                    value: row.value / row.bound,
                    interval: row.interval.map(|ends| ends.map(|end| end / row.bound)),
                    told: format!("{verdict}: {}", row.told),
                },
                tone: row.tone,
            }
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let limits = vec![Line { at: 1.0, name: "limit".to_owned() }];
    Some(Block::chart(Chart {
        title: title.to_owned(),
        about:
            "Each figure with its prediction interval as a share of its limit, the dashed line. \
                It is met, or missed, where the whole interval is on one side of it."
                .to_owned(),
        plot: Plot::Bars(Bars {
            across: Axis::of("share of the limit", Shown::Percent),
            rows,
            limits,
        }),
    }))
}
