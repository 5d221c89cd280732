//! Everything as one long table, a row for each figure, for spreadsheets and data frames.

use std::io::{self, Write};

use super::{
    CrossCheckRow, Figure, NotBegun, PortRow, Render, ReplayReport, Report, Second, Unit,
    VariantReport, WorkloadRow,
};

/// Writes CSV.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

/// The columns.
pub(super) const COLUMNS: [&str; 11] = [
    "variant",
    "section",
    "subject",
    "metric",
    "unit",
    "value",
    "sampling_low",
    "sampling_high",
    "prediction_low",
    "prediction_high",
    "note",
];

impl Render for Csv {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        run(report, &mut rows)?;
        for variant in &report.variants {
            one_variant(variant, &mut rows)?;
        }
        for NotBegun { name, replications_asked } in &report.not_begun {
            rows.enter(name, "variant");
            rows.whole("", "replications", "count", 0, "not begun")?;
            rows.whole("", "replications_asked", "count", *replications_asked, "")?;
            rows.note("", "complete", "false")?;
        }
        rows.enter("", "assumptions");
        for row in &report.assumptions {
            let note = words(&[
                &row.value,
                &format!("range {}", row.range),
                &row.source,
                row.note.as_deref().unwrap_or_default(),
                row.link.as_deref().unwrap_or_default(),
            ]);
            rows.number(&row.parameter, "influence", "fraction", row.influence, &note)?;
            let [low, high] = row.effects;
            rows.number(&row.parameter, "effect_at_low_end", "fraction", low, &row.affects)?;
            rows.number(&row.parameter, "effect_at_high_end", "fraction", high, &row.affects)?;
        }
        rows.enter("", "warnings");
        for (number, warning) in report.warnings.iter().enumerate() {
            rows.note(&number.to_string(), "warning", warning)?;
        }
        rows.finish()
    }
}

fn run(report: &Report, rows: &mut Rows<'_>) -> io::Result<()> {
    rows.enter("", "run");
    rows.whole("", "schema_version", "count", report.schema_version.into(), "")?;
    rows.note("", "title", &report.title)?;
    rows.note("", "description", report.description.as_deref().unwrap_or_default())?;
    rows.note("", "calibration", &report.calibration)?;
    rows.note("", "partial", if report.partial { "true" } else { "false" })?;
    let run = &report.run;
    rows.note("", "version", &run.version)?;
    rows.note("", "scenario", &run.scenario)?;
    rows.note("", "scenario_hash", &run.scenario_hash)?;
    rows.whole("", "seed", "count", run.seed, "")?;
    rows.whole("", "replications", "count", run.replications, "")?;
    rows.number("", "level", "fraction", run.level, "")?;
    rows.note("", "command", &run.command)
}

fn one_variant(variant: &VariantReport, rows: &mut Rows<'_>) -> io::Result<()> {
    let name = &variant.name;
    rows.enter(name, "variant");
    length(variant, rows)?;
    for change in &variant.changes {
        rows.note("", "change", change)?;
    }
    rows.enter(name, "workloads");
    variant.workloads.iter().try_for_each(|row| workload(row, rows))?;
    rows.enter(name, "traffic");
    for row in &variant.traffic {
        rows.figure(&row.name, "messages", &row.messages, "")?;
        rows.figure(&row.name, "throughput", &row.throughput, "")?;
        rows.figure(&row.name, "latency_mean", &row.latency_mean, "")?;
    }
    rows.enter(name, "ports");
    variant.ports.iter().try_for_each(|row| port(row, rows))?;
    rows.enter(name, "cpus");
    for row in &variant.cpus {
        rows.whole(&row.node, "cores", "count", row.cores.into(), "")?;
        rows.figure(&row.node, "utilisation", &row.utilisation, "")?;
    }
    states(variant, rows)?;
    rows.enter(name, "resources");
    for row in &variant.resources {
        rows.figure(&row.resource, "utilisation", &row.utilisation, "")?;
    }
    rows.enter(name, "limits");
    for row in &variant.limits {
        let note = format!("{}: {}", row.verdict.words(), row.limit);
        rows.figure(&row.subject, "limit", &row.figure, &note)?;
    }
    rows.enter(name, "cross_check");
    variant.cross_check.iter().try_for_each(|row| cross_check(row, rows))?;
    rows.enter(name, "replays");
    variant.replays.iter().try_for_each(|replay| replayed(replay, rows))?;
    rows.enter(name, "flows");
    flows(&variant.layout, rows)?;
    rows.enter(name, "seconds");
    variant.seconds.iter().try_for_each(|second| one_second(second, &variant.ports, rows))
}

