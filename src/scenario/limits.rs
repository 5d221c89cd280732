//! `limits`: what the prediction is held against, such as `p99 latency <= 5 ms`.

use super::context::{Context, nearest};
use super::document::{Located, Reader};
use crate::units::{UnitKind, parse_as};

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitQuantity {
    /// Mean response time in seconds.
    MeanLatency,
    /// Median response time in seconds.
    P50Latency,
    /// 95th percentile of the response time in seconds.
    P95Latency,
    /// 99th percentile of the response time in seconds.
    P99Latency,
    /// 99.9th percentile of the response time in seconds.
    P999Latency,
    /// I/Os a second.
    Iops,
    /// Bytes a second.
    Throughput,
    /// Share of a port of a CSV network in use, 0 to 1, each direction by itself.
    CsvPortUtilisation,
    /// The same of every port that is plugged in.
    PortUtilisation,
    /// Share of the processors of a node in use, 0 to 1.
    CpuUtilisation,
}

use LimitQuantity::{
    CpuUtilisation, CsvPortUtilisation, Iops, MeanLatency, P50Latency, P95Latency, P99Latency,
    P999Latency, PortUtilisation, Throughput,
};

/// The words for each quantity; the first of equals is the one suggested.
const WORDS: [(&str, LimitQuantity); 17] = [
    ("mean latency", MeanLatency),
    ("average latency", MeanLatency),
    ("p50 latency", P50Latency),
    ("median latency", P50Latency),
    ("p95 latency", P95Latency),
    ("p99 latency", P99Latency),
    ("p99.9 latency", P999Latency),
    ("p999 latency", P999Latency),
    ("iops", Iops),
    ("throughput", Throughput),
    ("csv port utilisation", CsvPortUtilisation),
    ("csv port utilization", CsvPortUtilisation),
    ("port utilisation", PortUtilisation),
    ("port utilization", PortUtilisation),
    ("cpu utilisation", CpuUtilisation),
    ("cpu utilization", CpuUtilisation),
    ("cpu", CpuUtilisation),
];

impl LimitQuantity {
    const fn kind(self) -> UnitKind {
        match self {
            MeanLatency | P50Latency | P95Latency | P99Latency | P999Latency => UnitKind::Time,
            Iops => UnitKind::Iops,
            Throughput => UnitKind::Rate,
            CsvPortUtilisation | PortUtilisation | CpuUtilisation => UnitKind::Ratio,
        }
    }

    /// Whether it is a matter of a workload and not of the cluster.
    #[must_use]
    pub const fn of_workload(self) -> bool {
        !matches!(self, CsvPortUtilisation | PortUtilisation | CpuUtilisation)
    }
}

/// On which side of the limit it is good to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOp {
    /// At most the value.
    AtMost,
    /// At least the value.
    AtLeast,
}

const OPERATORS: [(&str, LimitOp); 8] = [
    ("<=", LimitOp::AtMost),
    (">=", LimitOp::AtLeast),
    ("≤", LimitOp::AtMost),
    ("≥", LimitOp::AtLeast),
    (" at most ", LimitOp::AtMost),
    (" at least ", LimitOp::AtLeast),
    ("<", LimitOp::AtMost),
    (">", LimitOp::AtLeast),
];

/// A limit the user wants kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// As written.
    pub text: String,
    /// The workload it is about; all of them unless named.
    pub workload: Option<String>,
    /// What it limits.
    pub quantity: LimitQuantity,
    /// In which direction.
    pub op: LimitOp,
    /// The limit, in the base unit of the quantity; throughput in bytes a second.
    pub value: f64,
}

/// Names of workloads as written, with those of the loads made from each.
pub(super) type Loads = [(String, Vec<String>)];

pub(super) fn read(root: &mut Reader<'_, '_>) -> Vec<Located<String>> {
    root.optional("limits").unwrap_or_default()
}

