//! The moves as PowerShell.

use std::io::{self, Write};

use super::{AlignReport, MoveRow};
use crate::report::columns::clean;
use crate::report::number::{Shown, lasting};

const HEAD: &str = "\
# The moves of a plan, each when the one before is done. Read them before you run them: names are
# those of the scenario. Move-ClusterVirtualMachineRole wants the name of the clustered role,
# Move-ClusterSharedVolume that of the cluster disk, as Get-ClusterGroup and
# Get-ClusterSharedVolume print them.
$ErrorActionPreference = 'Stop'
Import-Module FailoverClusters
";

impl AlignReport {
    /// Writes the moves of all variants, of which there should be one, as a PowerShell script.
    ///
    /// # Errors
    /// The first error of `out`.
    pub fn write_script(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{HEAD}# {}", one_line(&self.title))?;
        let moves: Vec<&MoveRow> = self.variants.iter().flat_map(|of| &of.moves).collect();
        if moves.is_empty() {
            writeln!(out, "\n# There is nothing to be moved.")?;
        }
        for (number, step) in moves.into_iter().enumerate() {
            writeln!(out, "\n# {}: {}", number + 1, words(step))?;
            let (name, node) = (quoted(&step.name), quoted(&step.to));
            match step.what.as_ref() {
                "volume" => writeln!(out, "Move-ClusterSharedVolume -Name {name} -Node {node}")?,
                _ => writeln!(
                    out,
                    "Move-ClusterVirtualMachineRole -Name {name} -Node {node} -MigrationType Live"
                )?,
            }
        }
        Ok(())
    }
}

fn words(step: &MoveRow) -> String {
    let takes = lasting(step.seconds);
    let from = one_line(&step.from);
    let detour = if step.detour { "; it goes on from there later" } else { "" };
    match step.saves_bytes_per_s {
        saves if saves > 0.0 => {
            format!("from {from}, saves {}, takes {takes}{detour}", Shown::Bytes.text(saves))
        }
        _ => format!("from {from}, makes way for what follows, takes {takes}{detour}"),
    }
}

fn one_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// A literal of PowerShell, to which typographic quotes are quotes, too.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in one_line(text).chars() {
        if matches!(letter, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_literal() {
        assert_eq!(quoted("a'; Stop-Cluster #"), "'a''; Stop-Cluster #'");
        assert_eq!(quoted("b\u{2019}c"), "'b\u{2019}\u{2019}c'");
        assert_eq!(quoted("d\nRemove-Item"), "'d Remove-Item'");
    }
}
