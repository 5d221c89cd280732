//! Page one of a run.

use std::collections::BTreeMap;

use super::super::chart::{Tone, change};
use super::super::document::{Cover, Item, Number, Said};
use super::super::layout::busiest_port;
use super::super::number::{Shown, level, plural, prediction, value};
use super::super::{
    AssumptionRow, Figure, LimitRow, Report, ResourceRow, VariantReport, Verdict, WorkloadRow,
};
use super::Count;

/// Busy share from which a resource is said to bind.
const SATURATED: f64 = 0.8;
/// Resources and assumptions that page one names.
const NAMED: usize = 3;
/// Variants that it names.
const VARIANTS: usize = 2;

/// The tone of a verdict.
pub(super) const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Meets => Tone::Good,
        Verdict::Misses => Tone::Bad,
        Verdict::Undecided => Tone::Unsure,
    }
}

/// Page one.
pub(in super::super) fn cover(report: &Report) -> Cover {
    Cover {
        verdict: Some(verdict(report)),
        number: number(report),
        beside: beside(report),
        binds: binds(&report.variants),
        changes: changes(report),
        trust: trust(report),
    }
}

/// A limit with the variant it is of.
fn limits(report: &Report) -> impl Iterator<Item = (&VariantReport, &LimitRow)> {
    report.variants.iter().flat_map(|variant| variant.limits.iter().map(move |row| (variant, row)))
}

/// Of which variant something is, where there are several.
fn within(report: &Report, variant: &VariantReport) -> String {
    if report.variants.len() > 1 { format!(", {}", variant.name) } else { String::new() }
}

fn verdict(report: &Report) -> Said {
    if report.partial {
        let text = "Interrupted: nothing is decided; this shows what was done by then.";
        return Said::new(Tone::Unsure, text);
    }
    let mut count = Count::default();
    limits(report).for_each(|(_, row)| count.add(tone(row.verdict)));
    let worst = count.tone();
    let which: Vec<String> = limits(report)
        .filter(|(_, row)| tone(row.verdict) == worst)
        .map(|(variant, row)| format!("{} ({}{})", row.limit, row.subject, within(report, variant)))
        .collect();
    Said::new(worst, count.words(&which))
}

/// The limit with the worst verdict, of those the one nearest to being broken; the latency that
/// 99 of 100 I/Os stay within where no limit is stated.
fn number(report: &Report) -> Option<Number> {
    let order = |a: &LimitRow, b: &LimitRow| {
        let severity = a.verdict.severity().cmp(&b.verdict.severity());
        severity.then(a.nearness().total_cmp(&b.nearness()))
    };
    let limited =
        limits(report).reduce(|most, next| if order(next.1, most.1).is_gt() { next } else { most });
    if let Some((variant, row)) = limited {
        let note = format!("{}{}", row.subject, within(report, variant));
        return Some(of(report, &format!("held against {}", row.limit), &row.figure, note));
    }
    let all = report
        .variants
        .iter()
        .flat_map(|variant| variant.workloads.iter().map(move |workload| (variant, workload)));
    let known = all.filter(|(_, workload)| !workload.latency_p99.value.is_nan());
    let (variant, workload) = known.reduce(|most, next| {
        if next.1.latency_p99.value > most.1.latency_p99.value { next } else { most }
    })?;
    let most = if report.variants.len() > 1 { ", the highest of all variants" } else { "" };
    let name = format!("p99 latency of {}{most}", workload.name);
    Some(of(report, &name, &workload.latency_p99, variant.name.clone()))
}

fn of(report: &Report, name: &str, figure: &Figure, note: String) -> Number {
    let interval = match figure.prediction {
        Some(_) => format!("{} at {}", prediction(figure), level(report.run.level)),
        None => "no prediction interval".to_owned(),
    };
    Number { name: name.to_owned(), value: value(figure), interval, note }
}

