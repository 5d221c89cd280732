//! `[timeline]`, `[curves.*]`, `[[events]]` and `[rules]`.

use super::shape::{
    Field, Shape, array, counts, field, flag, list, name, named, names, rate, ratio, table, text,
    time, words, words_of,
};
use super::text::date;
use crate::schedule::{
    Aggressiveness, BalancerMode, Failback, Fidelity, MigrationTransport, RealignBy,
};

const TIME_OF_DAY: &str = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$";
const DAY: &str = "^([mM]on|[tT]ue|[wW]ed|[tT]hu|[fF]ri|[sS]at|[sS]un)([a-z]*day)?$";
const MONTH: &str = "^([jJ]an|[fF]eb|[mM]ar|[aA]pr|[mM]ay|[jJ]un|[jJ]ul|[aA]ug|[sS]ep|[oO]ct|\
                     [nN]ov|[dD]ec)[a-z]*$";

pub(super) fn fields() -> Vec<Field> {
    vec![
        field("timeline", table(timeline()), "What happens over hours, days or years."),
        field(
            "curves",
            named(table(curve())),
            "Load curves: the level at an instant is the product of hours, days, months and \
             growth.",
        ),
        field("events", array(event()), "What is planned, or befalls the cluster."),
        field("rules", table(rules()), "What the cluster does by itself."),
    ]
}

fn timeline() -> Vec<Field> {
    vec![
        field(
            "start",
            Shape::Pattern(date()),
            "Local date and time, such as \"2026-11-23 00:00\". Must be stated.",
        ),
        field("time-zone", text(), "IANA name, such as \"Europe/Berlin\".").or("UTC"),
        field(
            "horizon",
            Shape::Length(true),
            "The end, from the start on, to 50 y. Must be stated.",
        ),
        field(
            "fidelity",
            words_of(&Fidelity::ALL),
            "Each state of the cluster is simulated I/O by I/O, or solved.",
        )
        .or("simulate"),
        field(
            "load-step",
            ratio(),
            "Levels of curves are rounded to multiples of it, 0.1 % to 50 %.",
        )
        .or("5 %"),
        field(
            "precision",
            ratio(),
            "Half width of mean latency at which a state is simulated well enough, 0.1 % to 50 %.",
        )
        .or("5 %"),
    ]
}

fn curve() -> Vec<Field> {
    let levels = |form| Shape::Named(Some(form), Box::new(ratio()));
    vec![
        field(
            "hours",
            levels(TIME_OF_DAY),
            "Level from each time of day on, \"00:00\" to \"23:59\"; the last holds until the \
             first. Default: 100 %.",
        ),
        field("days", levels(DAY), "Level by day of the week, mon to sun. Default: 100 %."),
        field("months", levels(MONTH), "Level by month, jan to dec. Default: 100 %."),
        field(
            "growth",
            table([
                field("rate", ratio(), "Growth. Needed without `history`."),
                field("per", words(&["month", "year"]), "Per what. Needed without `history`."),
                field("form", words(&["compound", "linear"]), "Of the month before, or the start.")
                    .or("compound"),
                field("range", list(ratio()), "The two ends of what is believed, at 95 %."),
                field(
                    "history",
                    text(),
                    "Path of a CSV file of dates and values, which tells the growth instead.",
                ),
            ]),
            "From the month of the start on, in steps at the first of each month.",
        ),
    ]
}

/// When something happens.
pub(super) fn times() -> Vec<Field> {
    vec![
        field("at", Shape::Instant, "Once. This, `every` or `cron`."),
        field(
            "cron",
            text(),
            "Five fields in local time, such as \"0 2 * * *\". This, `at` or `every`.",
        ),
        field("every", Shape::Length(false), "Each time after so long. This, `at` or `cron`."),
        field("first", Shape::Instant, "The first time, with `every`. Default: the start."),
    ]
}

