//! What a point comes to: one line of a part file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::{FigureUnit, Metric};

/// What became of a limit at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitVerdict {
    /// Solved: within the limit by more than the solver is usually off.
    Within,
    /// Solved: nearer to the limit than the solver is usually off.
    Near,
    /// Solved: beyond the limit by more than the solver is usually off.
    Beyond,
    /// Solved: only a simulation tells a percentile.
    NeedsSimulation,
    /// Simulated: the whole prediction interval is within the limit.
    Meets,
    /// Simulated: the prediction interval straddles the limit.
    Undecided,
    /// Simulated: the whole prediction interval is beyond the limit.
    Misses,
}

impl LimitVerdict {
    /// Its name in every format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Near => "near",
            Self::Beyond => "beyond",
            Self::NeedsSimulation => "needs_simulation",
            Self::Meets => "meets",
            Self::Undecided => "undecided",
            Self::Misses => "misses",
        }
    }

    /// Whether the limit holds.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Within | Self::Meets)
    }

    /// Whether the limit does not hold.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Beyond | Self::Misses)
    }
}

/// A number of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Figure {
    /// What it is of: a workload, `node/port/side`, a resource; empty for the whole cluster.
    pub subject: String,
    /// What it is.
    pub metric: Metric,
    /// What it counts.
    pub unit: FigureUnit,
    /// The number; none where it grows without limit, or is not told.
    pub value: Option<f64>,
    /// What more simulation would shrink: low and high; an end that is none is without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<[Option<f64>; 2]>,
    /// What only measurement shrinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<[Option<f64>; 2]>,
    /// The limit that is held against it, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What became of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<LimitVerdict>,
}

impl Figure {
    /// A number without intervals.
    #[must_use]
    pub fn new(subject: impl Into<String>, metric: Metric, unit: FigureUnit, value: f64) -> Self {
        Self {
            subject: subject.into(),
            metric,
            unit,
            value: finite(value),
            sampling: None,
            prediction: None,
            limit: None,
            verdict: None,
        }
    }
}

/// The number, unless it is without limit.
#[must_use]
pub(super) fn finite(value: f64) -> Option<f64> {
    // A sum of nothing is minus zero.
    value.is_finite().then_some(value + 0.0)
}

/// A point with what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// Number of the point, from zero.
    pub point: u64,
    /// Variant.
    pub variant: String,
    /// The level of each axis, by its name.
    pub at: BTreeMap<String, String>,
    /// Why there are no figures: what is wrong with the scenario at this point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Seed, where it was simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Relative error of IOPS and of mean latency that 95 of 100 networks of the kind stay within,
    /// where it was solved; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_error: Option<[Option<f64>; 2]>,
    /// Whether the solver came to rest; always, where it was simulated.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub settled: bool,
    /// The numbers.
    pub figures: Vec<Figure>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_true(settled: &bool) -> bool {
    *settled
}

impl Row {
    /// The row as one line without its end.
    #[must_use]
    pub fn line(&self) -> String {
        // Numbers and texts in structs always have a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many limits do not hold, and of how many that is not known.
    #[must_use]
    pub fn limits_bad(&self) -> (usize, usize) {
        let verdicts = || self.figures.iter().filter_map(|figure| figure.verdict);
        let open = verdicts().filter(|verdict| !verdict.is_good() && !verdict.is_bad());
        (verdicts().filter(|verdict| verdict.is_bad()).count(), open.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back() {
        let mut figure = Figure::new("w", Metric::LatencyMean, FigureUnit::Seconds, 1.0 / 3.0);
        let endless = Figure::new("w", Metric::LatencyP99, FigureUnit::Seconds, f64::INFINITY);
        figure.prediction = Some([Some(0.1), None]);
        figure.limit = Some("p99 latency <= 5 ms".into());
        figure.verdict = Some(LimitVerdict::NeedsSimulation);
        let row = Row {
            point: 7,
            variant: "base".into(),
            at: [("depth".to_owned(), "4".to_owned())].into(),
            error: None,
            seed: Some(u64::MAX),
            usual_error: Some([Some(0.02), None]),
            settled: false,
            figures: vec![figure, endless],
        };
        assert_eq!(row.figures[1].value, None);
        assert_eq!(serde_json::from_str::<Row>(&row.line()).unwrap(), row);
        assert_eq!(row.limits_bad(), (0, 1));
        let short = r#"{"point":1,"variant":"b","at":{},"figures":[]}"#;
        assert_eq!(serde_json::from_str::<Row>(short).unwrap().line(), short);
    }
}
