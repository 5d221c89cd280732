//! `[nodes.*]`: nodes with their ports, teams and adapters.

use super::network::mtu;
use super::shape::{
    Field, counts, field, flag, model, name, named, names, one_of, ratio, size, table, words_of,
};
use crate::scenario::models::{Catalogue, Family};
use crate::topology::{Bonding, Hashing, Rdma};

pub(super) fn field_of(catalogue: &Catalogue) -> Field {
    let fields = vec![
        field(
            "count",
            counts(1, 64),
            "Makes several alike: [nodes.HV] with 4 makes HV1 to HV4, and HV stands for all. \
             Default: one node of this name.",
        ),
        field(
            "cpu",
            model(catalogue, Family::Cpus),
            "All sockets of the node; `csvnet models list cpus` tells them. Must be stated.",
        ),
        field("memory", size(), "Memory, which a block cache is held against."),
        field(
            "load",
            ratio(),
            "Share of the cores that the machines' own computing keeps busy, to 99 %.",
        )
        .or("0 %"),
        field("nics", named(table(nic(catalogue))), "Its ports: ports, not cards."),
        field(
            "teams",
            named(table(team(catalogue))),
            "Ports joined to one interface, or host vNICs above them.",
        ),
        field(
            "hbas",
            named(table(hba(catalogue))),
            "Adapters to an array or shared enclosures, or the iSCSI initiator.",
        ),
    ];
    field("nodes", named(table(fields)), "The nodes of the cluster, one or more.")
}

fn nic(catalogue: &Catalogue) -> Vec<Field> {
    vec![
        field(
            "model",
            model(catalogue, Family::Nics),
            "Model of the port; `csvnet models list nics` tells them. Must be stated.",
        ),
        field(
            "network",
            name(),
            "The network it is plugged into; a member of a team has that of the team.",
        ),
        field(
            "count",
            counts(1, 64),
            "Makes several alike: `storage` with 2 makes storage1 and storage2. Default: one port \
             of this name.",
        ),
        field(
            "rdma",
            one_of([flag(), words_of(&Rdma::ALL)]),
            "The RDMA that is switched on. Default: as the model.",
        ),
        field("rss", flag(), "Whether receive-side scaling is on.").or(true),
        field("mtu", mtu(), "IP MTU of the port. Default: that of the network."),
    ]
}

fn team(catalogue: &Catalogue) -> Vec<Field> {
    vec![
        field("members", names(), "Ports, or groups of ports. Must be stated."),
        field(
            "model",
            model(catalogue, Family::Teams),
            "Mode and algorithm together; `csvnet models list teams` tells them.",
        ),
        field("mode", words_of(&Bonding::ALL), "How it is joined. Needed without `model`."),
        field(
            "algorithm",
            words_of(&Hashing::ALL),
            "How it spreads what it sends; of SET the last two.",
        )
        .or("transport-ports"),
        field("vnics", counts(1, 16), "Host vNICs above it. Default: none; of SET one a member."),
        field("vrss", flag(), "Whether a vNIC has the receive queues of a port, not one.")
            .or(false),
        field("network", name(), "The network it is on. Must be stated."),
    ]
}

fn hba(catalogue: &Catalogue) -> Vec<Field> {
    vec![
        field(
            "model",
            model(catalogue, Family::Hbas),
            "Model of the card; `csvnet models list hbas` tells them. Needed without `nics`.",
        ),
        field(
            "nics",
            names(),
            "Ports of the node that the iSCSI initiator uses, one session on each. Makes it the \
             initiator and no card.",
        ),
        field("storage", name(), "The array or storage spaces it reaches. Must be stated."),
        field("ports", counts(1, 64), "Ports that are cabled. Default: all of the model."),
        field(
            "lost",
            named(counts(1, 64)),
            "Ports without a path, by node: { HV2 = 1 }; the last ones.",
        ),
    ]
}
