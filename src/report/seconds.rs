//! The load second by second, for people: a table that stops in time and a line drawn in blocks.

use super::columns::Grid;
use super::csv::port_name;
use super::document::Block;
use super::number::{Shown, digits, plural};
use super::{PortRow, Second, VariantReport, pages};

/// Rows of the table; the machine formats have every second.
const ROWS: usize = 40;
/// Ports beside the guest; the machine formats have every port.
const PORTS: usize = 6;
/// Letters of a drawn line.
const LINE: usize = 60;

pub(super) fn seconds(variant: &VariantReport) -> Vec<Block> {
    let seconds = &variant.seconds;
    if seconds.is_empty() {
        return Vec::new();
    }
    let busiest = busiest(seconds, &variant.ports);
    // Of a long trace one row is several seconds; what it shows is a rate all the same.
    let width = match seconds.as_slice() {
        [first, second, ..] if second.at_s > first.at_s => second.at_s - first.at_s,
        _ => 1.0,
    };
    let mut grid = Grid::new(1, &["#second", "#guest I/Os", "#guest MB/s"]);
    for (_, name) in &busiest {
        grid.number(&format!("{name} MB/s"));
    }
    for second in seconds.iter().take(ROWS) {
        let wire = busiest.iter().map(|(port, _)| megabytes(wire(second, *port) / width));
        let guest =
            [digits(second.at_s, 6), digits(second.ios, 3), megabytes(second.guest_bytes / width)];
        grid.row(guest.into_iter().chain(wire).collect());
    }
    if seconds.len() > ROWS {
        grid.row(vec!["…".to_owned(); grid.columns.len()]);
    }
    let mut blocks = vec![Block::Heading(3, "Second by second".to_owned())];
    blocks.extend(pages::second_charts(variant));
    blocks.push(Block::Table(plain(grid)));
    let more = seconds.len().saturating_sub(ROWS);
    if more > 0 {
        blocks
            .push(Block::Text(format!("{} in the machine formats.", plural(more, "more second"))));
    }
    let bytes: Vec<f64> = seconds.iter().map(|second| second.guest_bytes).collect();
    blocks.push(Block::Plain(drawn("Guest", &bytes)));
    if let Some((port, name)) = busiest.first() {
        let bytes: Vec<f64> = seconds.iter().map(|second| wire(second, *port)).collect();
        blocks.push(Block::Plain(drawn(name, &bytes)));
    }
    blocks
}

/// Six digits of a time end in zeros that say nothing.
fn plain(mut grid: Grid) -> Grid {
    for row in &mut grid.rows {
        if let Some(at) = row.first_mut().filter(|at| at.contains('.')) {
            *at = at.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
    }
    grid
}

/// The ports with most traffic, the busiest first.
fn busiest(seconds: &[Second], ports: &[PortRow]) -> Vec<(usize, String)> {
    let total = |port: usize| seconds.iter().map(|second| wire(second, port)).sum::<f64>();
    let mut used: Vec<(usize, f64)> =
        (0..ports.len()).map(|port| (port, total(port))).filter(|(_, sum)| *sum > 0.0).collect();
    used.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    used.into_iter().take(PORTS).map(|(port, _)| (port, port_name(&ports[port]))).collect()
}

fn wire(second: &Second, port: usize) -> f64 {
    second.wire_bytes.get(port).copied().filter(|bytes| bytes.is_finite()).unwrap_or(0.0)
}

fn megabytes(bytes: f64) -> String {
    digits(bytes / 1e6, 3)
}

fn drawn(name: &str, bytes: &[f64]) -> String {
    let highest = bytes.iter().copied().filter(|b| b.is_finite()).fold(0.0, f64::max);
    format!("{name}, highest {}:\n{}", Shown::Bytes.text(highest), sparkline(bytes))
}

/// One letter for each value, or for each group of values where there are too many; a group shows
/// its highest, because a mean would hide the peaks a network is sized for.
pub(super) fn sparkline(values: &[f64]) -> String {
    const LETTERS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let group = values.len().div_ceil(LINE).max(1);
    let peaks: Vec<f64> =
        values.chunks(group).map(|chunk| chunk.iter().copied().fold(0.0, finite_max)).collect();
    let highest = peaks.iter().copied().fold(0.0, finite_max);
    let letter = |peak: f64| {
        let share = if highest > 0.0 { peak / highest } else { 0.0 };
        LETTERS[((share * 8.0) as usize).min(7)]
    };
    peaks.into_iter().map(letter).collect()
}

fn finite_max(most: f64, value: f64) -> f64 {
    if value.is_finite() { most.max(value) } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_from_nothing_to_the_highest() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 4.0, 8.0]), "▁▂▃▅█");
        assert_eq!(sparkline(&[0.0, f64::NAN, f64::INFINITY]), "▁▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn a_long_line_keeps_its_peaks() {
        let mut values = vec![1.0; 600];
        values[333] = 8.0;
        let line: Vec<char> = sparkline(&values).chars().collect();
        assert_eq!((line.len(), line[33], line[32]), (60, '█', '▂'));
    }
}