fn event() -> Vec<Field> {
    let does = [
        "drain",
        "resume",
        "update",
        "fail",
        "repair",
        "join",
        "evict",
        "move-volume",
        "migrate",
        "redirect",
        "balance-volumes",
        "realign",
    ];
    let mut all = times();
    all.extend([
        field("do", words(&does), "What happens.").needed(),
        field("name", text(), "What reports call it. Default: what it does, to what."),
        field(
            "for",
            Shape::Length(false),
            "drain, fail, redirect: until it is undone. Default: never.",
        ),
        field("node", names(), "drain, resume, fail, repair, join, evict: the nodes."),
        field("nodes", names(), "update: the nodes, one after the other. Default: all."),
        field("install", Shape::Length(false), "update: how long installing takes.").or("10 min"),
        field("restart", Shape::Length(false), "update: how long a restart takes.").or("10 min"),
        field(
            "failback",
            words_of(&Failback::ALL),
            "drain, resume, update: whether what was drained returns.",
        )
        .or("immediate"),
        field("nic", name(), "fail, repair: the port of the node."),
        field("network", names(), "fail, repair: the network whose switch it is."),
        field("storage", name(), "fail, repair: the storage system."),
        field("ports", counts(1, 65_536), "fail, repair: how many ports of the paths to it."),
        field("controllers", counts(1, 65_536), "fail, repair: how many controllers of an array."),
        field("drives", counts(1, 65_536), "fail, repair: how many capacity drives of the node."),
        field("volume", names(), "move-volume, redirect: the volumes."),
        field("vm", names(), "migrate: the machines."),
        field("to", name(), "move-volume, migrate: the node."),
        field("on", flag(), "redirect: on or off.").or(true),
        field("guest-cluster", names(), "realign: the guest clusters."),
        field(
            "move",
            words_of(&RealignBy::ALL),
            "realign: the active member to the owner, or the owner to it.",
        )
        .or("guest"),
    ]);
    all
}

fn rules() -> Vec<Field> {
    vec![
        field(
            "csv-balancer",
            flag(),
            "Whether volumes are spread when a node joins or fails. Default: from 2012 R2.",
        ),
        field(
            "node-fairness",
            words_of(&BalancerMode::ALL),
            "When machines leave busy nodes. Default: \"always\" from 2016, else \"off\".",
        ),
        field(
            "fairness-level",
            counts(1, 3),
            "Nodes are busy above 80 %, 70 % or 60 % of processors or memory.",
        )
        .or(1),
        field(
            "dynamic-optimization",
            table([
                field("every", Shape::Length(false), "How often it looks, 1 min or more.")
                    .or("10 min"),
                field("aggressiveness", words_of(&Aggressiveness::ALL), "How much it moves.")
                    .or("medium"),
                field("cpu-above", ratio(), "A busier node is relieved.").or("80 %"),
                field("memory-free", ratio(), "A fuller node is relieved.").or("20 %"),
            ]),
            "System Center's balancing, which turns node fairness off.",
        ),
        field(
            "live-migration",
            table([
                field(
                    "transport",
                    words_of(&MigrationTransport::ALL),
                    "What carries it. Default: \"compression\"; in 2012 \"tcp\".",
                ),
                field(
                    "simultaneous",
                    counts(1, 1024),
                    "Machines that a node sends or receives at once. Default: 1 from 2022, else 2.",
                ),
                field("limit", rate(), "What a node sends at most. Default: no limit."),
                field("network", name(), "The network. Default: the cluster's choice."),
            ]),
            "How machines move.",
        ),
        field(
            "failover",
            table([
                field("detection", time(), "Until the other nodes know of a failure."),
                field("volume-pause", time(), "I/O to a volume waits while ownership moves."),
                field("restart", time(), "From the start of a machine to its first I/O."),
                field("starts-at-once", counts(1, 1024), "Machines a node starts at once."),
            ]),
            "How failures are met. Default: the parameters failover.*.",
        ),
        field("witness", flag(), "Whether half of the nodes and a witness are a majority.")
            .or(true),
    ]
}
