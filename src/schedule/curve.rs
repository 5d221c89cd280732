//! Load over the hours of a day, the days of a week, the months of a year, and growth.
//!
//! The level is the product of four factors, each a step function of local time, so that it is
//! constant from one change to the next.

use super::{Calendar, Growth, Moment};

/// Which growth is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrowthPath {
    /// The low end of its range.
    Low,
    /// What is believed.
    #[default]
    Central,
    /// The high end of its range.
    High,
}

/// A load curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Name.
    pub name: String,
    /// Levels from a minute of the day on, in order; the last holds until the first.
    pub hours: Vec<(u16, f64)>,
    /// Factors of the days, Monday first.
    pub days: [f64; 7],
    /// Factors of the months, January first.
    pub months: [f64; 12],
    /// Growth from month to month.
    pub growth: Option<Growth>,
}

impl Curve {
    /// A curve that is one all the time.
    #[must_use]
    pub fn flat(name: impl Into<String>) -> Self {
        let hours = vec![(0, 1.0)];
        Self { name: name.into(), hours, days: [1.0; 7], months: [1.0; 12], growth: None }
    }

    /// The level at an instant.
    #[must_use]
    pub fn level(&self, calendar: &Calendar, moment: Moment, path: GrowthPath) -> f64 {
        let local = calendar.local(moment);
        let minute = u16::from(local.hour().unsigned_abs()) * 60;
        let minute = minute + u16::from(local.minute().unsigned_abs());
        let begun = self.hours.iter().rev().find(|(from, _)| *from <= minute);
        let hour = begun.or(self.hours.last()).map_or(1.0, |(_, level)| *level);
        let day = self.days[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs())];
        let month = self.months[usize::from((local.month() - 1).unsigned_abs())];
        let growth = self.growth.as_ref().map_or(1.0, |growth| {
            let per_month = match path {
                GrowthPath::Low => growth.range.0,
                GrowthPath::Central => growth.per_month,
                GrowthPath::High => growth.range.1,
            };
            growth.factor(per_month, calendar.months(moment))
        });
        hour * day * month * growth
    }

    /// The next instant behind `moment` at which the level may change.
    #[must_use]
    pub fn next_change(&self, calendar: &Calendar, moment: Moment) -> Moment {
        let local = calendar.local(moment);
        let steps = self.hours.len() > 1;
        let of_days = self.days.windows(2).any(|pair| pair[0] != pair[1]);
        let of_months = self.growth.is_some() || self.months.windows(2).any(|p| p[0] != p[1]);
        let mut next = Moment::NEVER;
        let mut offer = |local: Result<jiff::Zoned, jiff::Error>| {
            if let Some(at) = local.ok().and_then(|local| calendar.moment(&local))
                && at > moment
            {
                next = next.min(at);
            }
        };
        let zone = local.time_zone();
        // Clocks may jump over a step, so the steps of the day before and after are offered too.
        for date in [local.date().yesterday(), Ok(local.date()), local.date().tomorrow()] {
            let Ok(date) = date else { continue };
            if of_days {
                offer(date.at(0, 0, 0, 0).to_zoned(zone.clone()));
            }
            if steps {
                for (minute, _) in &self.hours {
                    let (h, min) = ((minute / 60) as i8, (minute % 60) as i8);
                    offer(date.at(h, min, 0, 0).to_zoned(zone.clone()));
                }
            }
        }
        if of_months
            && let Ok(last) = local.last_of_month()
            && let Ok(first) = last.date().tomorrow()
        {
            offer(first.at(0, 0, 0, 0).to_zoned(zone.clone()));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::GrowthForm;

    fn office() -> (Calendar, Curve) {
        let calendar = Calendar::new("2026-11-27 00:00", "Europe/Berlin").unwrap();
        let mut curve = Curve::flat("office");
        curve.hours = vec![(8 * 60, 1.0), (18 * 60 + 30, 0.25)];
        curve.days[5] = 0.5;
        (calendar, curve)
    }

    #[test]
    fn the_last_step_holds_over_midnight() {
        let (calendar, curve) = office();
        let at = |text: &str| {
            let moment = calendar.parse(text).unwrap();
            curve.level(&calendar, moment, GrowthPath::Central)
        };
        assert_eq!(at("2026-11-27 07:59"), 0.25);
        assert_eq!(at("2026-11-27 08:00"), 1.0);
        assert_eq!(at("2026-11-27 18:29"), 1.0);
        assert_eq!(at("2026-11-27 18:30"), 0.25);
        // Saturday.
        assert_eq!(at("2026-11-28 12:00"), 0.5);
    }

    #[test]
    fn every_change_of_a_week_is_found_and_none_missed() {
        let (calendar, mut curve) = office();
        curve.growth = Some(Growth {
            form: GrowthForm::Compound,
            per_month: 0.02,
            range: (0.01, 0.03),
            source: String::new(),
        });
        let end = calendar.parse("2026-12-05 00:00").unwrap();
        let level = |m| curve.level(&calendar, m, GrowthPath::High);
        let mut moment = Moment::START;
        let mut steps = 0;
        while moment < end {
            let next = curve.next_change(&calendar, moment).min(end);
            // Nothing changes within, minute by minute.
            let mut within = moment;
            while within < next {
                assert_eq!(level(within), level(moment), "{}", calendar.label(within));
                within = within.plus_ms(60_000);
            }
            moment = next;
            steps += 1;
        }
        // Eight days of midnight, 8:00 and 18:30; the first of the month is a midnight.
        assert_eq!(steps, 24);
        assert_eq!(level(end), 0.25 * 0.5 * 1.03);
    }

    #[test]
    fn a_flat_curve_never_changes() {
        let (calendar, _) = office();
        assert_eq!(Curve::flat("f").next_change(&calendar, Moment::START), Moment::NEVER);
    }
}
