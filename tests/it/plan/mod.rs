//! The questions of a design review, against answers worked out by hand or found the long way.

mod compare;
mod gate;
mod grow;
mod headroom;
mod saturated;
mod size;

use std::path::PathBuf;

use csvnet::app::Options;

/// Two nodes at one switch and one array; the volume is redirected because it is `ReFS` on a SAN.
/// Everything about the path is constant, so that what a limit binds can be worked out.
pub(super) const TWO: &str = r#"
title = "two nodes"

[run]
duration = "100 ms"
warm-up = "20 ms"
replications = 3

[cluster]
windows = "2022"

[networks.csv]
switch = "ideal"
mtu = "9000 B"

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
nics.p = { model = "stated-rate", network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[storage.array]
kind = "array"
model = "generic-all-flash"

[volumes.CSV]
storage = "array"
file-system = "ReFS"
owner = "HV1"

[parameters]
nics.stated-rate.speed = "10 Gbit/s"
"#;

/// Parameters of an array that is slow; they come right behind those of [`TWO`].
pub(super) const SLOW: &str = "storage.array.controller-per-io = \"800 us\"\n\
                               storage.array.controller-servers = 2\n";

/// A backup in the night, which the timeline starts.
pub(super) const NIGHTLY: &str = "[timeline]\nstart = \"2026-11-23 00:00\"\nhorizon = \"1 d\"\n\
                                  [backups.nightly]\nvolume = \"CSV\"\nnode = \"HV2\"\n\
                                  rate = \"10 MB/s\"\n\
                                  when = { cron = \"0 22 * * *\", amount = \"10 GB\" }\n";
/// What is told of it.
pub(super) const TAKEN_TO_RUN: &str = "backups and other traffic that have a time are taken to run";

/// The same as [`reader`] with 64 I/Os outstanding, held to the rate.
pub(super) fn throttled(name: &str, rate: u32) -> String {
    let open = "block = \"64 KiB\"\nread = \"100 %\"\n";
    let rated = format!("rate = \"{rate} IOPS\"\n");
    let diskspd = format!("diskspd = \"-t1 -o64 -b64K -r -w0 -Sh -g{rate}i\"\n");
    reader(name, rate).replace(open, &diskspd).replace(&rated, "")
}

/// A machine on HV2 that reads 64 KiB so many times a second.
pub(super) fn reader(name: &str, rate: u32) -> String {
    format!(
        "[vms.{name}]\nnode = \"HV2\"\nvcpus = 8\ndisks.d = {{ volume = \"CSV\" }}\n\
         [workloads.{name}]\nvm = \"{name}\"\ndisk = \"d\"\nblock = \"64 KiB\"\nread = \"100 %\"\n\
         working-set = \"10 GB\"\nrate = \"{rate} IOPS\"\n"
    )
}

/// A scenario file in a folder of its own.
pub(super) struct File {
    _folder: tempfile::TempDir,
    pub(super) path: PathBuf,
}

pub(super) fn file(parts: &[&str]) -> File {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, parts.join("\n")).expect("there is room for a file");
    File { _folder: folder, path }
}

pub(super) fn with(set: &[(&str, &str)]) -> Options {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    Options { set: set.collect(), ..Options::default() }
}