/// How long was measured, how often, and why.
fn length(variant: &VariantReport, rows: &mut Rows<'_>) -> io::Result<()> {
    let warm_up = &variant.warm_up;
    rows.number("", "warm_up", "seconds", variant.warm_up_s, &warm_up.words)?;
    rows.note("", "warm_up_rule", &warm_up.rule)?;
    rows.note("", "warm_up_reliable", if warm_up.reliable { "true" } else { "false" })?;
    rows.number("", "measured", "seconds", variant.measured_s, "")?;
    rows.whole("", "replications", "count", variant.replications, "")?;
    rows.whole("", "replications_asked", "count", variant.replications_asked, "")?;
    rows.note("", "complete", if variant.complete { "true" } else { "false" })?;
    let Some(precision) = &variant.precision else { return Ok(()) };
    rows.number("", "precision_asked", "fraction", precision.asked, "")?;
    let note = if precision.met { "met" } else { "not met" };
    let subject = format!("{} {}", precision.workload, precision.quantity);
    rows.number(&subject, "precision_reached", "fraction", precision.reached, note)?;
    rows.whole("", "replications_max", "count", precision.replications_max, "")
}

fn workload(row: &WorkloadRow, rows: &mut Rows<'_>) -> io::Result<()> {
    let figures = [
        ("iops", &row.iops),
        ("throughput", &row.throughput),
        ("read_throughput", &row.read_throughput),
        ("write_throughput", &row.write_throughput),
        ("latency_mean", &row.latency_mean),
        ("latency_p50", &row.latency_p50),
        ("latency_p95", &row.latency_p95),
        ("latency_p99", &row.latency_p99),
        ("latency_p99_9", &row.latency_p99_9),
    ];
    let intended = row.latency_intended_mean.as_ref();
    let intended = intended.map(|figure| ("latency_intended_mean", figure));
    let figures = figures.into_iter().chain(intended);
    for (metric, figure) in figures {
        rows.figure(&row.name, metric, figure, "")?;
    }
    rows.note(&row.name, "way", &row.way)?;
    rows.number(&row.name, "redirected", "fraction", row.redirected, "")?;
    for [fraction, seconds] in &row.latency_distribution {
        let metric = format!("distribution_{}", super::number::quantile(*fraction));
        rows.number(&row.name, &metric, "seconds", *seconds, "")?;
    }
    Ok(())
}

/// I/O by node, volume and way.
fn flows(layout: &super::Layout, rows: &mut Rows<'_>) -> io::Result<()> {
    for flow in &layout.flows {
        let subject = format!("{} on {}, {}", flow.node, flow.volume, flow.mode);
        rows.note(&subject, "owner", &flow.owner)?;
        rows.note(&subject, "redirected", if flow.redirected { "true" } else { "false" })?;
        rows.whole(&subject, "disks", "count", flow.disks as u64, "")?;
        if let Some(bytes) = flow.bytes_per_s {
            rows.number(&subject, "payload", "bytes_per_second", bytes, "")?;
        }
    }
    Ok(())
}

/// A port by one name: `N1/smb1 tx`.
pub(super) fn port_name(row: &PortRow) -> String {
    format!("{}/{} {}", row.node, row.nic, row.direction)
}

fn port(row: &PortRow, rows: &mut Rows<'_>) -> io::Result<()> {
    let name = port_name(row);
    rows.number(&name, "rate", "bits_per_second", row.rate_bits_per_s, "")?;
    rows.figure(&name, "payload", &row.payload, "")?;
    rows.figure(&name, "wire", &row.wire, "")?;
    rows.figure(&name, "wire_highest_second", &row.wire_highest_second, "")?;
    rows.figure(&name, "utilisation", &row.utilisation, "")
}

fn states(variant: &VariantReport, rows: &mut Rows<'_>) -> io::Result<()> {
    rows.enter(&variant.name, "volumes");
    rows.volumes(&variant.volumes)?;
    rows.enter(&variant.name, "disks");
    rows.disks(&variant.disks)
}

fn cross_check(row: &CrossCheckRow, rows: &mut Rows<'_>) -> io::Result<()> {
    let unit = if row.quantity == "iops" { "iops" } else { "seconds" };
    let name = |part: &str| format!("{}_{part}", row.quantity);
    let verdict = match (row.exceeds_tolerance, row.doubtful) {
        (_, true) => "exceeds the tolerance and what sampling explains",
        (true, false) => "exceeds the tolerance, but sampling explains it",
        (false, false) => "",
    };
    let kind = format!("usual for a network with {}", row.kind);
    rows.number(&row.workload, &name("simulated"), unit, row.simulated, "")?;
    rows.number(&row.workload, &name("approximated"), unit, row.approximated, "")?;
    rows.number(&row.workload, &name("difference"), "fraction", row.difference, verdict)?;
    rows.number(&row.workload, &name("tolerance"), "fraction", row.tolerance, &kind)
}

fn replayed(replay: &ReplayReport, rows: &mut Rows<'_>) -> io::Result<()> {
    let name = &replay.workload;
    let fitted = replay.fitted_on.as_deref().unwrap_or_default();
    rows.whole(name, "ios", "count", replay.ios, "")?;
    rows.whole(name, "left_out", "count", replay.left_out, "")?;
    rows.note(name, "fitted_on", fitted)?;
    for row in &replay.quantiles {
        let metric = |part: &str| format!("{}_{part}", super::number::quantile(row.quantile));
        rows.number(name, &metric("measured"), "seconds", row.measured_s, "")?;
        rows.figure(name, &metric("predicted"), &row.predicted, "")?;
        rows.number(name, &metric("error"), "fraction", row.error, "")?;
    }
    Ok(())
}

