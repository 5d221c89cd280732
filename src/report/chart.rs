//! Charts as data, for the formats that can draw: a page (SVG) and a workbook (native charts).
//!
//! Values are in base units, as everywhere in a report; the words beside a mark are those of the
//! tables, so that no format rounds on its own.

use super::Figure;
use super::number::{self, Shown};

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chart {
    /// Title.
    pub(super) title: String,
    /// What it shows in a sentence or two: what someone hears who does not see it.
    pub(super) about: String,
    /// The drawing.
    pub(super) plot: Plot,
}

/// The kinds of drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plot {
    /// Values over time or over another number.
    Lines(Lines),
    /// One value a row, with its interval.
    Bars(Bars),
    /// What each of some changes does to one value, to either side.
    Tornado(Tornado),
    /// Several values a row, each with its interval.
    Dots(Dots),
    /// Points in the plane.
    Scatter(Scatter),
}

/// What an axis counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// A quantity of the tables.
    Of(Shown),
    /// A plain number, with a word for its unit where it has one.
    Number(&'static str),
    /// Seconds since a local date and time, such as `2026-11-23 00:00:00`, in a zone.
    Since(String, String),
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// What it is, without its unit.
    pub(super) name: String,
    /// What it counts.
    pub(super) quantity: Quantity,
    /// Whether each step multiplies.
    pub(super) log: bool,
    /// A value that it reaches at least.
    pub(super) reach: Option<f64>,
}

impl Axis {
    /// An axis of a quantity of the tables.
    pub(super) fn of(name: &str, shown: Shown) -> Self {
        Self { name: name.to_owned(), quantity: Quantity::Of(shown), log: false, reach: None }
    }

    /// An axis from nothing to all of something.
    pub(super) fn share(name: &str) -> Self {
        Self { reach: Some(1.0), ..Self::of(name, Shown::Percent) }
    }

    /// The same with steps that multiply.
    pub(super) fn log(name: &str, shown: Shown) -> Self {
        Self { log: true, ..Self::of(name, shown) }
    }
}

/// What something is, told by colour and by shape or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    Plain,
    /// I/O that goes to the storage itself.
    Direct,
    /// I/O that goes over the network to the owner.
    Redirected,
    /// Both, or something third.
    Mixed,
    /// A limit that is kept, a target that is reached.
    Good,
    /// One that is not.
    Bad,
    /// One that cannot be decided.
    Unsure,
}

/// A line that a value is held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Where.
    pub(super) at: f64,
    /// What it is.
    pub(super) name: String,
}

/// Values over time or over another number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lines {
    /// Horizontal axis.
    pub(super) across: Axis,
    /// Vertical axis.
    pub(super) up: Axis,
    /// The lines.
    pub(super) series: Vec<Series>,
    /// How they are drawn.
    pub(super) form: Form,
    /// Lines to hold them against.
    pub(super) limits: Vec<Line>,
    /// A stretch to point out: from, to, and what it is.
    pub(super) stretch: Option<(f64, f64, String)>,
}

/// How lines are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// From point to point.
    Straight,
    /// Each value holds until the next.
    Steps,
    /// As steps, on top of one another.
    Stacked,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// Name.
    pub(super) name: String,
    /// Places and values, places rising; what is no number leaves a gap.
    pub(super) points: Vec<(f64, f64)>,
}

/// A value with its interval and its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// Value.
    pub(super) value: f64,
    /// Low and high, where they are known.
    pub(super) interval: Option<[f64; 2]>,
    /// As the tables tell it.
    pub(super) told: String,
}

impl From<&Figure> for Mark {
    fn from(of: &Figure) -> Self {
        let told = Shown::from(of.unit).with_prediction(of, ' ');
        Self { value: of.value, interval: of.prediction, told }
    }
}

impl Mark {
    /// A value without interval.
    pub(super) fn plain(value: f64, shown: Shown) -> Self {
        Self { value, interval: None, told: shown.text(value) }
    }
}

/// One value a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bars {
    /// Axis of the values.
    pub(super) across: Axis,
    /// Rows, the first on top.
    pub(super) rows: Vec<Bar>,
    /// Lines to hold them against.
    pub(super) limits: Vec<Line>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    /// Name.
    pub(super) name: String,
    /// Value.
    pub(super) mark: Mark,
    /// What it is.
    pub(super) tone: Tone,
}

/// What changes do to one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tornado {
    /// Axis of the changes.
    pub(super) across: Axis,
    /// Rows, the first on top.
    pub(super) rows: Vec<Swing>,
}

/// What one change does, at its low end and at its high end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Swing {
    /// What is changed.
    pub(super) name: String,
    /// Low and high end of what is changed, in words.
    pub(super) ends: [String; 2],
    /// What becomes of the value at either end, as a change.
    pub(super) effects: [f64; 2],
}

/// Several values a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dots {
    /// Axis of the values.
    pub(super) across: Axis,
    /// What the values of each row are.
    pub(super) names: Vec<String>,
    /// Rows, the first on top.
    pub(super) rows: Vec<DotRow>,
    /// What tones mean here.
    pub(super) tones: Vec<(Tone, String)>,
    /// Lines to hold them against.
    pub(super) limits: Vec<Line>,
}

/// A row of several values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DotRow {
    /// Name.
    pub(super) name: String,
    /// What it is.
    pub(super) tone: Tone,
    /// As many values as there are names; none where there is no such value.
    pub(super) marks: Vec<Option<Mark>>,
}

/// Points in the plane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scatter {
    /// Horizontal axis.
    pub(super) across: Axis,
    /// Vertical axis.
    pub(super) up: Axis,
    /// Points.
    pub(super) points: Vec<Point>,
    /// What tones mean here.
    pub(super) tones: Vec<(Tone, String)>,
    /// What points are held against.
    pub(super) against: Against,
    /// A line through the best of them, as steps: places rising.
    pub(super) frontier: Vec<(f64, f64)>,
}

/// What points are held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Against {
    /// Nothing.
    Nothing,
    /// The line on which both coordinates are the same.
    Equal,
    /// A height.
    Height(Line),
}

/// A point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    /// Place.
    pub(super) at: (f64, f64),
    /// Low and high of its height, where they are known.
    pub(super) interval: Option<[f64; 2]>,
    /// What it is, in words.
    pub(super) told: String,
    /// A name to write beside it; empty for none.
    pub(super) name: String,
    /// What it is.
    pub(super) tone: Tone,
}

/// A change as people write it, with its sign.
pub(super) fn change(fraction: f64) -> String {
    if fraction.is_finite() { number::difference(fraction) } else { "without limit".to_owned() }
}
