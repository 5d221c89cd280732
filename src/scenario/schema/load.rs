//! `[workloads.*]`, and how loads follow time.

use super::shape::{
    Field, Shape, array, counts, field, name, named, names, operations, ratio, size, table, text,
    time, words,
};
use super::storage;
use crate::scenario::models::Catalogue;

pub(super) fn field_of(catalogue: &Catalogue) -> Field {
    let mut all = vec![
        field("vm", names(), "The machines it runs in. This or `guest-cluster`."),
        field("guest-cluster", name(), "The guest cluster it runs in. This or `vm`."),
        field(
            "disk",
            name(),
            "The disk of that name of every machine, each with the whole load. Must be stated.",
        ),
        field(
            "working-set",
            size(),
            "Bytes of the disk in use, which decide cache hits. Needed unless a DiskSpd line or a \
             trace tells it.",
        ),
        field(
            "start",
            time(),
            "Nothing is issued before, since the begin of the measured time. Default: all the run.",
        ),
        field("stop", time(), "Nothing is issued from then on. Default: all the run."),
    ];
    all.extend(plain());
    all.extend(forms(catalogue));
    all.extend(storage::trace(false));
    all.extend(follows_time(true));
    let about = "What is asked of the disks: exactly one of outstanding, rate, diskspd, \
                 diskspd-profile, profile and trace in each.";
    field("workloads", named(table(all)), about)
}

fn plain() -> Vec<Field> {
    vec![
        field("block", size(), "Of every I/O, to 1 GiB. Needed with outstanding and rate."),
        field("read", ratio(), "Share of reads. Needed with outstanding and rate."),
        field("access", words(&["random", "sequential"]), "In which order.").or("random"),
        field(
            "hot-spots",
            array([
                field("ios", ratio(), "Share of the I/Os.").needed(),
                field("size", ratio(), "Share of the working set that they are on.").needed(),
            ]),
            "Parts of the working set that have more than their share. Default: even.",
        ),
        field(
            "outstanding",
            counts(1, 65_536),
            "I/Os in flight on each disk: another begins when one ends.",
        ),
        field("think", time(), "Mean pause before the next, with outstanding.").or("0 s"),
        field(
            "rate-limit",
            operations(),
            "Never faster than this on each disk, with outstanding or profile.",
        ),
        field(
            "threads",
            counts(1, 4096),
            "Share outstanding and rate-limit evenly; must divide outstanding.",
        )
        .or(1),
        field("rate", operations(), "I/Os a second on each disk, whatever becomes of them."),
        field("arrivals", words(&["poisson", "paced", "bursty"]), "How they come, with rate.")
            .or("poisson"),
        field("burst", time(), "Mean length of a burst. Needed with bursty."),
        field("idle", time(), "Mean length of the silence between. Needed with bursty."),
    ]
}

fn forms(catalogue: &Catalogue) -> Vec<Field> {
    let profiles = catalogue.profile_names().map(str::to_owned).collect();
    vec![
        field("diskspd", text(), "A command line of DiskSpd, such as \"-b8K -o8 -r -w30 -Sh\"."),
        field("diskspd-profile", text(), "Path of an XML profile or result of DiskSpd."),
        field(
            "profile",
            Shape::Words(profiles),
            "A load of the catalogue; `csvnet models list profiles` tells them.",
        ),
        field("trace", text(), "Path of a trace, whose I/Os are issued at their instants."),
    ]
}

/// How something follows the clock of a timeline.
pub(super) fn follows_time(workload: bool) -> Vec<Field> {
    let mut when = super::time::times();
    when.extend([
        field("for", Shape::Length(false), "How long. Default: until the amount is done."),
        field("amount", size(), "Payload after which it is done. Default: until time is over."),
    ]);
    if workload {
        let about = "Each disk starts so much later than the one before it.";
        when.push(field("stagger", Shape::Length(false), about));
    }
    vec![
        field("curve", name(), "The load curve it follows; needs [timeline]."),
        field("when", table(when), "When it comes and goes; needs [timeline]."),
    ]
}
