//! `PerfMon` logs folded into a table of observations.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::trace::TraceError;
use crate::trace::pdh::{Observations, PdhRange, observe};

/// Why logs gave no table: everything that is wrong with any of them.
#[derive(Debug, Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct LogsError {
    /// What is wrong, log by log.
    pub problems: Vec<LogProblem>,
}

/// What is wrong with one log.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogProblem {
    /// It cannot be opened.
    #[error("{}: cannot be read: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error(transparent)]
    Content(#[from] TraceError),
    /// It tells what another one tells.
    #[error(
        "{}: {what}; give one log of each node and object, or one made of several by \
         `relog A.blg B.blg -f csv -o LOG.csv`",
        file.display()
    )]
    Twice {
        /// The file.
        file: PathBuf,
        /// What both tell of.
        what: String,
    },
}

/// Folds logs of one run into means; what the logs tell must differ.
///
/// # Errors
/// With every fault of every log.
pub fn counters(files: &[PathBuf], range: PdhRange) -> Result<Observations, LogsError> {
    let mut all = Observations::default();
    let mut problems = Vec::new();
    for file in files {
        match one(file, range) {
            Ok(observations) => {
                if let Err(what) = all.merge(observations) {
                    problems.push(LogProblem::Twice { file: file.clone(), what });
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(LogsError { problems }) }
}

fn one(file: &Path, range: PdhRange) -> Result<Observations, LogProblem> {
    let open = |source| LogProblem::Open { file: file.to_owned(), source };
    if file.is_dir() {
        return Err(open(io::ErrorKind::IsADirectory.into()));
    }
    let reader = File::open(file).map_err(open)?;
    Ok(observe(&file.display().to_string(), reader, range)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::app::{Hooks, Options, run_in_full};
    use crate::counters::write_pdh;
    use crate::trace::pdh::{PdhReader, RowKind};

    /// Two nodes; the machine is not on the owner of its ReFS volume, which is redirected.
    const REDIRECTED: &str = r#"
title = "redirected"
run = { duration = "1 s", warm-up = "0 s", replications = 2 }
networks.csv = { switch = "mellanox-sn2010", mtu = "9000 B", pfc = true }
storage.array = { kind = "array", model = "generic-all-flash" }
volumes.CSV1 = { storage = "array", owner = "HV2", file-system = "ReFS" }
vms.sql = { node = "HV1", vcpus = 8, disks.data = { volume = "CSV1" } }

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
nics.storage = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[workloads.oltp]
vm = "sql"
disk = "data"
block = "8 KiB"
read = "70 %"
outstanding = 4
working-set = "200 GB"
"#;

    #[test]
    fn what_a_run_logs_reads_back_and_agrees_with_its_report() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = folder.path().join("a.toml");
        fs::write(&scenario, REDIRECTED).unwrap();
        let options =
            Options { counters: Some(100_000_000_000), threads: Some(1), ..Options::default() };
        let outcome = run_in_full(&scenario, &options, &Hooks::silent()).unwrap();
        let log = outcome.counters.unwrap();
        let mut text = Vec::new();
        write_pdh(&log, &mut text).unwrap();

        // Every value of every column is what was written.
        let reader = PdhReader::new("log", &text[..]).unwrap();
        let columns = reader.header().columns.clone();
        let samples: Vec<_> = reader.map(Result::unwrap).collect();
        let values = log.values();
        assert_eq!((columns.len(), samples.len()), (values.len(), log.ends_ps.len() + 1));
        for (k, ((path, written), column)) in values.iter().zip(&columns).enumerate() {
            let shown = format!(
                r"\\{}\{}({})\{}",
                column.host, column.object, column.instance, column.counter
            );
            assert_eq!(&shown, path);
            for (value, sample) in written.iter().zip(&samples) {
                assert_eq!(*value, sample.values[k], "{path}");
            }
        }

        // The fold has the I/Os of the first replication; the report is of two.
        let file = folder.path().join("log.csv");
        fs::write(&file, &text).unwrap();
        let table = counters(std::slice::from_ref(&file), PdhRange::default()).unwrap();
        let wide: BTreeMap<String, f64> = table.wide().into_iter().collect();
        let close = |a: f64, b: f64, within: f64, what: &str| {
            assert!((a - b).abs() <= within * b.abs(), "{what}: {a} and {b}");
        };
        let report = &outcome.report.variants[0];
        let workload = &report.workloads[0];
        let iops = wide["CSV1.read_iops"] + wide["CSV1.write_iops"];
        // Two replications of a second each with tens of thousands of I/Os differ by less.
        close(iops, workload.iops.value, 0.03, "IOPS");
        let bytes = wide["CSV1.read_bytes_s"] + wide["CSV1.write_bytes_s"];
        close(bytes, iops * 8192.0, 1e-9, "bytes");
        // All of it is file-system redirected, and what one node asks for the other gives.
        let redirected =
            wide["CSV1.fs_redirected_read_iops"] + wide["CSV1.fs_redirected_write_iops"];
        close(redirected, iops, 1e-9, "redirected");
        close(
            wide["HV1.smb_client.read_bytes_s"],
            wide["HV2.smb_server.read_bytes_s"],
            1e-9,
            "shares",
        );
        // Little's law: I/Os under way on the volume are rate times latency.
        let under_way = wide["CSV1.read_iops"] * wide["CSV1.read_latency_s"];
        close(under_way, wide["CSV1.read_queue"], 1e-6, "queue");
        let owner = report.cpus.iter().find(|cpu| cpu.node == "HV2").unwrap();
        close(wide["HV2.cpu_pct"] / 100.0, owner.utilisation.value, 0.05, "CPU of the owner");
        assert!(table.rows.iter().any(|row| row.kind == RowKind::Nic), "adapters are there");

        // The same log twice tells everything twice.
        let error = counters(&[file.clone(), file], PdhRange::default()).unwrap_err();
        assert!(error.to_string().contains("another log tells of `HV1"), "{error}");
    }

    #[test]
    fn faults_of_all_logs_are_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
        fs::write(&files[0], "nothing").unwrap();
        let all = [files[0].clone(), files[1].clone(), folder.path().to_owned()];
        let error = counters(&all, PdhRange::default()).unwrap_err();
        assert_eq!(error.problems.len(), 3);
        let told = error.to_string();
        assert!(told.contains("a.csv, line 1") && told.contains("b.csv: cannot be read"), "{told}");
    }
}
