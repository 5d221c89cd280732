//! Numbers for people: three significant digits, and one unit for a value and its intervals.

use super::{Figure, Unit};

/// What stands where there is nothing to show.
pub(super) const NOTHING: &str = "-";

/// How a number is shown; values are in the base unit named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// I/Os a second, as IOPS.
    Iops,
    /// Bytes a second, as bytes.
    Bytes,
    /// Bytes a second, as bits: the way rates of wires are sold.
    Bits,
    /// Seconds.
    Seconds,
    /// A fraction, as per cent.
    Percent,
}

impl From<Unit> for Shown {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Iops => Self::Iops,
            Unit::BytesPerSecond => Self::Bytes,
            Unit::Seconds => Self::Seconds,
            Unit::Fraction => Self::Percent,
        }
    }
}

/// Steps of a unit, the largest first: size in base units, and symbol.
type Steps = &'static [(f64, &'static str)];

const IOPS: Steps = &[(1e6, "M IOPS"), (1e3, "k IOPS"), (1.0, "IOPS")];
const BYTES: Steps = &[(1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1.0, "B/s")];
const BITS: Steps = &[
    (1e12 / 8.0, "Tb/s"),
    (1e9 / 8.0, "Gb/s"),
    (1e6 / 8.0, "Mb/s"),
    (1e3 / 8.0, "kb/s"),
    (1.0 / 8.0, "b/s"),
];
const SECONDS: Steps = &[(1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")];
const PERCENT: Steps = &[(1e-2, "%")];

impl Shown {
    const fn steps(self) -> Steps {
        match self {
            Self::Iops => IOPS,
            Self::Bytes => BYTES,
            Self::Bits => BITS,
            Self::Seconds => SECONDS,
            Self::Percent => PERCENT,
        }
    }

    /// The largest step that leaves at least 1 after rounding, so that 999.9 kB/s is 1.00 MB/s.
    fn step(self, value: f64) -> (f64, &'static str) {
        let steps = self.steps();
        let fits = |step: &&(f64, &str)| rounded(value.abs() / step.0, 3) >= 1.0;
        let smallest = steps.len() - 1;
        let base = steps.iter().position(|step| step.0 == 1.0).unwrap_or(smallest);
        // Zero has no size of its own and is shown in the base unit.
        let zero = if value == 0.0 { steps[base] } else { steps[smallest] };
        steps.iter().find(fits).copied().unwrap_or(zero)
    }

    /// Size and symbol of the unit that suits a value.
    pub(super) fn unit(self, value: f64) -> (f64, &'static str) {
        self.step(finite_or_zero(value))
    }

    /// A value with its unit, such as `1.23 ms`.
    pub(super) fn text(self, value: f64) -> String {
        let (size, symbol) = self.step(finite_or_zero(value));
        if value.is_nan() {
            return NOTHING.to_owned();
        }
        format!("{} {symbol}", digits(value / size, 3))
    }

    /// The step a figure and its intervals share.
    fn shared(self, figure: &Figure) -> (f64, &'static str) {
        let ends = [figure.sampling, figure.prediction];
        let largest =
            ends.iter().flatten().flatten().fold(0.0, |most: f64, end| {
                if end.is_finite() { most.max(end.abs()) } else { most }
            });
        let own = finite_or_zero(figure.value);
        self.step(if own == 0.0 { largest } else { own })
    }

    /// The value of a figure, such as `1.23 ms`.
    pub(super) fn value(self, figure: &Figure) -> String {
        if figure.value.is_nan() {
            return NOTHING.to_owned();
        }
        let (size, symbol) = self.shared(figure);
        format!("{} {symbol}", digits(figure.value / size, 3))
    }

    /// The wider half of the sampling interval in the unit of the value, such as `±0.021`.
    pub(super) fn sampling(self, figure: &Figure) -> String {
        let Some([low, high]) = figure.sampling else { return NOTHING.to_owned() };
        let half = (high - figure.value).abs().max((figure.value - low).abs());
        if !half.is_finite() || low.is_nan() || high.is_nan() {
            return NOTHING.to_owned();
        }
        format!("±{}", digits(half / self.shared(figure).0, 2))
    }

    /// The prediction interval without its unit, which is that of the value: `[1.10, 1.40]`.
    pub(super) fn prediction(self, figure: &Figure) -> String {
        let Some([low, high]) = figure.prediction else { return NOTHING.to_owned() };
        let size = self.shared(figure).0;
        format!("[{}, {}]", digits(low / size, 3), digits(high / size, 3))
    }

    /// Value and prediction interval: `1.23 ms [1.10, 1.40]`; the value alone where it has none.
    pub(super) fn with_prediction(self, figure: &Figure, separator: char) -> String {
        let value = self.value(figure);
        if figure.prediction.is_none() {
            return value;
        }
        format!("{value}{separator}{}", self.prediction(figure))
    }
}

/// As [`Shown::text`] for a figure's own unit.
pub(super) fn value(figure: &Figure) -> String {
    Shown::from(figure.unit).value(figure)
}

/// As [`Shown::sampling`] for a figure's own unit.
pub(super) fn sampling(figure: &Figure) -> String {
    Shown::from(figure.unit).sampling(figure)
}

/// As [`Shown::prediction`] for a figure's own unit.
pub(super) fn prediction(figure: &Figure) -> String {
    Shown::from(figure.unit).prediction(figure)
}

/// A relative difference with its sign: `+3.21 %`.
pub(super) fn difference(fraction: f64) -> String {
    // What rounding leaves of equal numbers is no difference.
    let fraction = if fraction.abs() < 1e-9 { 0.0 } else { fraction };
    let sign = if fraction > 0.0 { "+" } else { "" };
    format!("{sign}{}", Shown::Percent.text(fraction))
}

/// A confidence level: `95 %`.
pub(super) fn level(fraction: f64) -> String {
    // Six decimals of a fraction drop the noise of the multiplication by 100.
    format!("{} %", (fraction * 1e6).round() / 1e4)
}

/// A share as people write it, to three digits without trailing zeros: `2 %`, `0.153 %`.
pub(super) fn share(fraction: f64) -> String {
    if !fraction.is_finite() {
        return "unknown".to_owned();
    }
    let text = digits(100.0 * fraction, 3);
    let short = if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{short} %")
}

/// A count with a separator between thousands: `1 234 567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `n thing` or `n things`.
pub(super) fn plural(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A length of time in the unit that suits it.
pub(super) fn lasting(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.1} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

/// Bytes in the unit that suits them.
pub(super) fn amount(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut scaled = bytes;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < units.len() {
        scaled /= 1e3;
        unit += 1;
    }
    format!("{} {}", digits(scaled, 3), units[unit])
}

/// A latency, which has no end where a queue grows without limit.
pub(super) fn latency(seconds: f64) -> String {
    if seconds.is_finite() { Shown::Seconds.text(seconds) } else { "without limit".to_owned() }
}

/// The name of a quantile as people say it: `p99.9`.
pub(super) fn quantile(fraction: f64) -> String {
    // Six decimals of a fraction reach p99.9999 and drop the noise of the division by 100.
    format!("p{}", (fraction * 1e6).round() / 1e4)
}

fn finite_or_zero(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// `x` with `significant` digits; a power of ten where plain digits would be unreadable.
pub(super) fn digits(x: f64, significant: usize) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    if !x.is_finite() {
        return if x.is_nan() {
            NOTHING
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let after_point = significant.saturating_sub(1);
    let scientific = format!("{x:.after_point$e}");
    let exponent = scientific.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok());
    let places = i32::try_from(after_point).unwrap_or(i32::MAX);
    match exponent {
        Some(power) if (-4..6).contains(&power) => {
            let decimals = usize::try_from(places.saturating_sub(power)).unwrap_or(0);
            format!("{:.decimals$}", scientific.parse().unwrap_or(x))
        }
        _ => scientific,
    }
}

fn rounded(x: f64, significant: usize) -> f64 {
    let after_point = significant.saturating_sub(1);
    format!("{x:.after_point$e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figure(value: f64, sampling: [f64; 2], prediction: [f64; 2]) -> Figure {
        let unit = Unit::Seconds;
        Figure { value, unit, sampling: Some(sampling), prediction: Some(prediction) }
    }

    #[test]
    fn units_follow_the_size_of_the_number() {
        assert_eq!(Shown::Iops.text(45_180.0), "45.2 k IOPS");
        assert_eq!(Shown::Iops.text(999.0), "999 IOPS");
        assert_eq!(Shown::Iops.text(0.5), "0.500 IOPS");
        assert_eq!(Shown::Bytes.text(371e6), "371 MB/s");
        assert_eq!(Shown::Bits.text(371e6), "2.97 Gb/s");
        assert_eq!(Shown::Seconds.text(0.001_234), "1.23 ms");
        assert_eq!(Shown::Seconds.text(200e-6), "200 us");
        assert_eq!(Shown::Seconds.text(4_512.0), "4510 s");
        assert_eq!(Shown::Percent.text(0.7123), "71.2 %");
        assert_eq!(Shown::Percent.text(1.0), "100 %");
        assert_eq!(Shown::Percent.text(0.0), "0 %");
        assert_eq!(Shown::Seconds.text(0.0), "0 s");
    }

    #[test]
    fn rounding_never_leaves_a_thousand_of_the_smaller_unit() {
        assert_eq!(Shown::Bytes.text(999_400.0), "999 kB/s");
        assert_eq!(Shown::Bytes.text(999_900.0), "1.00 MB/s");
        assert_eq!(Shown::Seconds.text(0.000_999_9), "1.00 ms");
    }

    #[test]
    fn intervals_share_the_unit_of_the_value() {
        let latency = figure(0.000_98, [0.000_96, 0.001], [0.000_9, 0.001_4]);
        assert_eq!(value(&latency), "980 us");
        assert_eq!(sampling(&latency), "±20");
        assert_eq!(prediction(&latency), "[900, 1400]");
        assert_eq!(Shown::Seconds.with_prediction(&latency, ' '), "980 us [900, 1400]");
        let idle = figure(0.0, [0.0, 0.0], [0.0, 0.002]);
        assert_eq!((value(&idle), prediction(&idle)), ("0 ms".into(), "[0, 2.00]".into()));
    }

    #[test]
    fn what_is_no_number_is_shown_as_such() {
        let odd = figure(f64::NAN, [f64::NAN, 1.0], [0.0, f64::INFINITY]);
        assert_eq!((value(&odd), sampling(&odd)), ("-".into(), "-".into()));
        assert_eq!(prediction(&odd), "[0, inf]");
        assert_eq!(Shown::Seconds.text(f64::INFINITY), "inf s");
    }

    #[test]
    fn small_texts() {
        assert_eq!((difference(0.0321), difference(-0.5)), ("+3.21 %".into(), "-50.0 %".into()));
        assert_eq!((level(0.95), level(0.999)), ("95 %".into(), "99.9 %".into()));
        assert_eq!((share(0.02), share(0.001_53)), ("2 %".into(), "0.153 %".into()));
        assert_eq!((share(1.0), share(f64::NAN)), ("100 %".into(), "unknown".into()));
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!((count(0), count(999)), ("0".into(), "999".into()));
        assert_eq!((quantile(0.5), quantile(0.999)), ("p50".into(), "p99.9".into()));
        assert_eq!((digits(1e9, 3), digits(1e-7, 3)), ("1.00e9".into(), "1.00e-7".into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn three_digits_are_within_half_a_per_cent(x in prop::num::f64::NORMAL) {
            let shown: f64 = digits(x, 3).parse().unwrap();
            prop_assert!(shown.is_infinite() || (shown / x - 1.0).abs() <= 0.005);
        }
    }
}
