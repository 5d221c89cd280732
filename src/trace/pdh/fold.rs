//! One metric of one thing, sample by sample.

use super::PdhSample;
use super::metrics::{How, Metric};
use super::observe::Value;

/// No rate, queue or time of a counter reaches this; a raw counter that wraps or is reset does.
const WRAPPED: f64 = 1e15;

/// A number on its way.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) metric: &'static Metric,
    pub(super) columns: Vec<usize>,
    sum: f64,
    weight: f64,
    time: f64,
    peak: f64,
    pub(super) samples: u64,
    pub(super) last: Option<f64>,
}

impl Fold {
    pub(super) const fn new(metric: &'static Metric, columns: Vec<usize>) -> Self {
        let (sum, weight, time, peak) = (0.0, 0.0, 0.0, 0.0);
        Self { metric, columns, sum, weight, time, peak, samples: 0, last: None }
    }

    /// Adds a sample; where a value cannot be, its column and why.
    pub(super) fn add(
        &mut self,
        sample: &PdhSample,
        weight: f64,
    ) -> Result<(), (usize, String, &'static str)> {
        let mut values = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let Some(value) = sample.values[*column] else { return Ok(()) };
            if value >= WRAPPED {
                let text = format!("{value:e} is beyond any rate: the raw counter wrapped");
                return Err((*column, text, "leave the time of the sample out, or the counter"));
            }
            values.push(value);
        }
        let (Some(first), column) = (values.first().copied(), self.columns[0]) else {
            return Ok(());
        };
        self.samples += 1;
        self.time += weight;
        match self.metric.how {
            How::Rate | How::Level => {
                let value: f64 = values.iter().sum();
                self.sum += value * weight;
                self.peak = self.peak.max(value);
            }
            How::Latency => {
                let ios = values[1..].iter().sum::<f64>() * weight;
                self.sum += first * ios;
                self.weight += ios;
                if ios > 0.0 {
                    self.peak = self.peak.max(first);
                }
            }
            How::Increase => {
                let before = self.last.replace(first).unwrap_or(first);
                if first < before {
                    let text = format!("a total falls from {before} to {first}");
                    let help = "it wrapped, or was reset by a restart: read up to there";
                    return Err((column, text, help));
                }
                self.sum += first - before;
            }
        }
        Ok(())
    }

    /// The number; none where no sample has it, or no I/O took any time.
    pub(super) fn value(&self) -> Option<Value> {
        if self.samples == 0 || self.time <= 0.0 {
            return None;
        }
        let (mean, peak, weight) = match self.metric.how {
            How::Rate | How::Level => (self.sum / self.time, Some(self.peak), 0.0),
            How::Latency if self.weight > 0.0 => {
                (self.sum / self.weight, Some(self.peak), self.weight / self.time)
            }
            How::Latency => return None,
            How::Increase => (self.sum, None, 0.0),
        };
        Some(Value { mean, peak, weight, samples: self.samples })
    }
}
