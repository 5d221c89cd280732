//! Charts and drawings as inline SVG, without colours of their own: classes are coloured by the
//! page, in the light, in the dark and in print. What a colour tells, a shape, a dash or a pattern
//! tells too. The same chart is the same bytes.

mod axes;
mod bars;
mod canvas;
mod cluster;
mod dots;
mod legend;
mod lines;
mod scale;
mod scatter;
mod text;
mod time;
mod tornado;

use super::chart::{Chart, Plot};
use super::map::Map;
use canvas::Canvas;
pub(super) use canvas::escaped;

/// Width of every drawing in its own units; a page shows it as wide as it has room.
pub(super) const WIDTH: f64 = 960.0;

/// The chart as one element; none where there is nothing to draw. `id` is its own on the page.
pub(super) fn chart(chart: &Chart, id: &str) -> Option<String> {
    let mut canvas = Canvas::new(id);
    let height = match &chart.plot {
        Plot::Lines(lines) => lines::draw(lines, &mut canvas),
        Plot::Bars(bars) => bars::draw(bars, &mut canvas),
        Plot::Tornado(tornado) => tornado::draw(tornado, &mut canvas),
        Plot::Dots(dots) => dots::draw(dots, &mut canvas),
        Plot::Scatter(scatter) => scatter::draw(scatter, &mut canvas),
    }?;
    Some(canvas.finish(height, &chart.title, &chart.about))
}

/// A cluster as one element; none where it has no node.
pub(super) fn map(map: &Map, id: &str) -> Option<String> {
    let mut canvas = Canvas::new(id);
    let height = cluster::draw(map, &mut canvas)?;
    Some(canvas.finish(height, &map.title, &map.about))
}

#[cfg(test)]
mod tests;
