//! Numbers as text: three significant digits for people, every digit for machines.

/// `value` rounded to three significant digits, so that the unit can be chosen afterwards.
pub(super) fn round_to_three(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Three significant digits of a value already rounded to them.
fn three_digits(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.2e}"),
    }
}

/// `value` in the first unit, largest first, of which it is at least one; else in the last.
///
/// Each unit comes with the amount from which it is used and its size.
pub(super) fn human(value: f64, units: &[(f64, f64, &str)]) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let value = round_to_three(value);
    let unit = units.iter().find(|(from, _, _)| value.abs() >= *from).or(units.last());
    match unit {
        Some((_, _, symbol)) if value == 0.0 => format!("0 {symbol}"),
        Some((_, size, symbol)) => {
            format!("{} {symbol}", three_digits(round_to_three(value / size)))
        }
        None => three_digits(value),
    }
}

/// All digits of `count` in units that step by a thousand, smallest first, as `12.5 ms`.
pub(super) fn exact_thousands(count: u64, symbols: &[&str]) -> String {
    let mut step = 0;
    let mut size = 1_u64;
    while step + 1 < symbols.len() && count / size >= 1_000 {
        step += 1;
        size *= 1_000;
    }
    let fraction = format!("{:0width$}", count % size, width = 3 * step);
    let fraction = if step == 0 { "" } else { fraction.trim_end_matches('0') };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction} {}", count / size, symbols[step])
}

/// All digits of `value` times `10^ten`, moved as text so that nothing is rounded.
pub(super) fn exact_shifted(value: f64, ten: i32) -> String {
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent = exponent.parse::<i32>().unwrap_or(0) + ten;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let places = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match exponent {
        _ if value == 0.0 => "0".to_owned(),
        -6..=-1 => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        0..=20 if exponent + 1 >= places => {
            format!("{digits}{}", "0".repeat((exponent + 1 - places) as usize))
        }
        0..=20 => {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            format!("{whole}.{fraction}")
        }
        _ => format!("{mantissa}e{exponent}"),
    }
}
