//! What pages have beside the tables of every format: covers and charts, report by report.

mod align;
mod explain;
mod failures;
mod limits;
mod maintenance;
mod measured;
mod run;
mod run_charts;
mod timeline;

pub(super) use align::cover as align_cover;
pub(super) use explain::{cover as explain_cover, demands, layout as explain_map};
pub(super) use failures::{
    answer as failures_answer, charts as failure_charts, cover as failures_cover,
};
pub(super) use maintenance::{
    chart as maintenance_chart, cover as maintenance_cover, left_out as maintenance_left_out,
};
pub(super) use measured::{
    calibration_charts, calibration_cover, score_charts, score_cover, validation_charts,
    validation_cover,
};
pub(super) use run::cover as run_cover;
pub(super) use run_charts::{
    assumptions as assumption_chart, distributions, latencies, layout as layout_map,
    limits as limit_charts, port_use, replay as replay_chart, resources as resource_chart,
    seconds as second_charts, trade,
};
pub(super) use timeline::{
    cover as timeline_cover, exposure_chart as exposure, limit_chart as over_limits, over_time,
    port_chart as over_ports,
};

use super::chart::Tone;
use super::document::Said;
use run::sentence;

/// What a report is calibrated by, as a sentence to trust or not.
fn calibrated(words: &str) -> Said {
    let calibrated = !words.to_lowercase().starts_with("not calibrated");
    Said::new(if calibrated { Tone::Plain } else { Tone::Unsure }, sentence(words))
}

/// How loudly limits are told: what is worst, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Kept.
    pub(super) met: usize,
    /// Not kept.
    pub(super) missed: usize,
    /// Neither can be said.
    pub(super) undecided: usize,
}

impl Count {
    /// Counts one more, by its tone.
    pub(super) const fn add(&mut self, tone: Tone) {
        match tone {
            Tone::Good => self.met += 1,
            Tone::Bad => self.missed += 1,
            _ => self.undecided += 1,
        }
    }

    /// The worst of them; nothing in particular where there is none.
    pub(super) const fn tone(self) -> Tone {
        match self {
            Self { missed: 1.., .. } => Tone::Bad,
            Self { undecided: 1.., .. } => Tone::Unsure,
            Self { met: 1.., .. } => Tone::Good,
            _ => Tone::Plain,
        }
    }

    /// The verdict in words: which are not kept, or cannot be decided, is named by `which`.
    pub(super) fn words(self, which: &[String]) -> String {
        let all = self.met + self.missed + self.undecided;
        let named = |count: usize| {
            let shown = which.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
            let more = which.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if count == 0 || shown.is_empty() { String::new() } else { format!(": {shown}{more}") }
        };
        match self {
            Self { missed: 0, undecided: 0, .. } if all == 0 => "No limit was stated.".to_owned(),
            Self { missed: 0, undecided: 0, met: 1 } => "The limit is met.".to_owned(),
            Self { missed: 0, undecided: 0, .. } => format!("All {all} limits are met."),
            Self { missed: 0, undecided, .. } => format!(
                "Undecided: {undecided} of {all} limits may be met or missed within what is \
                 known{}",
                named(undecided)
            ),
            Self { missed, undecided, .. } => {
                let rest = match undecided {
                    0 => String::new(),
                    n => format!(" {n} more cannot be decided."),
                };
                let is = if missed == 1 { "is" } else { "are" };
                format!("{missed} of {all} limits {is} missed{}.{rest}", named(missed))
            }
        }
    }
}

/// Limits that a verdict names.
const NAMED: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_speaks_and_names_what_it_is_about() {
        let count = |met, missed, undecided| Count { met, missed, undecided };
        assert_eq!(count(0, 0, 0).words(&[]), "No limit was stated.");
        assert_eq!(count(1, 0, 0).words(&[]), "The limit is met.");
        assert_eq!(
            (count(3, 0, 0).words(&[]).as_str(), count(3, 0, 0).tone()),
            ("All 3 limits are met.", Tone::Good)
        );
        let which = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(
            count(1, 3, 1).words(&which),
            "3 of 5 limits are missed: a; b and 1 more. 1 more cannot be decided."
        );
        assert_eq!((count(1, 1, 9).tone(), count(1, 0, 1).tone()), (Tone::Bad, Tone::Unsure));
        assert!(count(1, 0, 1).words(&which[..1]).starts_with("Undecided: 1 of 2 limits may"));
    }
}