/// The busiest CSV port, and what the loads get through.
fn beside(report: &Report) -> Vec<Number> {
    let mut numbers = Vec::new();
    let ports = report.variants.iter().filter_map(|variant| {
        let (name, row) = busiest_port(&variant.ports)?;
        Some((variant, name, row))
    });
    let busiest =
        ports.reduce(
            |most, next| {
                if next.2.utilisation.value > most.2.utilisation.value { next } else { most }
            },
        );
    if let Some((variant, name, row)) = busiest {
        let note = format!(
            "{name} of {}{}",
            Shown::Bits.text(row.rate_bits_per_s / 8.0),
            within(report, variant)
        );
        numbers.push(of(report, "busiest port of the CSV network", &row.utilisation, note));
    }
    let redirected = report.variants.iter().map(|variant| {
        let flows = variant.layout.flows.iter().filter(|flow| flow.redirected);
        (variant, flows.filter_map(|flow| flow.bytes_per_s).sum::<f64>() + 0.0)
    });
    let most = redirected.reduce(|most, next| if next.1 > most.1 { next } else { most });
    if let Some((variant, bytes)) = most {
        numbers.push(Number {
            name: "redirected payload".to_owned(),
            value: Shown::Bytes.text(bytes),
            interval: String::new(),
            note: within(report, variant).trim_start_matches(", ").to_owned(),
        });
    }
    numbers
}

/// The busiest resources of the variants, each with how many variants it is the busiest of.
fn binds(variants: &[VariantReport]) -> Vec<Item> {
    let mut first: BTreeMap<&str, (usize, &ResourceRow, &VariantReport)> = BTreeMap::new();
    for variant in variants {
        let Some(row) = variant.resources.first() else { continue };
        let known = first.entry(row.resource.as_str()).or_insert((0, row, variant));
        known.0 += 1;
        if row.utilisation.value > known.1.utilisation.value {
            (known.1, known.2) = (row, variant);
        }
    }
    let mut rows: Vec<_> = first.into_values().collect();
    rows.sort_by(|a, b| b.1.utilisation.value.total_cmp(&a.1.utilisation.value));
    let told = rows.into_iter().take(NAMED).map(|(count, row, variant)| {
        let used = Shown::Percent.with_prediction(&row.utilisation, ' ');
        let binds = row.utilisation.value >= SATURATED;
        let what = if binds { "It binds" } else { "The busiest, and not saturated" };
        let text = match (variants.len(), count) {
            (1, _) => format!("{what}: {used} busy."),
            (all, count) => format!(
                "{what}, in {count} of {}; most in {}: {used} busy.",
                plural(all, "variant"),
                variant.name
            ),
        };
        Item::new(row.resource.clone(), text)
    });
    told.collect()
}

fn changes(report: &Report) -> Vec<Item> {
    let mut told: Vec<Item> = report.assumptions.iter().take(NAMED).map(assumption).collect();
    let Some((first, others)) = report.variants.split_first() else { return told };
    // Those that change most, in the order in which they stand in the scenario.
    let mut order: Vec<(usize, f64)> = others
        .iter()
        .enumerate()
        .filter_map(|(place, other)| Some((place, against(first, other)?.1)))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(VARIANTS);
    order.sort_by_key(|(place, _)| *place);
    let items = order.iter().filter_map(|(place, _)| against(first, &others[*place]));
    told.extend(items.map(|(item, _)| item));
    let more = others.len().saturating_sub(VARIANTS);
    if more > 0 {
        let name = plural(more, "more variant");
        told.push(Item::new(name, "Side by side below."));
    }
    told
}

fn assumption(row: &AssumptionRow) -> Item {
    let AssumptionRow { parameter, source, range, affects, effects, .. } = row;
    let [low, high] = effects.map(change);
    let text = format!("{source}, {range}: {affects} {low} to {high}.");
    Item::new(parameter.clone(), text)
}

