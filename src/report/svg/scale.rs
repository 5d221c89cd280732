//! From values to places: scales, and ticks at round numbers.

use super::super::chart::{Axis, Quantity};
use super::super::number::digits;
use super::time;

/// Values on a stretch of a drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    log: bool,
    from: f64,
    to: f64,
}

/// A labelled place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

/// The ticks of an axis, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) ticks: Vec<Tick>,
    /// Name with its unit.
    pub(super) name: String,
}

impl Scale {
    /// The place of a value; what lies beyond the ends stands at them.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.from + share * (self.to - self.from)
    }

    /// The ends.
    pub(super) const fn ends(&self) -> [f64; 2] {
        [self.low, self.high]
    }
}

/// A scale for values, with about so many ticks. Of what multiplies only what is above zero
/// counts; what does not starts at zero unless `free`.
pub(super) fn scale(
    axis: &Axis,
    values: impl Iterator<Item = f64>,
    (from, to): (f64, f64),
    most: usize,
    free: bool,
) -> (Scale, Ticks) {
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    for value in values.filter(|value| value.is_finite() && (!axis.log || *value > 0.0)) {
        low = low.min(value);
        high = high.max(value);
    }
    if let Some(reach) = axis.reach {
        high = high.max(reach);
        low = low.min(reach);
    }
    if !low.is_finite() {
        (low, high) = if axis.log { (1.0, 10.0) } else { (0.0, 1.0) };
    }
    if axis.log {
        logarithmic(axis, (low, high), (from, to))
    } else if let Quantity::Since(start, zone) = &axis.quantity {
        let high = if high > low { high } else { low + 1.0 };
        let ticks = time::ticks(start, zone, (low, high), most);
        (Scale { low, high, log: false, from, to }, Ticks { ticks, name: axis.name.clone() })
    } else {
        let (low, high) = if free { (low, high) } else { (low.min(0.0), high.max(0.0)) };
        linear(axis, (low, high), (from, to), most)
    }
}

/// The quantity's unit on an axis: its size, its symbol.
fn unit(axis: &Axis, largest: f64) -> (f64, &'static str) {
    match &axis.quantity {
        Quantity::Of(shown) => shown.unit(largest),
        Quantity::Number(word) => (1.0, word),
        Quantity::Since(..) => (1.0, ""),
    }
}

fn named(axis: &Axis, symbol: &str) -> String {
    if symbol.is_empty() { axis.name.clone() } else { format!("{}, {symbol}", axis.name) }
}

/// A step of 1, 2 or 5 times a power of ten, so that there are about `most`.
pub(super) fn step(span: f64, most: usize) -> f64 {
    let rough = span / most.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let times = rough / power;
    power
        * if times <= 1.0 {
            1.0
        } else if times <= 2.0 {
            2.0
        } else if times <= 5.0 {
            5.0
        } else {
            10.0
        }
}

fn linear(
    axis: &Axis,
    (low, high): (f64, f64),
    (from, to): (f64, f64),
    most: usize,
) -> (Scale, Ticks) {
    let high = if high > low { high } else { low + if low == 0.0 { 1.0 } else { low.abs() * 0.1 } };
    let (size, symbol) = unit(axis, high.abs().max(low.abs()));
    let step = step((high - low) / size, most);
    let (first, last) = ((low / size / step).floor(), (high / size / step - 1e-9).ceil());
    let count = (last - first).clamp(1.0, 50.0) as i32;
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let tick = |place: i32| {
        let value = (first + f64::from(place)) * step;
        let label = if value == 0.0 {
            "0".to_owned()
        } else if value.abs() >= 1e6 || decimals > 6 {
            digits(value, 2)
        } else {
            format!("{value:.decimals$}")
        };
        Tick { value: value * size, label }
    };
    let ticks: Vec<Tick> = (0..=count).map(tick).collect();
    let ends = [ticks[0].value, ticks[ticks.len() - 1].value];
    let scale = Scale { low: ends[0], high: ends[1], log: false, from, to };
    (scale, Ticks { ticks, name: named(axis, symbol) })
}