/// Reads the limits; one about a profile of several loads becomes one about each.
pub(super) fn parse(
    context: &mut Context<'_>,
    texts: &[Located<String>],
    loads: &Loads,
) -> Vec<Limit> {
    texts.iter().flat_map(|text| limit(context, text, loads)).collect()
}

fn limit(context: &mut Context<'_>, text: &Located<String>, loads: &Loads) -> Vec<Limit> {
    let whole = text.value.as_str();
    let (workload, rest) = match split_workload(whole) {
        Some((name, rest)) => (Some(name), rest),
        None => (None, 0..whole.len()),
    };
    let body = &whole[rest.clone()];
    let found = OPERATORS.iter().find_map(|(sign, op)| Some((body.find(sign)?, *sign, *op)));
    let Some((at, sign, op)) = found else {
        let help = "write it as \"p99 latency <= 5 ms\"".to_owned();
        return refuse(context, text, rest, "there is no `<=` or `>=`".to_owned(), Some(help));
    };
    let words = body[..at].split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let Some((_, quantity)) = WORDS.iter().find(|(known, _)| *known == words) else {
        let help = nearest(&words, || WORDS.iter().map(|(known, _)| *known));
        let part = rest.start..rest.start + at;
        return refuse(context, text, part, format!("`{words}` is no quantity to limit"), help);
    };
    let start = rest.start + at + sign.len();
    let value = match parse_as(quantity.kind(), &whole[start..]) {
        Ok(value) => value,
        Err(error) => {
            let skip = whole[start..].len() - whole[start..].trim_start().len();
            let part = start + skip..whole.len();
            return refuse(context, text, part, error.to_string(), Some(error.help()));
        }
    };
    let value = if *quantity == Throughput { value / 8.0 } else { value };
    let limit =
        |workload| Limit { text: whole.to_owned(), workload, quantity: *quantity, op, value };
    let Some(name) = workload else { return vec![limit(None)] };
    let given = whole[name.clone()].trim();
    if !quantity.of_workload() {
        let help = "leave out the workload".to_owned();
        let problem = format!("{words} is not a matter of one workload");
        return refuse(context, text, name, problem, Some(help));
    }
    let lower = given.to_lowercase();
    let named = loads.iter().find(|(written, _)| written.to_lowercase() == lower);
    if let Some((_, made)) = named {
        return made.iter().map(|name| limit(Some(name.clone()))).collect();
    }
    let mut made = loads.iter().flat_map(|(_, made)| made);
    if let Some(name) = made.find(|name| name.to_lowercase() == lower) {
        return vec![limit(Some(name.clone()))];
    }
    let help = context.near(given, || loads.iter().map(|(written, _)| written.as_str()));
    refuse(context, text, name, format!("there is no workload `{given}`"), help)
}

/// The bytes of the name and of what follows, if the text begins with `workload NAME:`.
fn split_workload(text: &str) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let indent = text.len() - text.trim_start().len();
    let head = text.get(indent..indent + "workload".len())?;
    let after = indent + head.len();
    if !head.eq_ignore_ascii_case("workload") || !text[after..].starts_with(char::is_whitespace) {
        return None;
    }
    let colon = after + text[after..].find(':')?;
    let name = text[after..colon].trim();
    let start = after + text[after..colon].len() - text[after..colon].trim_start().len();
    Some((start..start + name.len(), colon + 1..text.len()))
}

fn refuse(
    context: &mut Context<'_>,
    text: &Located<String>,
    part: std::ops::Range<usize>,
    problem: String,
    help: Option<String>,
) -> Vec<Limit> {
    context.fault_within(text, &part, problem, help);
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::split_workload;

    #[test]
    fn a_workload_is_named_before_a_colon() {
        let text = " workload  db two : p99 latency <= 5 ms";
        let (name, rest) = split_workload(text).unwrap();
        assert_eq!((&text[name], &text[rest]), ("db two", " p99 latency <= 5 ms"));
        assert_eq!(split_workload("workloads: x"), None);
        assert_eq!(split_workload("workload db p99"), None);
        assert_eq!(split_workload("ü"), None);
    }
}
