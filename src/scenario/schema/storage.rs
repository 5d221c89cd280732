//! `[storage.*]`: arrays, devices and storage spaces, with the numbers of their models.

use super::parameters::number_of;
use super::shape::{
    Field, Shape, counts, field, flag, model, name, named, names, rate, size, table, text, time,
    words, words_of,
};
use crate::scenario::models::{Catalogue, Family};
use crate::topology::{Mpio, ServiceLaw};

pub(super) fn field_of(catalogue: &Catalogue) -> Field {
    let mut fields = plain(catalogue);
    fields.extend(numbers());
    field("storage", named(table(fields)), "Where the data lie.")
}

fn plain(catalogue: &Catalogue) -> Vec<Field> {
    let models = [Family::Arrays, Family::Devices, Family::S2d];
    let models: Vec<String> =
        models.iter().flat_map(|family| catalogue.names(*family)).map(str::to_owned).collect();
    vec![
        field(
            "kind",
            words(&["array", "device", "storage-spaces", "storage-spaces-direct"]),
            "Behind adapters of several nodes; inside one node; drives in shared SAS enclosures; \
             drives of the nodes. Must be stated.",
        ),
        field(
            "model",
            Shape::Words(models),
            "Model of the array, the device or the set of drives; `csvnet models list` tells \
             them. Must be stated.",
        ),
        field(
            "alua",
            words(&["symmetric", "asymmetric"]),
            "Arrays: asymmetric serves each volume by one controller. Default: as the model.",
        ),
        field("mpio", words_of(&Mpio::ALL), "Arrays: the policy of all nodes.")
            .or("round-robin-with-subset"),
        field(
            "cabling",
            words(&["fabric", "direct"]),
            "Arrays: through switches, or from adapter port n to controller n in turn.",
        )
        .or("fabric"),
        field(
            "controllers-lost",
            counts(0, 64),
            "Arrays: controllers that are gone; fewer than there are.",
        )
        .or(0),
        field(
            "write-through",
            words(&["never", "when-degraded", "always"]),
            "Arrays: when writes wait for the drives.",
        )
        .or("when-degraded"),
        field(
            "raid",
            words(&["raid-0", "raid-1", "raid-10", "raid-5", "raid-50", "raid-6", "raid-60"]),
            "Arrays: the level, which says the write penalty. Default: as the model.",
        ),
        field(
            "media",
            model(catalogue, Family::Devices),
            "Arrays: model of the drives. Default: as the model of the array.",
        ),
        field("drives", counts(1, 4096), "Arrays: how many of `media` there are."),
        field(
            "nodes",
            names(),
            "Storage Spaces Direct: whose drives make the pool. Default: all, 16 at most.",
        ),
        field(
            "cache-mode",
            words(&["none", "write", "read-write"]),
            "Storage spaces: what the fast drives take. Default: as the model.",
        ),
        field(
            "local-reads",
            flag(),
            "Storage Spaces Direct: whether reads go to the owner's copy where it has one.",
        )
        .or(true),
        field(
            "resync",
            table([
                field("node", name(), "The node that was away. Must be stated."),
                field("rate", rate(), "How fast, 1 MB/s to 100 GB/s. Must be stated."),
            ]),
            "Storage Spaces Direct: copies are brought up to date on a node that was away.",
        ),
        field("node", name(), "Devices: where it sits. Must be stated for a device."),
        field("shared-with", names(), "Devices: nodes that reach it beside that one."),
        field("law", words_of(&ServiceLaw::ALL), "Devices: how latency spreads around its mean.")
            .or("log-normal"),
        field(
            "fit",
            table(trace(true)),
            "Devices: latencies and rates are fitted to a measured trace.",
        ),
    ]
}

/// Where recorded I/Os come from; of a workload without the file, which it has of its own.
pub(super) fn trace(file: bool) -> Vec<Field> {
    let mut all = vec![
        field("part", words(&["first half", "second half", "all"]), "Which rows count.").or("all"),
        field(
            "format",
            words(&["csvnet", "msr", "blkparse", "spc", "systor"]),
            "Layout of the trace. Default: by its first line. Not with `mapping`.",
        ),
        field("device", text(), "The device whose rows count, where the trace has several."),
        field(
            "mapping",
            table(mapping()),
            "Which column of any other table tells what. Not with `format`.",
        ),
    ];
    if file {
        all.push(field("trace", text(), "Path of the trace. Must be stated."));
    }
    all
}

