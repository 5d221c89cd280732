//! Words: assumptions, warnings, calibration.

use std::collections::BTreeMap;

use crate::cluster::{Compiled, Evidence, FindingKind};
use crate::experiment::WarmUpRule;
use crate::network::Active;
use crate::provenance::{FrozenParameters, Source};
use crate::units::format_as;

use super::super::model::AssumptionRow;
use super::super::number::{Shown, share};
use super::Evaluated;

pub(super) fn assumptions(all: &[Evaluated<'_>]) -> Vec<AssumptionRow> {
    let mut rows: BTreeMap<String, AssumptionRow> = BTreeMap::new();
    for of in all {
        for influence in of.prediction.map_or(&[][..], |p| &p.influences) {
            let p = of.parameters.parameter(influence.parameter);
            let row = rows.entry(p.name.clone()).or_insert_with(|| AssumptionRow {
                parameter: p.name.clone(),
                value: format_as(p.kind, of.parameters.value(influence.parameter)),
                range: format!("{} to {}", format_as(p.kind, p.low), format_as(p.kind, p.high)),
                source: p.source.name().into(),
                link: p.link.clone(),
                note: p.note.clone(),
                influence: 0.0,
                affects: String::new(),
                effects: [0.0; 2],
            });
            if influence.change > row.influence {
                let workloads = &of.variant.scenario.workloads;
                let workload = workloads.get(influence.group).map_or("", |w| w.name.as_str());
                let what = if influence.latency { "mean latency" } else { "IOPS" };
                let of =
                    if all.len() > 1 { format!(" ({})", of.variant.name) } else { String::new() };
                row.influence = influence.change;
                row.affects = format!("{what} of {workload}{of}");
                row.effects = influence.effects;
            }
        }
    }
    let mut rows: Vec<_> = rows.into_values().filter(|r| r.influence > 0.0).collect();
    rows.sort_by(|a, b| b.influence.total_cmp(&a.influence).then(a.parameter.cmp(&b.parameter)));
    rows
}

/// What the cluster's behaviour warns of, the same of several things in one sentence, and of which
/// variants it holds.
fn told(all: &[Evaluated<'_>]) -> Vec<(String, Vec<String>)> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for of in all {
        let mut subjects: Vec<(&str, Vec<&str>)> = Vec::new();
        for finding in of.compiled.findings.iter().filter(|f| f.kind == FindingKind::Warning) {
            match subjects.iter_mut().find(|(text, _)| *text == finding.text) {
                Some((_, of)) => of.push(&finding.subject),
                None => subjects.push((&finding.text, vec![&finding.subject])),
            }
        }
        for (text, subjects) in subjects {
            let text = format!("{}: {text}", super::length::named(&subjects, NAMED));
            match told.iter_mut().find(|(known, _)| *known == text) {
                Some((_, variants)) => variants.push(of.variant.name.clone()),
                None => told.push((text, vec![of.variant.name.clone()])),
            }
        }
    }
    told
}

/// Things named of many that a warning is about.
const NAMED: usize = 4;

pub(super) fn warnings(all: &[Evaluated<'_>]) -> Vec<String> {
    let mut warnings: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    };
    for (text, variants) in told(all) {
        // What holds of every variant needs none of their names.
        let of =
            if variants.len() == all.len() { String::new() } else { variants.join(", ") + ": " };
        add(format!("{of}{text}"));
    }
    for of in all {
        let name = &of.variant.name;
        for note in &of.variant.scenario.notes {
            add(note.clone());
        }
        if of.variant.scenario.timeline.is_some() {
            add(
                "the scenario has a timeline, which `csvnet timeline` follows; here all its loads \
                 run at once, each at its full level, and nothing happens"
                    .to_owned(),
            );
        }
        let warm_up = &of.measured.warm_up;
        if !warm_up.reliable && warm_up.rule == WarmUpRule::Stated {
            add(format!(
                "{name}: the warm-up stated, {}, ends before the start-up does, which MSER-5 sees \
                 end after {}",
                Shown::Seconds.text(of.measured.warm_up_s),
                Shown::Seconds.text(warm_up.settled_s.unwrap_or(f64::NAN))
            ));
        } else if !warm_up.reliable {
            add(format!(
                "{name}: the end of the warm-up was not found with confidence; state `warm-up` or \
                 a longer `duration`"
            ));
        }
        if let Some(text) = super::length::missed(name, of.measured) {
            add(text);
        }
        for group in of.measured.workloads().filter(|g| g.ios == 0) {
            add(format!("{name}: {}: no I/O completed in the measured window", group.name));
        }
        not_carried(of).into_iter().for_each(&mut add);
        for (id, account) in of.compiled.network.accounts.iter_ids() {
            if of.measured.account(id).mean > 1.0 {
                add(format!(
                    "{name}: {} is asked for more than it has: virtual processors and receive \
                     queues are not held to the cores of their node, so expect less than shown",
                    account.label
                ));
            }
        }
        for (station, m) in of.compiled.network.stations.iter().zip(&of.measured.stations) {
            if m.refused > 0 {
                let of_all = m.refused as f64 / (m.refused + m.visits) as f64;
                add(format!(
                    "{name}: {}: {} messages, {:.2} % of all, found the switch's buffer full and \
                     were sent again",
                    station.label,
                    m.refused,
                    100.0 * of_all
                ));
            }
        }
        if of.prediction.is_none() {
            add(format!(
                "{name}: no prediction interval: the approximate solver found no solution"
            ));
        }
        for row in super::check::cross_check(of) {
            if let Some(text) = super::check::warning(name, &row) {
                add(text);
            }
        }
    }
    warnings
}

/// Share of its rate that a load must get, as the searches of `plan` have it.
const CARRIED: f64 = 0.99;
/// Busy share from which a resource keeps a throttled load from its rate.
const FULL: f64 = 0.95;

/// Loads that surely get less than the rate they ask for: beyond what chance explains, or, where
/// that is not known, also by the approximate solver.
pub(super) fn not_carried(of: &Evaluated<'_>) -> Vec<String> {
    let stations = of.compiled.network.stations.iter().zip(&of.measured.stations);
    let busy = stations.map(|(station, m)| (station.label.as_str(), m.utilisation.mean));
    let busiest = busy.reduce(|most, next| if next.1 > most.1 { next } else { most });
    let loads = of.variant.scenario.workloads.iter().enumerate();
    let told = loads.filter(|(_, load)| load.active == Active::default());
    told.filter_map(|(g, load)| {
        // What a throttled load gets depends on its own outstanding I/Os, too.
        let open = load.intensity.offered().is_some();
        let least = of.prediction.map_or(f64::INFINITY, |p| p.base.groups[g].bound_latency_s);
        let asked = load.intensity.asked(least)? * load.disks.len() as f64;
        if !open && busiest.is_none_or(|(_, busy)| busy < FULL) {
            return None;
        }
        let got = of.measured.groups.get(g)?.iops;
        let saturated = of.prediction.is_some_and(|p| p.base.groups[g].saturated);
        let most = if got.half_width.is_finite() {
            got.high()
        } else if saturated {
            got.mean
        } else {
            return None;
        };
        let busiest = busiest.map_or_else(String::new, |(label, busy)| {
            format!("; the busiest resource is {label}, {}", share(busy))
        });
        (most < CARRIED * asked).then(|| {
            format!(
                "{}: the rate that {} asks for is not carried: {} of {}{busiest}",
                of.variant.name,
                load.name,
                Shown::Iops.text(got.mean),
                Shown::Iops.text(asked)
            )
        })
    })
    .collect()
}

/// Whether anything was fitted to measurements, in words for page one; each variant with its
/// parameters and its network.
#[must_use]
pub fn calibration_words<'a>(
    all: impl IntoIterator<Item = (&'a FrozenParameters, &'a Compiled)>,
) -> String {
    let mut fitted: Vec<&str> = Vec::new();
    let mut measured = false;
    let mut error: Option<f64> = None;
    for (parameters, compiled) in all {
        for id in parameters.ids() {
            let p = parameters.parameter(id);
            if p.source != Source::Fitted {
                continue;
            }
            if p.name == Evidence::Measured.error_parameter() {
                error = Some(error.unwrap_or(0.0).max(parameters.value(id)));
            } else if let Some((prefix, _)) = p.name.rsplit_once('.')
                && !fitted.contains(&prefix)
            {
                fitted.push(prefix);
            }
        }
        measured |= compiled.disks.iter().any(|d| d.evidence == Evidence::Measured);
    }
    if fitted.is_empty() {
        return "not calibrated: no parameter was fitted to measurements of this cluster".into();
    }
    let what = fitted.join(", ");
    let rest = if measured { "" } else { "; no whole path was measured" };
    let error = error.map_or_else(String::new, |error| {
        format!("; 95 of 100 rows left out of the fit were predicted to within {}", share(error))
    });
    format!("calibrated in part: {what} fitted to measurements{rest}, all else assumed{error}")
}
