//! Processors: the catalogue's model nearest to what a node has.

use super::draft::Draft;
use super::nodes::Members;
use super::reading::{Reading, list};
use crate::scenario::{Catalogue, Family};

/// Without a word on processors.
const USUAL: &str = "two-xeon-gold-6130";

/// Words in the name of a processor, sockets, and the model that is this processor.
const EXACT: [(&str, usize, &str); 12] = [
    ("x5650", 2, "two-xeon-x5650"),
    ("e5-2690 0", 2, "two-xeon-e5-2690"),
    ("e5-2650 v2", 2, "two-xeon-e5-2650-v2"),
    ("e5-2640 v3", 2, "two-xeon-e5-2640-v3"),
    ("e5-2680 v4", 2, "two-xeon-e5-2680-v4"),
    ("gold 6130", 2, "two-xeon-gold-6130"),
    ("gold 6248r", 2, "two-xeon-gold-6248r"),
    ("gold 6348", 2, "two-xeon-gold-6348"),
    ("epyc 7302p", 1, "one-epyc-7302p"),
    ("epyc 7702p", 1, "one-epyc-7702p"),
    ("epyc 7543", 2, "two-epyc-7543"),
    ("epyc 9354", 2, "two-epyc-9354"),
];

/// The model of the same generation, by the number in the name of a processor.
fn generation(name: &str) -> Option<&'static str> {
    let words: Vec<&str> =
        name.split([' ', '-', '(', ')', '@']).filter(|w| !w.is_empty()).collect();
    let number = words.iter().find_map(|word| {
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let whole = digits.len() == 4 && word.len() <= 6 && !word.contains('.');
        whole.then_some((*word, digits))
    });
    let (word, digits) = number?;
    let digit = |at: usize| digits.as_bytes().get(at).map_or(0, |byte| byte - b'0');
    if name.contains("epyc") {
        return match (digit(0), digit(3)) {
            (7, 1 | 2) => Some("one-epyc-7702p"),
            (7, 3) => Some("two-epyc-7543"),
            (8 | 9, _) => Some("two-epyc-9354"),
            _ => None,
        };
    }
    if !name.contains("xeon") {
        return None;
    }
    if ["gold", "silver", "bronze", "platinum"].iter().any(|tier| name.contains(tier)) {
        return match digit(1) {
            1 => Some("two-xeon-gold-6130"),
            2 => Some("two-xeon-gold-6248r"),
            3.. => Some("two-xeon-gold-6348"),
            0 => None,
        };
    }
    if word.starts_with(['x', 'l']) || (word.starts_with('e') && word.len() == 5) {
        return Some("two-xeon-x5650");
    }
    let version = words.iter().find_map(|word| word.strip_prefix('v'));
    match version {
        None => Some("two-xeon-e5-2690"),
        Some("2") => Some("two-xeon-e5-2650-v2"),
        Some("3") => Some("two-xeon-e5-2640-v3"),
        Some(_) => Some("two-xeon-e5-2680-v4"),
    }
}

