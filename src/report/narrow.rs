//! Narrowing what `explain` shows to some volumes or nodes.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{DiskRow, ExplainReport, ExplainVariant, VolumeRow};

/// A name that stands nowhere in the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no {kind} `{name}`; there are {known}")]
pub struct UnknownName {
    /// `volume` or `node`.
    pub kind: &'static str,
    /// What was asked for.
    pub name: String,
    /// Some of those that exist.
    pub known: String,
}

/// Names told to someone who asked for one that does not exist.
const TOLD: usize = 12;

impl ExplainReport {
    /// Leaves only what concerns these volumes and these nodes; an empty list means all. Case does
    /// not matter.
    ///
    /// # Errors
    /// When a name stands in no variant.
    pub fn narrow(&mut self, volumes: &[String], nodes: &[String]) -> Result<(), UnknownName> {
        let rows = || self.variants.iter().flat_map(|variant| &variant.volumes);
        known("volume", volumes, rows().map(|row| row.volume.as_str()))?;
        known("node", nodes, rows().map(|row| row.node.as_str()))?;
        for variant in &mut self.variants {
            narrowed(variant, volumes, nodes);
        }
        Ok(())
    }
}

fn known<'a>(
    kind: &'static str,
    asked: &[String],
    all: impl Iterator<Item = &'a str>,
) -> Result<(), UnknownName> {
    let all: BTreeSet<&str> = all.collect();
    let missing = asked.iter().find(|name| !all.iter().any(|n| n.eq_ignore_ascii_case(name)));
    missing.map_or(Ok(()), |name| {
        let mut known: Vec<&str> = all.iter().take(TOLD).copied().collect();
        if all.len() > TOLD {
            known.push("...");
        }
        Err(UnknownName { kind, name: name.clone(), known: known.join(", ") })
    })
}

fn narrowed(variant: &mut ExplainVariant, volumes: &[String], nodes: &[String]) {
    let among = |list: &[String], name: &str| {
        list.is_empty() || list.iter().any(|n| n.eq_ignore_ascii_case(name))
    };
    let kept = |volume: &str, node: &str| among(volumes, volume) && among(nodes, node);
    let names_of = |volumes: &[VolumeRow], disks: &[DiskRow]| -> BTreeSet<String> {
        let machine = |disk: &str| disk.split('/').next().unwrap_or_default().to_owned();
        let of_volumes = volumes.iter().flat_map(|row| [row.volume.clone(), row.node.clone()]);
        let of_disks = disks.iter().flat_map(|row| [row.disk.clone(), machine(&row.disk)]);
        of_volumes.chain(of_disks).collect()
    };
    let all = names_of(&variant.volumes, &variant.disks);
    variant.volumes.retain(|row| kept(&row.volume, &row.node));
    variant.disks.retain(|row| kept(&row.volume, &row.node));
    let left = names_of(&variant.volumes, &variant.disks);
    variant.paths.retain(|path| left.contains(&path.disk));
    // What is about nothing that was named, such as a network, concerns everything.
    variant.findings.retain(|row| left.contains(&row.subject) || !all.contains(&row.subject));
}

#[cfg(test)]
mod tests {
    use super::super::fixture;

    #[test]
    fn only_what_concerns_a_node_is_left() {
        let mut report = fixture::explain();
        let all = report.variants[0].volumes.len();
        let node = report.variants[0].volumes[0].node.clone();
        report.narrow(&[], &[node.to_uppercase()]).unwrap();
        let left = &report.variants[0];
        assert!(left.volumes.iter().all(|row| row.node == node));
        assert!(!left.volumes.is_empty() && left.volumes.len() < all);
        assert!(left.disks.iter().all(|row| row.node == node));
        let disks: Vec<_> = left.disks.iter().map(|row| &row.disk).collect();
        assert!(left.paths.iter().all(|path| disks.contains(&&path.disk)));
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_those_that_are() {
        let mut report = fixture::explain();
        let volume = report.variants[0].volumes[0].volume.clone();
        let error = report.narrow(&["CSV99".into()], &[]).unwrap_err();
        assert!(error.to_string().contains("`CSV99`") && error.to_string().contains(&volume));
    }
}
