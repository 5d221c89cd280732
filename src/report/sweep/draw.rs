//! The cover and the charts of a sweep.

use super::super::chart::{Against, Axis, Chart, Plot, Point, Scatter, Swing, Tone, Tornado};
use super::super::document::{Cover, Item, Number, Said};
use super::super::number::{Shown, count};
use super::show::{by_words, text};
use super::{SweepReport, summary};
use crate::plan::sweep::{Metric, Row};

/// Points drawn; of more, every so many.
const DRAWN: usize = 1_000;
/// Axes named on the cover.
const NAMED: usize = 3;

impl SweepReport {
    /// What someone must see who sees nothing else.
    pub(super) fn cover(&self) -> Cover {
        let verdict = (!self.limits.is_empty()).then(|| self.kept());
        let unit = self.unit();
        let number = self.spread().map(|[lowest, median, highest]| Number {
            name: format!("{}, in the middle", by_words(&self.by)),
            value: text(unit, median),
            interval: format!("{} to {}", text(unit, lowest), text(unit, highest)),
            note: format!("over {} points", count(self.points)),
        });
        let changes = self.effects.iter().take(NAMED).map(|row| {
            let (low, high) = (text(unit, row.lowest), text(unit, row.highest));
            let text = format!("{low} at {}, {high} at {}", row.lowest_at, row.highest_at);
            Item::new(&row.axis, text)
        });
        let failed = (self.failed > 0).then(|| {
            Said::new(Tone::Bad, format!("{} points came to nothing", count(self.failed)))
        });
        let trust = failed.into_iter().chain([Said::new(Tone::Plain, self.sure())]);
        Cover {
            verdict,
            number,
            beside: Vec::new(),
            binds: Vec::new(),
            changes: changes.collect(),
            trust: trust.collect(),
        }
    }

    /// At how many points every limit is kept.
    fn kept(&self) -> Said {
        let judged = self.rows.iter().filter(|row| row.error.is_none());
        let (mut good, mut bad, mut open) = (0_u64, 0_u64, 0_u64);
        for row in judged {
            match row.limits_bad() {
                (0, 0) => good += 1,
                (0, _) => open += 1,
                _ => bad += 1,
            }
        }
        let tone = match (good, bad, open) {
            (_, 0, 0) => Tone::Good,
            (0, _, 0) => Tone::Bad,
            _ => Tone::Unsure,
        };
        let undecided = match open {
            0 => String::new(),
            open => format!(", and {} are not decided", count(open)),
        };
        let text = format!(
            "{} of {} points keep every limit, {} do not{undecided}",
            count(good),
            count(good + bad + open),
            count(bad)
        );
        Said::new(tone, text)
    }

    /// Lowest, median and highest over the points of what they are ordered by.
    pub(super) fn spread(&self) -> Option<[Option<f64>; 3]> {
        let by = self.ranges.iter().map(|row| row.metric).find(|by| self.by == by.name())?;
        let values = self.rows.iter().filter_map(|row| summary::value(row, by));
        summary::spread(values.collect())
    }

    /// What each axis does to what points are ordered by, as changes of its middle.
    pub(super) fn moved(&self) -> Option<Chart> {
        let [_, middle, _] = self.spread()?;
        let middle = middle.filter(|middle| *middle > 0.0)?;
        let change = |of: Option<f64>| of.map_or(f64::INFINITY, |of| of / middle - 1.0);
        let rows: Vec<Swing> = self
            .effects
            .iter()
            .map(|row| Swing {
                name: row.axis.clone(),
                ends: [row.lowest_at.clone(), row.highest_at.clone()],
                effects: [change(row.lowest), change(row.highest)],
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        let what = by_words(&self.by);
        Some(Chart {
            title: format!("What moves {what}"),
            about: format!(
                "Median of {what} at the level of each axis where it is lowest and where it is \
                 highest, against that over all points."
            ),
            plot: Plot::Tornado(Tornado {
                across: Axis::of("against all points", Shown::Percent),
                rows,
            }),
        })
    }

    /// Mean latency over IOPS, a mark for each point.
    pub(super) fn cloud(&self) -> Option<Chart> {
        let points: Vec<Point> = self.rows.iter().filter_map(|row| self.mark(row)).collect();
        if points.len() < 2 {
            return None;
        }
        let every = points.len().div_ceil(DRAWN);
        let drawn: Vec<Point> = points.into_iter().step_by(every).collect();
        let which = match every {
            1 => "every point".to_owned(),
            every => format!("one of {every} points"),
        };
        let seen = |tone: Tone| drawn.iter().any(|point| point.tone == tone);
        let tones = [
            (Tone::Good, "every limit is kept"),
            (Tone::Unsure, "not decided"),
            (Tone::Bad, "a limit is broken"),
        ];
        let tones = tones.into_iter().filter(|(tone, _)| seen(*tone));
        let tones = tones.map(|(tone, words)| (tone, words.to_owned())).collect();
        Some(Chart {
            title: "Latency over load".to_owned(),
            about: format!(
                "The highest mean latency of a workload over the IOPS of all, {which} of the sweep."
            ),
            plot: Plot::Scatter(Scatter {
                across: Axis::log("all workloads", Shown::Iops),
                up: Axis::log("mean latency", Shown::Seconds),
                points: drawn,
                tones,
                against: Against::Nothing,
                frontier: Vec::new(),
            }),
        })
    }

    fn mark(&self, row: &Row) -> Option<Point> {
        let usable = |metric| summary::value(row, metric).filter(|x| x.is_finite() && *x > 0.0);
        let at = (usable(Metric::Iops)?, usable(Metric::LatencyMean)?);
        let tone = match (self.limits.is_empty(), row.limits_bad()) {
            (true, _) => Tone::Plain,
            (false, (0, 0)) => Tone::Good,
            (false, (0, _)) => Tone::Unsure,
            (false, _) => Tone::Bad,
        };
        let levels = self.sweep.axes.iter().map(|axis| {
            let level = row.at.get(&axis.name).map_or("", String::as_str);
            format!("{} {level}", axis.name)
        });
        let mut told = vec![format!("point {}", row.point)];
        if self.sweep.variants.len() > 1 {
            told.push(row.variant.clone());
        }
        told.extend(levels);
        told.push(Shown::Iops.text(at.0));
        told.push(Shown::Seconds.text(at.1));
        let told = told.join(", ");
        Some(Point { at, interval: None, told, name: String::new(), tone })
    }
}
