//! A scatter of points as inline SVG: one small chart with axes, readable in print and in the dark.

use std::fmt::Write as _;

use super::number::digits;

/// Pixels of a chart, and of its margins: left, right, top, bottom.
const SIZE: (f64, f64) = (420.0, 240.0);
const MARGIN: (f64, f64, f64, f64) = (56.0, 12.0, 24.0, 36.0);

/// A chart of values against a positive quantity on a logarithmic axis.
pub(super) struct Scatter<'a> {
    pub(super) title: &'a str,
    /// What the horizontal axis is, with its unit.
    pub(super) across: &'a str,
    /// What the vertical axis is, with its unit.
    pub(super) up: &'a str,
    /// Place, value, what is told of it, and whether it stands out.
    pub(super) points: Vec<(f64, f64, String, bool)>,
}

impl Scatter<'_> {
    /// The chart; empty where there is nothing to draw.
    pub(super) fn svg(&self) -> String {
        let drawn =
            || self.points.iter().filter(|p| p.0 > 0.0 && p.0.is_finite() && p.1.is_finite());
        let low = drawn().map(|p| p.0).fold(f64::INFINITY, f64::min);
        let high = drawn().map(|p| p.0).fold(0.0, f64::max);
        if !low.is_finite() {
            return String::new();
        }
        let (low, high) = if high / low < 1.5 { (low / 1.5, high * 1.5) } else { (low, high) };
        let tallest = drawn().map(|p| p.1.abs()).fold(0.0, f64::max).max(1e-9) * 1.1;
        let (left, right, top, bottom) = MARGIN;
        let (width, height) = (SIZE.0 - left - right, SIZE.1 - top - bottom);
        let x = |v: f64| left + width * (v / low).ln() / (high / low).ln();
        let y = |v: f64| top + height * (0.5 - 0.5 * v / tallest);
        let mut out = format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\
             <text class=\"title\" x=\"{left}\" y=\"14\">{}</text>",
            SIZE.0,
            SIZE.1,
            escaped(self.title),
            escaped(self.title)
        );
        for share in [-1.0, -0.5, 0.0, 0.5, 1.0] {
            let value = share * tallest / 1.1;
            let at = y(value);
            let class = if share == 0.0 { "zero" } else { "grid" };
            let _ = write!(
                out,
                "<line class=\"{class}\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left + width,
                left - 4.0,
                at + 4.0,
                digits(value, 2)
            );
        }
        for value in [low, (low * high).sqrt(), high] {
            let _ = write!(
                out,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x(value).min(left + width - 14.0),
                top + height + 14.0,
                digits(value, 2)
            );
        }
        let _ = write!(
            out,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"axis\" x=\"12\" y=\"{:.1}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 12 {:.1})\">{}</text>",
            left + width / 2.0,
            SIZE.1 - 6.0,
            escaped(self.across),
            top + height / 2.0,
            top + height / 2.0,
            escaped(self.up)
        );
        for (place, value, told, out_of_line) in drawn() {
            let class = if *out_of_line { "far" } else { "near" };
            let _ = write!(
                out,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\">\
                 <title>{}</title></circle>",
                x(*place),
                y(*value),
                escaped(told)
            );
        }
        out.push_str("</svg>");
        out
    }
}

/// Text that is safe inside markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in super::columns::clean(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_where_they_belong() {
        let point = |x: f64, y: f64| (x, y, format!("<{x}>"), y > 1.0);
        let points = vec![point(1.0, 0.0), point(100.0, 2.0), point(0.0, 1.0)];
        let svg = Scatter { title: "a & b", across: "x", up: "y", points }.svg();
        assert_eq!(svg.matches("<circle").count(), 2, "nothing stands at zero of a log axis");
        assert!(svg.contains("a &amp; b") && svg.contains("<title>&lt;1&gt;</title>"));
        // The first stands at the left end and in the middle, the second at the right and in red.
        assert!(svg.contains("class=\"near\" cx=\"56.0\" cy=\"114.0\""), "{svg}");
        assert!(svg.contains("class=\"far\" cx=\"408.0\""), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let none = Scatter { title: "", across: "", up: "", points: vec![] };
        assert_eq!(none.svg(), "");
    }
}
