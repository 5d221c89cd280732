//! How a load grows from month to month.
//!
//! Growth is compound or linear, stated or found in a history. A history is fitted by ordinary
//! least squares on the logarithm of its values (compound) or on the values (linear); the range is
//! that of Student's t at 95 % for the slope (Montgomery, Peck, Vining, *Introduction to Linear
//! Regression Analysis*, section 2.4).

use statrs::distribution::{ContinuousCDF, StudentsT};
use thiserror::Error;

/// The form of growth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrowthForm {
    /// Each month a share of what the month before had.
    #[default]
    Compound,
    /// Each month a share of what there was at the start.
    Linear,
}

/// Growth of a load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Growth {
    /// Its form.
    pub form: GrowthForm,
    /// Share a month.
    pub per_month: f64,
    /// Share a month at both ends of what is believed, at 95 %.
    pub range: (f64, f64),
    /// Where it comes from.
    pub source: String,
}

/// Why a history tells no growth.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Fewer than three months.
    #[error("a history of {0} values tells no growth with a range; three are needed")]
    TooShort(usize),
    /// A value that is not above zero.
    #[error("value {0} of the history is not above zero")]
    NotPositive(usize),
    /// All at one time.
    #[error("all values of the history are of one time")]
    OneTime,
}

impl Growth {
    /// The load after so many months, that of the start being one; never below zero.
    ///
    /// ```
    /// use csvnet::schedule::{Growth, GrowthForm};
    /// let growth = |form| Growth { form, per_month: 0.1, ..Growth::default() };
    /// assert!((growth(GrowthForm::Compound).factor(0.1, 2) - 1.21).abs() < 1e-12);
    /// assert!((growth(GrowthForm::Linear).factor(0.1, 2) - 1.2).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn factor(&self, per_month: f64, months: u32) -> f64 {
        let months = f64::from(months);
        match self.form {
            GrowthForm::Compound => (1.0 + per_month).max(0.0).powf(months),
            GrowthForm::Linear => (1.0 + per_month * months).max(0.0),
        }
    }

    /// The growth that a history shows: pairs of month, as a number, and value.
    ///
    /// # Errors
    /// When the history does not tell it.
    pub fn of_history(
        history: &[(f64, f64)],
        form: GrowthForm,
        source: impl Into<String>,
    ) -> Result<Self, HistoryError> {
        let n = history.len();
        if n < 3 {
            return Err(HistoryError::TooShort(n));
        }
        if let Some(bad) = history.iter().position(|(_, value)| *value <= 0.0) {
            return Err(HistoryError::NotPositive(bad + 1));
        }
        let value = |v: f64| if form == GrowthForm::Compound { v.ln() } else { v };
        let mean_x = history.iter().map(|(x, _)| x).sum::<f64>() / n as f64;
        let mean_y = history.iter().map(|(_, y)| value(*y)).sum::<f64>() / n as f64;
        let sxx: f64 = history.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if sxx <= 0.0 {
            return Err(HistoryError::OneTime);
        }
        let sxy: f64 = history.iter().map(|(x, y)| (x - mean_x) * (value(*y) - mean_y)).sum();
        let slope = sxy / sxx;
        let residuals: f64 =
            history.iter().map(|(x, y)| (value(*y) - mean_y - slope * (x - mean_x)).powi(2)).sum();
        let freedom = (n - 2) as f64;
        let t = StudentsT::new(0.0, 1.0, freedom).map_or(12.7, |t| t.inverse_cdf(0.975));
        let half = t * (residuals / freedom / sxx).sqrt();
        // Linear growth is told as a share of what the last month of the history has.
        let last = history.iter().map(|(x, _)| *x).fold(f64::MIN, f64::max);
        let share = |slope: f64| match form {
            GrowthForm::Compound => slope.exp_m1(),
            GrowthForm::Linear => {
                slope / (mean_y + sxy / sxx * (last - mean_x)).max(f64::MIN_POSITIVE)
            }
        };
        Ok(Self {
            form,
            per_month: share(slope),
            range: (share(slope - half), share(slope + half)),
            source: source.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_history_gives_its_growth_without_a_range() {
        let history: Vec<(f64, f64)> =
            (0..12).map(|k| (f64::from(k), 100.0 * 1.03_f64.powi(k))).collect();
        let growth = Growth::of_history(&history, GrowthForm::Compound, "h.csv").unwrap();
        assert!((growth.per_month - 0.03).abs() < 1e-9);
        assert!((growth.range.1 - growth.range.0).abs() < 1e-6);
        let history: Vec<(f64, f64)> =
            (0..5).map(|k| (f64::from(k), 80.0 + 5.0 * f64::from(k))).collect();
        let growth = Growth::of_history(&history, GrowthForm::Linear, "h.csv").unwrap();
        assert!((growth.per_month - 0.05).abs() < 1e-12, "5 of the last month's 100");
    }

    #[test]
    fn a_noisy_history_has_a_range_that_holds_it() {
        // y = 10, 12, 11: slope 0.5, residuals -0.5, 1, -0.5, so s2 = 1.5, half width
        // t(0.975; 1) * sqrt(1.5 / 2) = 12.706 * 0.866 = 11.0; the line ends at 11.5.
        let history = [(0.0, 10.0), (1.0, 12.0), (2.0, 11.0)];
        let growth = Growth::of_history(&history, GrowthForm::Linear, "").unwrap();
        assert!((growth.per_month - 0.5 / 11.5).abs() < 1e-12);
        let half = 12.706_204_736 * 0.75_f64.sqrt() / 11.5;
        assert!((growth.range.1 - growth.per_month - half).abs() < 1e-6);
    }

    #[test]
    fn what_tells_nothing_is_refused() {
        let of = |h: &[(f64, f64)]| Growth::of_history(h, GrowthForm::Compound, "").unwrap_err();
        assert_eq!(of(&[(0.0, 1.0), (1.0, 1.0)]), HistoryError::TooShort(2));
        assert_eq!(of(&[(0.0, 1.0), (1.0, 0.0), (2.0, 1.0)]), HistoryError::NotPositive(2));
        assert_eq!(of(&[(1.0, 1.0), (1.0, 2.0), (1.0, 1.0)]), HistoryError::OneTime);
    }
}