/// A processor's name without marks and in small letters.
fn plain(name: &str) -> String {
    let name = name.to_lowercase().replace("(r)", " ").replace("(tm)", " ").replace("cpu", " ");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Sockets of a node.
#[derive(Default, Clone)]
struct Found {
    name: String,
    sockets: usize,
    cores: u64,
}

/// Gives every node of the draft its processors.
pub(super) fn read(reading: &mut Reading<'_>, members: &Members, draft: &mut Draft) {
    let mut found: Vec<(String, Found)> = Vec::new();
    for row in reading.rows("Win32_Processor") {
        let name = reading.take(row.item.text("Name"));
        let cores = reading.take(row.item.bytes("NumberOfCores")).unwrap_or(0);
        let homes = reading.homes("Win32_Processor", &row, members);
        let Some(name) = name else { continue };
        for node in homes {
            let at = found.iter().position(|(have, _)| *have == node).unwrap_or_else(|| {
                found.push((node, Found::default()));
                found.len() - 1
            });
            let sockets = &mut found[at].1;
            sockets.name.clone_from(&name);
            sockets.sockets += 1;
            sockets.cores = sockets.cores.saturating_add(cores);
        }
    }
    let mut unknown = Vec::new();
    let mut used: Vec<(String, u64)> = Vec::new();
    for node in &mut draft.nodes {
        let Some((_, found)) = found.iter().find(|(name, _)| *name == node.name) else {
            unknown.push(node.name.clone());
            USUAL.clone_into(&mut node.cpu);
            continue;
        };
        let name = plain(&found.name);
        let spaced = format!("{name} ");
        let exact = EXACT.iter().find(|(words, sockets, _)| {
            *sockets == found.sockets && spaced.contains(&format!("{words} "))
        });
        let model = match (exact, generation(&name)) {
            (Some((_, _, model)), _) => *model,
            (None, near) => {
                let model = near.unwrap_or(USUAL);
                let because = match near {
                    Some(_) => "that is the model of its generation in the catalogue",
                    None => "the catalogue has nothing like it",
                };
                let what = format!("{} x {:?} is `{model}`", found.sockets, found.name);
                reading.assume(what, because);
                model
            }
        };
        model.clone_into(&mut node.cpu);
        used.push((model.to_owned(), found.cores));
    }
    if !unknown.is_empty() {
        let what = format!("{} has processors as `{USUAL}`", list(&unknown));
        reading.assume(what, "Win32_Processor was not exported");
    }
    cores(reading, used, draft);
}

/// States the cores of a model where the nodes that have it have others.
fn cores(reading: &mut Reading<'_>, mut used: Vec<(String, u64)>, draft: &mut Draft) {
    let Ok(catalogue) = Catalogue::builtin() else { return };
    used.sort();
    used.dedup();
    used.retain(|(_, cores)| *cores > 0);
    let mut models: Vec<&String> = used.iter().map(|(model, _)| model).collect();
    models.dedup();
    for model in models {
        let of: Vec<u64> = used.iter().filter(|(m, _)| m == model).map(|(_, c)| *c).collect();
        let Some((_, known)) = catalogue.model(Family::Cpus, model) else { continue };
        let (Some(least), Some(most)) = (of.iter().min(), of.iter().max()) else { continue };
        if least != most {
            let what = format!("every node with `{model}` has {least} cores");
            reading
                .assume(what, format!("they have {least} to {most}, and a model has one number"));
        }
        if known.number("cores") != *least as f64 {
            draft.parameters.push((format!("cpus.{model}.cores"), least.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_by_the_number() {
        for (name, model) in [
            ("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", Some("two-xeon-gold-6248r")),
            ("Intel(R) Xeon(R) Silver 4114 CPU @ 2.20GHz", Some("two-xeon-gold-6130")),
            ("Intel(R) Xeon(R) Platinum 8480+", Some("two-xeon-gold-6348")),
            ("Intel(R) Xeon(R) CPU E5-2620 v4 @ 2.10GHz", Some("two-xeon-e5-2680-v4")),
            ("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", Some("two-xeon-e5-2690")),
            ("Intel(R) Xeon(R) CPU           X5675  @ 3.07GHz", Some("two-xeon-x5650")),
            ("AMD EPYC 7402P 24-Core Processor", Some("one-epyc-7702p")),
            ("AMD EPYC 7313 16-Core Processor", Some("two-epyc-7543")),
            ("AMD EPYC 9554 64-Core Processor", Some("two-epyc-9354")),
            ("Intel(R) Core(TM) i7-9700 CPU @ 3.00GHz", None),
            ("", None),
            ("12th Gen Ünknown", None),
        ] {
            assert_eq!(generation(&plain(name)), model, "{name}");
        }
    }

    #[test]
    fn every_model_is_in_the_catalogue() {
        let catalogue = Catalogue::builtin().unwrap();
        for (_, _, model) in EXACT {
            assert!(catalogue.model(Family::Cpus, model).is_some(), "{model}");
        }
        let real = catalogue.names(Family::Cpus).filter(|name| *name != "reference");
        assert_eq!(EXACT.len(), real.count());
    }
}
