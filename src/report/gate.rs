//! What `gate` shows: one line that says whether the limits are kept, and why.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::chart::Tone;
use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Cover, Document, Said};
use super::json::Kind;
use super::model::{Figure, RunInfo, Verdict};
use super::number::{self, NOTHING, Shown, plural};
use super::{Render, SCHEMA_VERSION};

/// Whether limits are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GateReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// How the runs were made.
    pub run: RunInfo,
    /// Whether any parameter was fitted to measurements.
    pub calibration: String,
    /// The worst verdict.
    pub verdict: Verdict,
    /// The verdict with its reason.
    pub line: String,
    /// How many single failures were simulated, where they were asked about.
    pub looked_at: Option<LookedAt>,
    /// Every limit in every condition, the worst first, of equal verdicts the nearest to its limit.
    pub rows: Vec<GateRow>,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
    /// True when the run was interrupted: then nothing is decided.
    pub partial: bool,
}

/// How many single failures were looked at, and how closely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LookedAt {
    /// Those that were simulated: the nearest to breaking each limit.
    pub simulated: usize,
    /// Those that lose something whatever the limits say.
    pub lost: usize,
    /// All there are.
    pub of: usize,
    /// The worst figure after the others as a share of its limit, by the corrected solver; none
    /// where there are no others.
    pub rest: Option<f64>,
}

impl LookedAt {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        Self {
            simulated: self.simulated + other.simulated,
            lost: self.lost + other.lost,
            of: self.of + other.of,
            rest: self.rest.into_iter().chain(other.rest).reduce(f64::max),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let lost = match self.lost {
            0 => String::new(),
            lost => format!(", {lost} are beyond every limit without that"),
        };
        let rest = match self.rest {
            Some(rest) if rest.is_finite() => format!(
                "; the others use at most {} of a limit by the approximate solver",
                number::share(rest)
            ),
            Some(_) => "; others break a limit, too, by the approximate solver".to_owned(),
            None => String::new(),
        };
        format!("{} of {} simulated{lost}{rest}", self.simulated, plural(self.of, "failure"))
    }
}

/// What is told beside the verdict.
#[derive(Clone, Debug, Default)]
pub struct GateTold {
    /// How many failures were simulated.
    pub looked_at: Option<LookedAt>,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
}

/// A limit in a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GateRow {
    /// Variant, and the failure where there is one.
    pub condition: String,
    /// The limit as written.
    pub limit: String,
    /// What it was held against.
    pub subject: String,
    /// The figure; none where something is lost whatever the limits say.
    pub figure: Option<Figure>,
    /// How near the limit is to being broken: at 1 it is. None where there is no figure.
    pub nearness: Option<f64>,
    /// Whether it holds.
    pub verdict: Verdict,
}

impl GateReport {
    /// The report of some rows.
    #[must_use]
    pub fn new(
        title: String,
        run: RunInfo,
        calibration: String,
        mut rows: Vec<GateRow>,
        told: GateTold,
        partial: bool,
    ) -> Self {
        let GateTold { looked_at, notes, warnings } = told;
        // What is lost whatever the limits say comes before what is measured.
        let nearness = |row: &GateRow| row.nearness.unwrap_or(f64::INFINITY);
        rows.sort_by(|a, b| {
            let severity = b.verdict.severity().cmp(&a.verdict.severity());
            severity.then(nearness(b).total_cmp(&nearness(a)))
        });
        let verdict = rows.first().map_or(Verdict::Undecided, |row| row.verdict);
        let mut line = match rows.first() {
            _ if partial => "interrupted: nothing is decided".to_owned(),
            Some(row) => line(row, rows.len()),
            None => "undecided: no limit is about anything that is there".to_owned(),
        };
        if let Some(looked_at) = looked_at.filter(|_| !partial) {
            line = format!("{line}; {}", looked_at.words());
        }
        Self {
            schema_version: SCHEMA_VERSION,
            title,
            run,
            calibration,
            verdict,
            line,
            looked_at,
            rows,
            notes,
            warnings,
            partial,
        }
    }
}

fn line(worst: &GateRow, count: usize) -> String {
    let why = match &worst.figure {
        Some(figure) => {
            let shown = Shown::from(figure.unit).with_prediction(figure, ' ');
            format!("`{}`: {} has {shown} ({})", worst.limit, worst.subject, worst.condition)
        }
        None => format!("{}: {}", worst.condition, worst.subject),
    };
    match worst.verdict {
        Verdict::Meets => format!("within limits, {count} of {count}; {why}"),
        Verdict::Misses => format!("EXCEEDED: {why}"),
        Verdict::Undecided => format!("undecided: {why}; the interval straddles the limit"),
    }
}

impl Document for GateReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(1, self.title.clone())];
        let tone = match self.verdict {
            Verdict::Meets => Tone::Good,
            Verdict::Misses => Tone::Bad,
            Verdict::Undecided => Tone::Unsure,
        };
        blocks.push(Block::Cover(Box::new(Cover {
            verdict: Some(Said::new(tone, self.line.clone())),
            trust: vec![Said::new(Tone::Plain, self.calibration.clone())],
            ..Cover::default()
        })));
        blocks.push(Block::Plain(self.line.clone()));
        blocks.push(Block::Table(self.table()));
        blocks.push(Block::Text(self.calibration.clone()));
        for (heading, lines) in [("Notes", &self.notes), ("Warnings", &self.warnings)] {
            if !lines.is_empty() {
                blocks.push(Block::Heading(2, heading.to_owned()));
                blocks.push(Block::List(lines.clone()));
            }
        }
        blocks.push(Block::Command(self.run.command.clone()));
        blocks
    }
}

impl GateReport {
    /// The rows as a table.
    fn table(&self) -> Grid {
        let mut grid = Grid::new(2, &["condition", "limit", "nearest to it", "#figure", "verdict"]);
        for row in &self.rows {
            let figure = row.figure.as_ref();
            grid.row(vec![
                row.condition.clone(),
                row.limit.clone(),
                row.subject.clone(),
                figure.map_or_else(
                    || NOTHING.to_owned(),
                    |figure| Shown::from(figure.unit).with_prediction(figure, ' '),
                ),
                row.verdict.words().to_owned(),
            ]);
        }
        grid
    }
}

impl Kind for GateReport {
    const KIND: &'static str = "gate";
}

impl Render<GateReport> for Csv {
    fn render(&self, report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for row in &report.rows {
            rows.enter(&row.condition, "gate");
            match &row.figure {
                Some(figure) => {
                    rows.figure(&row.subject, &row.limit, figure, row.verdict.words())?;
                }
                None => rows.note(&row.subject, &row.limit, row.verdict.words())?,
            }
        }
        rows.finish()
    }
}