fn one_second(second: &Second, ports: &[PortRow], rows: &mut Rows<'_>) -> io::Result<()> {
    let at = second.at_s.to_string();
    rows.number(&at, "ios", "count", second.ios, "")?;
    rows.number(&at, "guest_bytes", "bytes", second.guest_bytes, "")?;
    for of in &second.workloads {
        let metric = |what: &str| format!("{} {what}", of.workload);
        rows.number(&at, &metric("ios"), "count", of.ios, "")?;
        rows.number(&at, &metric("bytes"), "bytes", of.bytes, "")?;
        let latencies = [
            ("latency_mean", of.latency_s_mean),
            ("latency_p50", of.latency_s_p50),
            ("latency_p95", of.latency_s_p95),
            ("latency_p99", of.latency_s_p99),
        ];
        for (what, latency) in latencies {
            if let Some(latency) = latency {
                rows.number(&at, &metric(what), "seconds", latency, "")?;
            }
        }
    }
    for (number, bytes) in second.wire_bytes.iter().enumerate() {
        let port = ports.get(number).map_or_else(|| number.to_string(), port_name);
        rows.number(&at, "wire_bytes", "bytes", *bytes, &port)?;
    }
    Ok(())
}

pub(super) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Iops => "iops",
        Unit::BytesPerSecond => "bytes_per_second",
        Unit::Seconds => "seconds",
        Unit::Fraction => "fraction",
    }
}

/// The parts that say something, with `; ` between them.
pub(super) fn words(parts: &[&str]) -> String {
    let said: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said.join("; ")
}

/// The long table being written.
pub(super) struct Rows<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
    variant: String,
    section: &'static str,
}

impl<'a> Rows<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS).map_err(error)?;
        Ok(Self { writer, variant: String::new(), section: "" })
    }

    /// What the next rows belong to.
    pub(super) fn enter(&mut self, variant: &str, section: &'static str) {
        variant.clone_into(&mut self.variant);
        self.section = section;
    }

    /// A row: subject, metric, unit, the five numbers, note.
    fn write(&mut self, names: [&str; 3], numbers: &[String; 5], note: &str) -> io::Result<()> {
        let head = [self.variant.as_str(), self.section];
        let numbers = numbers.iter().map(String::as_str);
        let cells = head.into_iter().chain(names).chain(numbers).chain([note]);
        self.writer.write_record(cells).map_err(error)
    }

    pub(super) fn figure(
        &mut self,
        subject: &str,
        metric: &str,
        of: &Figure,
        note: &str,
    ) -> io::Result<()> {
        let ends = |interval: Option<[f64; 2]>| {
            interval.map_or([String::new(), String::new()], |ends| ends.map(number))
        };
        let ([a, b], [c, d]) = (ends(of.sampling), ends(of.prediction));
        self.write([subject, metric, unit(of.unit)], &[number(of.value), a, b, c, d], note)
    }

    pub(super) fn number(
        &mut self,
        subject: &str,
        metric: &str,
        unit: &str,
        value: f64,
        note: &str,
    ) -> io::Result<()> {
        self.alone([subject, metric, unit], number(value), note)
    }

    /// A whole number, exact beyond the 53 bits a float keeps.
    pub(super) fn whole(
        &mut self,
        subject: &str,
        metric: &str,
        unit: &str,
        value: u64,
        note: &str,
    ) -> io::Result<()> {
        self.alone([subject, metric, unit], value.to_string(), note)
    }

    /// Text.
    pub(super) fn note(&mut self, subject: &str, metric: &str, note: &str) -> io::Result<()> {
        self.alone([subject, metric, ""], String::new(), note)
    }

    fn alone(&mut self, names: [&str; 3], value: String, note: &str) -> io::Result<()> {
        let none = String::new;
        self.write(names, &[value, none(), none(), none(), none()], note)
    }

    pub(super) fn volumes(&mut self, volumes: &[super::VolumeRow]) -> io::Result<()> {
        for row in volumes {
            let name = format!("{} on {}", row.volume, row.node);
            self.note(&name, "owner", if row.owner { "true" } else { "false" })?;
            self.note(&name, "state", &row.state)?;
            self.note(&name, "file_system_reason", &row.file_system_reason)?;
            self.note(&name, "block_reason", &row.block_reason)?;
            self.note(&name, "why", &row.why)?;
        }
        Ok(())
    }

    pub(super) fn disks(&mut self, disks: &[super::DiskRow]) -> io::Result<()> {
        for row in disks {
            let transport = row.transport.as_deref().unwrap_or_default();
            let cells = [
                ("node", row.node.as_str()),
                ("volume", &row.volume),
                ("owner", &row.owner),
                ("mode", &row.mode),
                ("reason", &row.reason),
                ("transport", transport),
                ("evidence", &row.evidence),
                ("evidence_note", &row.evidence_note),
            ];
            cells.iter().try_for_each(|(metric, note)| self.note(&row.disk, metric, note))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The shortest decimal that reads back as the same number; nothing where it is not finite.
fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

pub(super) fn error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
