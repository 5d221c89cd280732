//! Settings that stand for several: `*` in a path, and the words of `network`.
//!
//! A bare `*` stands for every key of a table, as in `nodes.*.nics.*.mtu`. `network.rdma` is `on`
//! or `off` for every port that can do it; it has no place of its own in a file.

use super::document::{Document, Node, Value, path_of, path_steps};
use super::models::{Catalogue, Family};
use super::variants::Setting;

/// A star as a step of a path.
const STAR: &str = "\"*\"";

/// The setting itself, or those it stands for; itself where it stands for none, so that the fault
/// is told where it was written.
pub(super) fn expand(
    document: &Document,
    catalogue: &Catalogue,
    setting: &Setting,
) -> Vec<Setting> {
    let (path, literal) = setting;
    let spread = if path.trim() == "network.rdma" {
        rdma(document, catalogue, literal.trim())
    } else {
        starred(document, path).into_iter().map(|path| (path, literal.clone())).collect()
    };
    if spread.is_empty() { vec![setting.clone()] } else { spread }
}

/// Every path that one with stars means.
fn starred(document: &Document, path: &str) -> Vec<String> {
    let Some(steps) = path_steps(path) else { return Vec::new() };
    if !steps.iter().any(|step| step == STAR) {
        return Vec::new();
    }
    let mut found: Vec<(String, &Node)> = vec![(String::new(), document.root())];
    for (place, step) in steps.iter().enumerate() {
        let last = place + 1 == steps.len();
        let mut next = Vec::new();
        for (walked, node) in found {
            let Value::Table(table) = &node.value else { continue };
            for (key, entry) in table {
                let key = path_of(&[key.as_str()]);
                if step == STAR || *step == key {
                    next.push((join(&walked, &key), &entry.node));
                }
            }
            // The last key may be new.
            if last && step != STAR && !next.iter().any(|(path, _)| *path == join(&walked, step)) {
                next.push((join(&walked, step), node));
            }
        }
        found = next;
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// RDMA of every port whose model, or whose own entry, has it.
fn rdma(document: &Document, catalogue: &Catalogue, literal: &str) -> Vec<Setting> {
    let on = match literal {
        "on" | "true" => true,
        "off" | "false" => false,
        _ => return Vec::new(),
    };
    let ports = starred(document, "nodes.*.nics.*");
    let able = |path: &String| {
        let text = |field: &str| document.get(&format!("{path}.{field}")).and_then(Node::as_str);
        let model = text("model").and_then(|name| catalogue.model(Family::Nics, name));
        model.is_some_and(|(_, model)| model.word("rdma") != "none") || text("rdma").is_some()
    };
    ports
        .into_iter()
        .filter(able)
        // A kind stated by name is what the port can do.
        .filter(|path| {
            !on || document.get(&format!("{path}.rdma")).and_then(Node::as_str).is_none()
        })
        .map(|path| (format!("{path}.rdma"), on.to_string()))
        .collect()
}

fn join(walked: &str, key: &str) -> String {
    if walked.is_empty() { key.to_owned() } else { format!("{walked}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[nodes.A.nics]\np = { model = \"intel-x520\" }\nq = { model = \
                        \"mellanox-connectx-5-25g\" }\n[nodes.\"B 1\".nics]\nr = { model = \"x\", \
                        rdma = \"iwarp\" }\n";

    fn of(path: &str, literal: &str) -> Vec<Setting> {
        let document = Document::from_text("a.toml", TEXT).unwrap();
        let catalogue = Catalogue::builtin().unwrap();
        expand(&document, &catalogue, &(path.to_owned(), literal.to_owned()))
    }

    fn paths(path: &str) -> Vec<String> {
        of(path, "1").into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn a_star_is_every_key() {
        let all = ["nodes.A.nics.p.mtu", "nodes.A.nics.q.mtu", "nodes.\"B 1\".nics.r.mtu"];
        assert_eq!(paths("nodes.*.nics.*.mtu"), all);
        assert_eq!(paths("nodes.*.nics.q.mtu"), [all[1]]);
        assert_eq!(paths("nodes.A.nics.*"), ["nodes.A.nics.p", "nodes.A.nics.q"]);
        // What leads nowhere stays, for its fault.
        assert_eq!(paths("volumes.*.owner"), ["volumes.*.owner"]);
        assert_eq!(paths("nodes.A.load"), ["nodes.A.load"]);
    }

    #[test]
    fn rdma_is_switched_where_a_port_has_it() {
        let path = |port: &str| format!("nodes.{port}.rdma");
        let off = of("network.rdma", "off");
        let set = |port: &str, to: &str| (path(port), to.to_owned());
        assert_eq!(off, [set("A.nics.q", "false"), set("\"B 1\".nics.r", "false")]);
        assert_eq!(of("network.rdma", "on"), [set("A.nics.q", "true")]);
        assert_eq!(of("network.rdma", "perhaps").len(), 1);
    }
}
