//! `[networks.*]`, `[traffic.*]`, `link-failures` and `rate-changes`.

use super::load;
use super::shape::{
    Field, Shape, array, counts, field, flag, list, model, name, named, names, one_of, rate, ratio,
    size, table, text, time, words, words_of,
};
use crate::scenario::models::{Catalogue, Family};
use crate::topology::TrafficKind;

pub(super) fn fields(catalogue: &Catalogue) -> Vec<Field> {
    vec![
        field("networks", named(table(network(catalogue))), "Subnets, each behind a switch."),
        field(
            "traffic",
            named(table(traffic())),
            "Traffic beside the workloads on the same ports; no limit is judged by it.",
        ),
        field(
            "link-failures",
            array(failure()),
            "Ports that fail in the run. State warm-up and duration in [run].",
        ),
        field(
            "rate-changes",
            array(change()),
            "Ports that run at another rate from an instant on. State warm-up and duration in \
             [run].",
        ),
    ]
}

fn network(catalogue: &Catalogue) -> Vec<Field> {
    vec![
        field(
            "switch",
            model(catalogue, Family::Switches),
            "Model of the switch; `csvnet models list switches` tells them. Must be stated.",
        ),
        field("mtu", mtu(), "IP MTU, 576 B to 9216 B; not the size of a frame.").or("1500 B"),
        field(
            "path-mtu",
            size(),
            "RDMA path MTU: 256, 512, 1024, 2048 or 4096 B. Default: the largest that fits.",
        ),
        field(
            "round-trip",
            time(),
            "Delay there and back beside ports, cables and the switch, as of a stretched network.",
        )
        .or("0 s"),
        field(
            "pfc",
            flag(),
            "Whether there is priority flow control end to end; without it RoCE loses messages.",
        )
        .or(false),
        field("vlan", flag(), "Whether frames carry a VLAN tag, 4 bytes each.").or(false),
        field("cluster", flag(), "Whether cluster traffic may use it.").or(true),
        field(
            "role",
            words(&["none", "cluster", "cluster-and-client"]),
            "Whether the cluster and clients use it.",
        )
        .or("cluster"),
        field(
            "metric",
            counts(1, 1_000_000),
            "Where Multichannel is off, the lowest is used first. Default: by role, RDMA, RSS and \
             speed.",
        ),
        field(
            "forwarding",
            words(&["cut-through", "store-and-forward"]),
            "How the switch is set. Default: as the model.",
        ),
        field("subnets", counts(1, 64), "Subnets that the interfaces of a node are on, in turn.")
            .or(1),
        field(
            "buffer",
            size(),
            "What the switch holds for a port, above 0. Stated, TCP and iWARP lose what finds it \
             full.",
        ),
        field(
            "ets",
            one_of([words(&["azure-stack-hci"]), named(ratio())]),
            "Shares of a port under contention by traffic class: whole percents, 100 % in sum.",
        ),
        field(
            "uplink",
            table([
                field("rate", rate(), "Rate of the uplink of each switch."),
                field("nodes", list(list(name())), "The nodes at each switch, a list for each."),
            ]),
            "Several switches instead of one, and the links between them.",
        ),
    ]
}

pub(super) const fn mtu() -> Shape {
    size()
}

fn traffic() -> Vec<Field> {
    let mut all = vec![
        field("kind", words_of(&TrafficKind::ALL), "What it is. Must be stated."),
        field("from", names(), "Nodes that send, each to each of the others. Must be stated."),
        field("to", names(), "Nodes that receive. Must be stated."),
        field("rate", rate(), "Payload of each pair. This or `as-fast-as-possible`."),
        field(
            "as-fast-as-possible",
            counts(1, 4096),
            "Messages of each pair under way. This or `rate`.",
        ),
        field(
            "message",
            size(),
            "Of each message, to 1 GiB. Default: \"1 MiB\"; of heartbeats \"134 B\".",
        ),
        field("network", name(), "Only this network, whatever its role. Default: as SMB chooses."),
        field("class", text(), "Its traffic class. Default: by kind."),
    ];
    all.extend(load::follows_time(false));
    all
}

fn port() -> [Field; 2] {
    [
        field("node", name(), "The node, or a group of nodes.").needed(),
        field("nic", name(), "The port, or a group of ports.").needed(),
    ]
}

fn at() -> Field {
    field("at", time(), "When, since the begin of the measured time.").needed()
}

fn failure() -> Vec<Field> {
    let mut all = port().to_vec();
    all.push(at());
    all.push(field("for", time(), "Until it is back. Default: to the end."));
    all
}

fn change() -> Vec<Field> {
    let mut all = port().to_vec();
    all.push(at());
    all.push(field("rate", rate(), "The rate from then on.").needed());
    all
}