fn logarithmic(axis: &Axis, (low, high): (f64, f64), (from, to): (f64, f64)) -> (Scale, Ticks) {
    // Room to either side, so that nothing stands on the frame.
    let (low, high) = (low / 1.15, high * 1.15);
    let high = high.max(low * 3.0);
    let decades = (high / low).log10();
    let times: &[f64] = match decades {
        d if d < 1.5 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
        d if d < 3.5 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let every = if decades > 9.0 { 2 } else { 1 };
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let mut ticks = Vec::new();
    for power in powers.filter(|power| power.rem_euclid(every) == 0) {
        for times in times {
            let value = times * 10_f64.powi(power);
            if value >= low && value <= high {
                ticks.push(Tick { value, label: alone(axis, value) });
            }
        }
    }
    let name = match &axis.quantity {
        Quantity::Number(word) => named(axis, word),
        _ => axis.name.clone(),
    };
    (Scale { low, high, log: true, from, to }, Ticks { ticks, name })
}

/// A tick that says its unit itself.
fn alone(axis: &Axis, value: f64) -> String {
    let (size, symbol) = match &axis.quantity {
        Quantity::Of(shown) => shown.unit(value),
        _ => (1.0, ""),
    };
    let text = digits(value / size, 3);
    let short = if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{short} {symbol}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::number::Shown;
    use super::*;

    fn labels(axis: &Axis, values: &[f64]) -> (Vec<String>, String) {
        let (_, ticks) = scale(axis, values.iter().copied(), (0.0, 100.0), 5, false);
        (ticks.ticks.into_iter().map(|tick| tick.label).collect(), ticks.name)
    }

    #[test]
    fn ticks_are_round_in_the_unit_of_the_largest() {
        let busy = Axis::of("busy", Shown::Percent);
        let (told, name) = labels(&busy, &[0.03, 0.87]);
        assert_eq!((told.join(" "), name.as_str()), ("0 20 40 60 80 100".into(), "busy, %"));
        let latency = Axis::of("latency", Shown::Seconds);
        let (told, name) = labels(&latency, &[0.000_2, 0.001_3]);
        assert_eq!(
            (told.join(" "), name.as_str()),
            ("0.0 0.5 1.0 1.5".replace("0.0", "0"), "latency, ms")
        );
        assert_eq!(labels(&busy, &[]).0.first().map(String::as_str), Some("0"));
        assert_eq!(labels(&busy, &[0.0, f64::NAN, f64::INFINITY]).0.len(), 6);
    }

    #[test]
    fn a_logarithmic_axis_says_the_unit_at_each_tick() {
        let latency = Axis::log("latency", Shown::Seconds);
        let (told, name) = labels(&latency, &[90e-6, 0.02, 0.0, -1.0]);
        assert_eq!(told.join(", "), "100 us, 200 us, 500 us, 1 ms, 2 ms, 5 ms, 10 ms, 20 ms");
        assert_eq!(name, "latency");
    }

    #[test]
    fn places_follow_values_and_stay_within() {
        let axis = Axis::of("x", Shown::Iops);
        let (scale, _) = scale(&axis, [0.0, 10.0].into_iter(), (50.0, 150.0), 5, false);
        assert_eq!((scale.at(0.0), scale.at(5.0), scale.at(10.0)), (50.0, 100.0, 150.0));
        assert_eq!(
            (scale.at(-5.0), scale.at(f64::INFINITY), scale.at(f64::NAN)),
            (50.0, 150.0, 50.0)
        );
        let axis = Axis::log("x", Shown::Iops);
        let (scale, _) = super::scale(&axis, [1.0, 100.0].into_iter(), (0.0, 100.0), 5, false);
        assert!((scale.at(10.0) - 50.0).abs() < 1e-9 && scale.at(0.0) == 0.0);
    }

    #[test]
    fn steps_are_one_two_or_five() {
        let rounded = |span, most| step(span, most);
        assert_eq!(
            [rounded(1.0, 5), rounded(87.0, 5), rounded(9.0, 5), rounded(50.0, 6)],
            [0.2, 20.0, 2.0, 10.0]
        );
    }
}
