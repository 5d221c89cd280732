//! The decimal number at the head of a quantity, kept as text so that no digit is lost.

use super::error::shorten;
use super::symbol::{Scale, ambiguous, scale};
use super::{QuantityError, UnitKind};

/// A syntactically valid decimal number, sign apart.
#[derive(Debug, Clone, Copy)]
struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

/// A number with its unit looked up.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    kind: UnitKind,
    text: &'a str,
    decimal: Decimal<'a>,
    scale: Scale,
}

/// Exponents beyond this are all the same: far too large or far too small.
const EXTREME_EXPONENT: i32 = 100_000;

/// Reads `<number><optional space><unit>`.
pub(super) fn parse(kind: UnitKind, text: &str) -> Result<Parsed<'_>, QuantityError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(QuantityError::Empty { kind });
    }
    let not_a_number = || QuantityError::NotANumber { kind, given: shorten(text) };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let Some((decimal, rest)) = split_decimal(unsigned) else {
        let word = unsigned.to_ascii_lowercase();
        return Err(
            if word.starts_with("nan") || word.starts_with("inf") || word.starts_with('∞') {
                QuantityError::NotFinite { kind, given: shorten(text) }
            } else {
                not_a_number()
            },
        );
    };
    if rest.starts_with(['_', ',', '.', '+', '-', '\'']) || rest.starts_with(char::is_numeric) {
        return Err(not_a_number());
    }
    if text.starts_with('-') && !decimal.is_zero() {
        return Err(QuantityError::Negative { kind, given: shorten(text) });
    }
    let number = || shorten(unsigned[..unsigned.len() - rest.len()].trim_end());
    let unit = rest.trim_start();
    if unit.is_empty() && kind != UnitKind::Count {
        return Err(QuantityError::UnitMissing { kind, number: number() });
    }
    let Some(scale) = scale(kind, unit) else {
        return Err(match ambiguous(kind, &number(), unit) {
            Some(readings) => QuantityError::UnitAmbiguous {
                kind,
                number: number(),
                unit: shorten(unit),
                readings,
            },
            None => QuantityError::UnitUnknown { kind, number: number(), unit: shorten(unit) },
        });
    };
    Ok(Parsed { kind, text, decimal, scale })
}

/// Splits off the longest decimal number; `None` when there is no digit.
fn split_decimal(text: &str) -> Option<(Decimal<'_>, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.').map(split_digits) {
        Some((digits, after)) if !(digits.is_empty() && whole.is_empty()) => (digits, after),
        _ => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (exponent, rest) = split_exponent(rest).unwrap_or((0, rest));
    Some((Decimal { whole, fraction, exponent }, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn split_exponent(text: &str) -> Option<(i32, &str)> {
    let body = text.strip_prefix(['e', 'E'])?;
    let negative = body.starts_with('-');
    let (digits, rest) = split_digits(body.strip_prefix(['-', '+']).unwrap_or(body));
    if digits.is_empty() {
        return None;
    }
    let size = digits.parse::<i32>().unwrap_or(EXTREME_EXPONENT).min(EXTREME_EXPONENT);
    Some((if negative { -size } else { size }, rest))
}

impl Decimal<'_> {
    fn is_zero(self) -> bool {
        self.whole.bytes().chain(self.fraction.bytes()).all(|digit| digit == b'0')
    }

    /// The leading 20 significant digits, and the power of ten that scales them back.
    ///
    /// A `u64` has at most 20 digits, so what is dropped is below its last place.
    fn significant(self) -> (u128, i64) {
        const KEPT: usize = 20;
        let digits = self.whole.bytes().chain(self.fraction.bytes());
        let leading_zeros = digits.clone().take_while(|digit| *digit == b'0').count();
        let available = self.whole.len() + self.fraction.len() - leading_zeros;
        let kept = available.min(KEPT);
        let mantissa = digits
            .skip(leading_zeros)
            .take(kept)
            .fold(0_u128, |value, digit| value * 10 + u128::from(digit - b'0'));
        let dropped = to_i64(available - kept);
        (mantissa, i64::from(self.exponent) + dropped - to_i64(self.fraction.len()))
    }

    /// The nearest `f64` to this number times a power of ten.
    fn to_f64(self, ten: i32) -> f64 {
        format!("{}.{}e{}", or_zero(self.whole), or_zero(self.fraction), self.exponent + ten)
            .parse()
            .unwrap_or(f64::INFINITY)
    }
}

fn or_zero(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

fn to_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}

impl Parsed<'_> {
    /// The value in `10^-digits` of the base unit, rounded to the nearest integer.
    ///
    /// # Errors
    /// When the value does not fit, or is above zero yet rounds to zero.
    pub(super) fn to_u64(
        &self,
        digits: i32,
        limit: &'static str,
        finest: &'static str,
    ) -> Result<u64, QuantityError> {
        let kind = self.kind;
        let (mantissa, exponent) = self.decimal.significant();
        if mantissa == 0 {
            return Ok(0);
        }
        let too_large = || QuantityError::TooLarge { kind, given: shorten(self.text), limit };
        // At most 10^20 times 2^50, hence below 2^117.
        let scaled = mantissa * u128::from(self.scale.factor);
        let shift = exponent + i64::from(self.scale.ten) + i64::from(digits);
        let power = u32::try_from(shift.unsigned_abs()).ok().and_then(|e| 10_u128.checked_pow(e));
        let value = match (shift >= 0, power) {
            (true, Some(power)) => scaled.checked_mul(power).ok_or_else(too_large)?,
            (true, None) => return Err(too_large()),
            (false, Some(power)) => {
                scaled / power + u128::from(scaled % power >= power.div_ceil(2))
            }
            (false, None) => 0,
        };
        if value == 0 {
            return Err(QuantityError::TooSmall { kind, given: shorten(self.text), finest });
        }
        u64::try_from(value).map_err(|_| too_large())
    }

    /// The value in the base unit.
    ///
    /// # Errors
    /// When the value is beyond the range of `f64`.
    pub(super) fn to_f64(&self) -> Result<f64, QuantityError> {
        let (kind, given) = (self.kind, || shorten(self.text));
        let value = self.decimal.to_f64(self.scale.ten) * self.scale.factor as f64;
        if !value.is_finite() {
            return Err(QuantityError::TooLarge { kind, given: given(), limit: "about 1.8e308" });
        }
        if value == 0.0 && !self.decimal.is_zero() {
            return Err(QuantityError::TooSmall { kind, given: given(), finest: "5e-324" });
        }
        Ok(value)
    }
}

/// Accepts only what a quantity may be: finite and not below zero.
pub(super) fn check(kind: UnitKind, value: f64) -> Result<f64, QuantityError> {
    if !value.is_finite() {
        Err(QuantityError::NotFinite { kind, given: value.to_string() })
    } else if value < 0.0 {
        Err(QuantityError::Negative { kind, given: value.to_string() })
    } else {
        // Adding a positive zero turns the negative zero into it.
        Ok(value + 0.0)
    }
}