fn mapping() -> Vec<Field> {
    let column = || field("column", text(), "Name of the column, or its number as text.");
    let of_time = || {
        table([column(), field("unit", time(), "What one of its number is, such as \"100 ns\".")])
    };
    let of_bytes = || {
        table([column(), field("unit", size(), "What one of its number is, such as \"512 B\".")])
    };
    let word = |name, what: &str| field(name, names(), &format!("Words that mean {what}."));
    vec![
        field("separator", words(&[",", ";", "tab", "\t", "space"]), "What is between cells.")
            .or(","),
        field("header", flag(), "Whether the first line names the columns.").or(true),
        field("time", of_time(), "Arrival. Must be stated."),
        field(
            "op",
            table([
                column(),
                word("read", "a read"),
                word("write", "a write"),
                word("discard", "a discard"),
                word("flush", "a flush"),
            ]),
            "What is done. Must be stated.",
        ),
        field("bytes", of_bytes(), "Length. Must be stated."),
        field("offset", of_bytes(), "First byte."),
        field("response", of_time(), "Time to completion; needed to fit."),
        field("device", text(), "Column of the device."),
    ]
}

/// Numbers of a model, which may be stated here.
fn numbers() -> Vec<Field> {
    let of = |family: Family, part: &str, who: &str| -> Vec<Field> {
        let numbers = family.numbers().iter();
        let fields = numbers.map(|(number, kind)| {
            let about = format!("{who}: {}. Default: as the model.", meaning(number));
            field(&format!("{part}{number}"), number_of(*kind), &about)
        });
        fields.collect()
    };
    let mut all = of(Family::Arrays, "", "Arrays");
    all.extend(of(Family::Devices, "", "Devices"));
    all.extend(of(Family::S2d, "", "Storage spaces"));
    all.extend(of(Family::Devices, "capacity-", "Storage spaces, a capacity drive"));
    all.extend(of(Family::Devices, "cache-", "Storage spaces, a fast drive"));
    all
}

/// What a number of a model means.
pub(super) fn meaning(number: &str) -> &'static str {
    match number {
        "cache-access" => "a hit, or the acknowledgement of a write",
        "cache-mirror-rate" => "the link between controllers, which copies cached writes",
        "controller-per-io" => "how long a command holds a server of a controller",
        "controller-servers" => "commands that a controller processes at once",
        "controllers" => "how many controllers there are",
        "front-end-ports" => "host ports of all controllers together",
        "front-end-rate" => "payload of one host port in one direction",
        "media-rate" => "one drive or flash channel, sequential",
        "media-read" => "a small random read at a drive",
        "media-servers" => "drives or flash channels that work in parallel",
        "media-stripe" => "a larger transfer is spread over drives in pieces of this size",
        "media-write" => "a small random write at a drive",
        "read-cache" => "read cache of all controllers together",
        "write-cache" => "write cache of all controllers together",
        "write-penalty" => "back-end operations for a host write",
        "dies" => "dies, each of which serves one operation at a time, instead of `servers`",
        "read-latency" => "a read without the transfer",
        "read-per-byte" => "time of a read a byte beside the latency, in the same server",
        "read-rate" => "the transfer pipe that all reads share",
        "scv" => "squared coefficient of variation of the latencies; 0 is constant",
        "servers" => "operations in latency at once",
        "write-latency" => "a write without the transfer",
        "write-per-byte" => "time of a write a byte beside the latency, in the same server",
        "write-rate" => "the transfer pipe that all writes share",
        "cache-drives" => "fast drives of a node, or of all shared enclosures; may be 0",
        "cache-size" => "all fast drives of a node, or of the enclosures",
        "capacity-drives" => "capacity drives of a node, or of all shared enclosures",
        "latency" => "what it adds to the way",
        "rss-queues" => "receive queues",
        "speed" => "what it carries in one direction",
        "cores" => "cores of all sockets",
        "cost-rise" => "how much more work costs when all cores are in use",
        "counted" => "share of the work that counters show",
        "in-use" => "cores in use at which costs are full",
        "relative-cost" => "cost of work relative to a core of the Xeon E5-2680 v4",
        "port-rate" => "what a port carries in one direction",
        "ports" => "ports of the adapter",
        _ => "",
    }
}
