//! Numbers as test tools print them.

use crate::trace::TraceProblem;
use crate::trace::text::shortened;

/// What would be right where a number is wrong.
pub(crate) const DECIMAL_HELP: &str =
    "give a number of at least 0 with a decimal point and no separator of thousands";
/// What would be right where a whole number is wrong.
pub(crate) const WHOLE_HELP: &str = "give a whole number of at least 0, without unit or separator";

/// No tool counts beyond; sums and products of such numbers stay finite.
const LARGEST: f64 = 1e18;

/// A number that is not negative, at most 10^18.
pub(crate) fn decimal(text: &str) -> Result<f64, TraceProblem> {
    let text = text.trim();
    if is_decimal(text) {
        return match text.parse::<f64>() {
            Ok(value) if value <= LARGEST => Ok(value),
            _ => Err(TraceProblem::TooLarge { text: shortened(text) }),
        };
    }
    Err(problem(text))
}

/// A whole number of 64 bits.
pub(crate) fn whole(text: &str) -> Result<u64, TraceProblem> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| TraceProblem::TooLarge { text: shortened(text) });
    }
    if is_decimal(text) {
        return Err(TraceProblem::NotANumber { text: shortened(text) });
    }
    Err(problem(text))
}

/// Digits, at most one point with digits on both sides, at most one exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let signed = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(signed)
}

fn problem(text: &str) -> TraceProblem {
    let shown = shortened(text);
    if text.strip_prefix('-').is_some_and(is_decimal) {
        return TraceProblem::Negative { text: shown };
    }
    let lower = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    let content = |text: String| TraceProblem::Content { text };
    if ["nan", "inf", "infinity", "∞"].contains(&lower.as_str()) || lower.starts_with("nan(") {
        return content(format!("{shown} is not a finite number"));
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.contains(',') && is_decimal(&unsigned.replacen(',', ".", 1)) {
        return content(format!("{shown} has a comma where a decimal point belongs"));
    }
    if text.is_empty() {
        return content("there is no number".to_owned());
    }
    content(format!("{shown:?} is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_tools_print_them() {
        assert_eq!(decimal(" 1189.03"), Ok(1189.03));
        assert_eq!(decimal("2.41702e+09"), Ok(2.417_02e9));
        assert_eq!(decimal("0"), Ok(0.0));
        assert_eq!(whole("8265251819520"), Ok(8_265_251_819_520));
    }

    #[test]
    fn what_is_no_number_is_told_as_what_it_is() {
        let told = |text: &str| decimal(text).unwrap_err().to_string();
        assert_eq!(told("-1.5"), "-1.5 is negative");
        assert_eq!(told("1,5"), "1,5 has a comma where a decimal point belongs");
        for text in ["NaN", "-nan", "inf", "-Infinity", "nan(ind)"] {
            assert_eq!(told(text), format!("{text} is not a finite number"));
        }
        assert_eq!(told(""), "there is no number");
        assert_eq!(told("1e999"), "1e999 is too large");
        for text in ["1.", ".5", "1 000", "1,000.5", "0x10", "1e", "+1", "--1", "1.2.3"] {
            assert_eq!(told(text), format!("{text:?} is not a number"));
        }
        let told = |text: &str| whole(text).unwrap_err().to_string();
        assert_eq!(told("1.5"), "\"1.5\" is not a whole number");
        assert_eq!(told("18446744073709551616"), "18446744073709551616 is too large");
        assert_eq!(told("-3"), "-3 is negative");
    }
}
