//! The pieces a drawing is made of.

use std::fmt::Write as _;

use super::super::columns::clean;
use super::WIDTH;
use crate::report::chart::Tone;

/// A drawing under way.
pub(super) struct Canvas {
    /// Its own on the page.
    id: String,
    out: String,
    /// Patterns asked for, by number.
    patterns: Vec<usize>,
}

/// Where text stands about its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A shape that tells marks apart without their colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Pointer,
}

impl Shape {
    const ALL: [Self; 6] =
        [Self::Circle, Self::Square, Self::Triangle, Self::Diamond, Self::Cross, Self::Pointer];

    /// The shape of the n-th of several.
    pub(super) const fn nth(place: usize) -> Self {
        Self::ALL[place % Self::ALL.len()]
    }

    /// The shape of a tone.
    pub(super) const fn of(tone: Tone) -> Self {
        match tone {
            Tone::Plain | Tone::Direct | Tone::Good => Self::Circle,
            Tone::Redirected => Self::Triangle,
            Tone::Mixed => Self::Square,
            Tone::Bad => Self::Cross,
            Tone::Unsure => Self::Diamond,
        }
    }

    /// Its outline about a place.
    fn path(self, x: f64, y: f64, r: f64) -> String {
        let corners = |corners: &[(f64, f64)]| {
            let point = |(dx, dy): &(f64, f64)| format!("{} {}", n(x + dx * r), n(y + dy * r));
            let points: Vec<String> = corners.iter().map(point).collect();
            format!("M{}Z", points.join("L"))
        };
        match self {
            Self::Circle => {
                let (left, r, twice) = (n(x - r), n(r), n(2.0 * r));
                let y = n(y);
                format!("M{left} {y}a{r} {r} 0 1 0 {twice} 0a{r} {r} 0 1 0 -{twice} 0Z")
            }
            Self::Square => corners(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Self::Triangle => corners(&[(0.0, -1.1), (1.1, 0.9), (-1.1, 0.9)]),
            Self::Diamond => corners(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            Self::Pointer => corners(&[(-1.1, -0.9), (1.1, -0.9), (0.0, 1.1)]),
            Self::Cross => corners(&[
                (-1.2, -0.7),
                (-0.7, -1.2),
                (0.0, -0.5),
                (0.7, -1.2),
                (1.2, -0.7),
                (0.5, 0.0),
                (1.2, 0.7),
                (0.7, 1.2),
                (0.0, 0.5),
                (-0.7, 1.2),
                (-1.2, 0.7),
                (-0.5, 0.0),
            ]),
        }
    }
}

/// The class of a tone.
pub(super) const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "t-plain",
        Tone::Direct => "t-direct",
        Tone::Redirected => "t-redirected",
        Tone::Mixed => "t-mixed",
        Tone::Good => "t-good",
        Tone::Bad => "t-bad",
        Tone::Unsure => "t-unsure",
    }
}

/// A coordinate: a tenth of a unit is less than anyone sees.
pub(super) fn n(x: f64) -> String {
    let tenths = (x * 10.0).round() / 10.0;
    // What is no number would break the whole drawing.
    let tenths = if tenths.is_finite() { tenths } else { 0.0 };
    // The sum turns minus zero into zero.
    format!("{}", tenths + 0.0)
}

/// Text that is safe inside markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in clean(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML knows no such characters, however they are written.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// Patterns that tell areas apart without their colour; the first area has none.
const PATTERNS: [&str; 7] = [
    "",
    "M0 8L8 0M-2 2L2 -2M6 10L10 6",
    "M2 2h1.6v1.6h-1.6zM6 6h1.6v1.6h-1.6z",
    "M0 0L8 8M-2 6L2 10M6 -2L10 2",
    "M0 4H8",
    "M4 0V8",
    "M0 0L8 8M0 8L8 0",
];