/// What another variant does to the workload they have in common that it does most to, and how
/// much.
fn against(first: &VariantReport, other: &VariantReport) -> Option<(Item, f64)> {
    let same = |row: &WorkloadRow| first.workloads.iter().find(|own| own.name == row.name).cloned();
    let pairs = other.workloads.iter().filter_map(|row| Some((same(row)?, row)));
    let ratio = |own: &WorkloadRow, row: &WorkloadRow| {
        (row.latency_p99.value / own.latency_p99.value).ln().abs()
    };
    let known = pairs.filter(|(own, row)| ratio(own, row).is_finite());
    let (own, row) =
        known.reduce(
            |most, next| if ratio(&next.0, next.1) > ratio(&most.0, most.1) { next } else { most },
        )?;
    let text = format!(
        "p99 latency of {} {}, instead of {} in {}.",
        row.name,
        Shown::Seconds.with_prediction(&row.latency_p99, ' '),
        Shown::Seconds.with_prediction(&own.latency_p99, ' '),
        first.name
    );
    Some((Item::new(other.name.clone(), text), ratio(&own, row)))
}

fn trust(report: &Report) -> Vec<Said> {
    let calibrated = !report.calibration.to_lowercase().starts_with("not calibrated");
    let tone = if calibrated { Tone::Plain } else { Tone::Unsure };
    let mut said = vec![Said::new(tone, sentence(&report.calibration))];
    let disks = || report.variants.iter().flat_map(|variant| &variant.disks);
    let measured = disks().filter(|disk| disk.evidence == "measured").count();
    let all = disks().count();
    if all > 0 {
        let several = if report.variants.len() > 1 { ", all variants together" } else { "" };
        let text =
            format!("Measured is the way of {measured} of {}{several}.", plural(all, "disk"));
        said.push(Said::new(Tone::Plain, text));
    }
    let checks = || report.variants.iter().flat_map(|variant| &variant.cross_check);
    let doubtful = checks().filter(|row| row.doubtful).count();
    if doubtful > 0 {
        let text = format!(
            "The two solvers differ by more than is usual in {doubtful} of {}.",
            plural(checks().count(), "figure")
        );
        said.push(Said::new(Tone::Unsure, text));
    } else if checks().count() > 0 {
        let text = "The two solvers agree as well as is usual for such networks.";
        said.push(Said::new(Tone::Plain, text));
    }
    if !report.warnings.is_empty() {
        let text = format!("{} below.", plural(report.warnings.len(), "warning"));
        said.push(Said::new(Tone::Unsure, text));
    }
    said
}

/// With a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.ends_with('.') { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn page_one_says_what_is_missed_by_how_much_and_why() {
        let cover = cover(&fixture::report());
        let verdict = cover.verdict.unwrap();
        assert_eq!(verdict.tone, Tone::Bad);
        assert_eq!(
            verdict.text,
            "2 of 4 limits are missed: latency_p99 <= 4 ms (web, base); latency_p99 <= 4 ms (web, \
             double)."
        );
        let number = cover.number.unwrap();
        assert_eq!(
            (number.value.as_str(), number.interval.as_str()),
            ("4.50 ms", "[4.05, 4.95] at 95 %")
        );
        let text = "The busiest, and not saturated, in 2 of 2 variants; most in base: 71.2 % \
                    [65.0, 78.0] busy.";
        assert_eq!(cover.binds, [Item::new("N2/smb1 rx", text)]);
        let text = "assumed, 10 us to 40 us: mean latency of web (base) -0.400 % to +1.00 %.";
        assert_eq!(cover.changes[0], Item::new("smb.overhead_1", text));
        let other = cover.changes.last().unwrap();
        assert!(other.name == "double" && other.text.starts_with("p99 latency of web 4.50 ms"));
        assert_eq!(cover.trust[0].tone, Tone::Unsure);
    }

    #[test]
    fn without_limits_the_highest_latency_is_the_number() {
        let mut report = fixture::report();
        report.variants.iter_mut().for_each(|variant| variant.limits.clear());
        let cover = cover(&report);
        assert_eq!(cover.verdict.unwrap().text, "No limit was stated.");
        let number = cover.number.unwrap();
        assert_eq!(number.name, "p99 latency of web, the highest of all variants");
        report.variants.clear();
        assert_eq!(super::cover(&report).number, None);
        assert_eq!(super::cover(&fixture::interrupted()).verdict.unwrap().tone, Tone::Unsure);
    }
}