impl Canvas {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), out: String::new(), patterns: Vec::new() }
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(n);
        let _ = write!(
            self.out,
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        );
    }

    /// A rectangle by its left upper corner and its size.
    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (wide, high): (f64, f64)) {
        let [x, y, wide, high] = [x, y, wide.max(0.0), high.max(0.0)].map(n);
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\"/>"
        );
    }

    /// The same with round corners.
    pub(super) fn card(&mut self, class: &str, (x, y): (f64, f64), (wide, high): (f64, f64)) {
        let [x, y, wide, high] = [x, y, wide.max(0.0), high.max(0.0)].map(n);
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" \
             rx=\"6\"/>"
        );
    }

    pub(super) fn path(&mut self, class: &str, path: &str) {
        let _ = write!(self.out, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// A path so thick.
    pub(super) fn thick(&mut self, class: &str, path: &str, width: f64, told: &str) {
        let (width, told) = (n(width), escaped(told));
        let _ = write!(
            self.out,
            "<path class=\"{class}\" stroke-width=\"{width}\" d=\"{path}\"><title>{told}</title>\
             </path>"
        );
    }

    /// Text on its base line; told in full where it had to be cut.
    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let (x, y, anchor, text) = (n(x), n(y), anchor.word(), escaped(text));
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// Text that is told in full when pointed at.
    pub(super) fn cut(
        &mut self,
        class: &str,
        (x, y): (f64, f64),
        anchor: Anchor,
        text: &str,
        full: &str,
    ) {
        if text == full {
            return self.text(class, (x, y), anchor, text);
        }
        let (x, y, anchor) = (n(x), n(y), anchor.word());
        let (text, full) = (escaped(text), escaped(full));
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">\
             <title>{full}</title>{text}</text>"
        );
    }

    /// Text from the bottom to the top.
    pub(super) fn upright(&mut self, class: &str, (x, y): (f64, f64), text: &str, full: &str) {
        let (x, y, text, full) = (n(x), n(y), escaped(text), escaped(full));
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" transform=\"rotate(-90 {x} {y})\">\
             <title>{full}</title>{text}</text>"
        );
    }

    /// A square that says what it is when pointed at.
    pub(super) fn square(&mut self, class: &str, (x, y): (f64, f64), side: f64, told: &str) {
        let ([x, y, side], told) = ([x, y, side].map(n), escaped(told));
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\">\
             <title>{told}</title></rect>"
        );
    }

    /// A mark that says what it is when pointed at.
    pub(super) fn mark(
        &mut self,
        class: &str,
        shape: Shape,
        (x, y): (f64, f64),
        radius: f64,
        told: &str,
    ) {
        let path = shape.path(x, y, radius);
        if told.is_empty() {
            return self.path(&format!("m {class}"), &path);
        }
        let told = escaped(told);
        let _ =
            write!(self.out, "<path class=\"m {class}\" d=\"{path}\"><title>{told}</title></path>");
    }

    /// An area in the colour of a class, with the n-th pattern over it.
    pub(super) fn area(&mut self, class: &str, pattern: usize, path: &str, told: &str) {
        let told = escaped(told);
        let _ =
            write!(self.out, "<path class=\"a {class}\" d=\"{path}\"><title>{told}</title></path>");
        let pattern = pattern % PATTERNS.len();
        if pattern > 0 {
            if !self.patterns.contains(&pattern) {
                self.patterns.push(pattern);
            }
            let id = &self.id;
            let _ = write!(self.out, "<path fill=\"url(#{id}-p{pattern})\" d=\"{path}\"/>");
        }
    }

    /// The whole element.
    pub(super) fn finish(self, height: f64, title: &str, about: &str) -> String {
        let Self { id, out, patterns } = self;
        let (title, about) = (escaped(title), escaped(about));
        let mut defs = String::new();
        for pattern in patterns {
            let path = PATTERNS[pattern];
            let _ = write!(
                defs,
                "<pattern id=\"{id}-p{pattern}\" width=\"8\" height=\"8\" \
                 patternUnits=\"userSpaceOnUse\"><path class=\"hatch\" d=\"{path}\"/></pattern>"
            );
        }
        let defs = if defs.is_empty() { defs } else { format!("<defs>{defs}</defs>") };
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
             <desc id=\"{id}-d\">{about}</desc>{defs}{out}</svg>",
            n(WIDTH),
            n(height)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_never_broken() {
        assert_eq!(
            (n(1.04), n(-0.04), n(2.0), n(f64::NAN)),
            ("1".into(), "0".into(), "2".into(), "0".into())
        );
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            escaped("<a b=\"c\">&'\u{1b}\u{ffff}"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_drawing_says_what_it_is() {
        let mut canvas = Canvas::new("c1");
        canvas.area("s1", 1, "M0 0Z", "a & b");
        let svg = canvas.finish(50.0, "T", "D < E");
        assert!(svg.contains("role=\"img\" aria-labelledby=\"c1-t c1-d\""));
        assert!(svg.contains("<desc id=\"c1-d\">D &lt; E</desc>"));
        assert!(svg.contains("<pattern id=\"c1-p1\"") && svg.contains("url(#c1-p1)"));
    }
}
