//! Network adapters of nodes, and the catalogue's models of them.

use super::draft::Nic;
use super::nodes::Members;
use super::reading::{Reading, same};
use crate::scenario::{Catalogue, Family};
use crate::trace::powershell::PsItem;

/// An adapter of a node, physical or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Adapter {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) bits_per_s: Option<u64>,
    pub(super) mtu: Option<u64>,
    pub(super) virtual_: bool,
    pub(super) rdma: Option<bool>,
    pub(super) rss: Option<bool>,
}

/// Words in the description of an adapter, its speed in Gbit/s, and the model that it is.
const MODELS: [(&str, u64, &str); 21] = [
    ("connectx-3 pro", 10, "mellanox-connectx-3-pro-10g"),
    ("connectx-3 pro", 40, "mellanox-connectx-3-pro-40g"),
    ("connectx-3", 10, "mellanox-connectx-3-10g"),
    ("connectx-3", 56, "mellanox-connectx-3-fdr"),
    ("connectx-4 lx", 10, "mellanox-connectx-4-lx-10g"),
    ("connectx-4 lx", 25, "mellanox-connectx-4-lx-25g"),
    ("connectx-5", 25, "mellanox-connectx-5-25g"),
    ("connectx-5", 100, "mellanox-connectx-5-100g"),
    ("connectx-6", 100, "mellanox-connectx-6-dx-100g"),
    ("connectx-6", 200, "mellanox-connectx-6-dx-200g"),
    ("e810", 25, "intel-e810-25g"),
    ("e810", 100, "intel-e810-100g"),
    ("x710", 10, "intel-x710"),
    ("x520", 10, "intel-x520"),
    ("i350", 1, "intel-i350"),
    ("57810", 10, "broadcom-bcm57810"),
    ("57800", 1, "broadcom-bcm57800-1g"),
    ("57414", 25, "broadcom-bcm57414"),
    ("t520", 10, "chelsio-t520-cr"),
    ("t6225", 25, "chelsio-t6225-cr"),
    ("t62100", 100, "chelsio-t62100-cr"),
];

/// What stands for any adapter of a speed.
const BY_SPEED: [(u64, &str); 6] = [
    (1, "intel-i350"),
    (10, "intel-x710"),
    (25, "mellanox-connectx-4-lx-25g"),
    (40, "mellanox-connectx-3-pro-40g"),
    (100, "mellanox-connectx-5-100g"),
    (200, "mellanox-connectx-6-dx-200g"),
];

/// The model of an adapter and whether it is that very one.
pub(super) fn model(description: &str, bits_per_s: u64) -> (&'static str, bool) {
    let description = description.to_lowercase();
    let gigabits = (bits_per_s as f64 / 1e9).max(0.1);
    let exact = MODELS.iter().find(|(words, speed, _)| {
        description.contains(words) && (gigabits / *speed as f64 - 1.0).abs() < 0.05
    });
    if let Some((_, _, model)) = exact {
        return (model, true);
    }
    let far = |speed: u64| (gigabits / speed as f64).ln().abs();
    let near = BY_SPEED.iter().min_by(|(a, _), (b, _)| far(*a).total_cmp(&far(*b)));
    (near.map_or(BY_SPEED[1].1, |(_, model)| model), false)
}

/// The RDMA that adapters of a maker speak.
fn rdma_word(description: &str) -> &'static str {
    let description = description.to_lowercase();
    let iwarp = ["chelsio", "x722", "e810", "e822", "e823", "qlogic fastlinq"];
    if iwarp.iter().any(|maker| description.contains(maker)) { "\"iwarp\"" } else { "\"roce-v2\"" }
}

/// Adapters that are up, by node in the order of the exports.
pub(super) fn read(reading: &mut Reading<'_>, members: &Members) -> Vec<(String, Vec<Adapter>)> {
    let mut all: Vec<(String, Vec<Adapter>)> =
        members.up.iter().map(|node| (node.clone(), Vec::new())).collect();
    for row in reading.rows("Get-NetAdapter") {
        let homes = reading.homes("Get-NetAdapter", &row, members);
        let Some(adapter) = adapter(reading, &row.item) else { continue };
        for (_, adapters) in all.iter_mut().filter(|(name, _)| homes.contains(name)) {
            adapters.push(adapter.clone());
        }
    }
    switches(reading, members, &mut all, "Get-NetAdapterRdma", |adapter, on| {
        adapter.rdma = Some(on);
    });
    switches(reading, members, &mut all, "Get-NetAdapterRss", |adapter, on| {
        adapter.rss = Some(on);
    });
    // Adapters without RDMA are not listed at all.
    if reading.folder.has("Get-NetAdapterRdma") {
        for adapter in all.iter_mut().flat_map(|(_, adapters)| adapters) {
            adapter.rdma.get_or_insert(false);
        }
    }
    all
}

fn adapter(reading: &mut Reading<'_>, item: &PsItem<'_>) -> Option<Adapter> {
    let name = reading.take(item.text("Name"))?;
    let description = reading.take(item.text("InterfaceDescription")).unwrap_or_default();
    let speed = reading.take(item.bytes("TransmitLinkSpeed"));
    let speed = speed.or_else(|| reading.take(item.bytes("ReceiveLinkSpeed")));
    // A speed beyond any is how a missing link is told.
    let speed = speed.filter(|speed| (1..1_000_000_000_000_000).contains(speed));
    let shown = item.text("LinkSpeed").ok().flatten().and_then(|text| display_speed(&text));
    let mtu = reading.take(item.bytes("MtuSize"));
    let connected = item.bytes("MediaConnectState").ok().flatten();
    let status = item.text("Status").ok().flatten();
    let up = match (&status, connected) {
        (Some(status), _) => status.eq_ignore_ascii_case("Up"),
        (None, Some(state)) => state == 1,
        (None, None) => true,
    };
    if !up {
        return None;
    }
    let lower = description.to_lowercase();
    let made = ["hyper-v virtual", "multiplexor", "failover cluster virtual", "loopback", "isatap"];
    let virtual_ = item.flag("Virtual").ok().flatten().unwrap_or(false)
        || made.iter().any(|words| lower.contains(words));
    Some(Adapter {
        name,
        description,
        bits_per_s: speed.or(shown),
        mtu: mtu.filter(|mtu| *mtu > 0),
        virtual_,
        rdma: None,
        rss: None,
    })
}

/// `10 Gbps`, as adapters show their speed.
fn display_speed(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ')?;
    let number: f64 =
        number.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0 && *n < 1e6)?;
    let scale = match unit {
        "bps" => 1.0,
        "Kbps" => 1e3,
        "Mbps" => 1e6,
        "Gbps" => 1e9,
        "Tbps" => 1e12,
        _ => return None,
    };
    Some((number * scale) as u64)
}

fn switches(
    reading: &mut Reading<'_>,
    members: &Members,
    all: &mut [(String, Vec<Adapter>)],
    cmdlet: &str,
    set: impl Fn(&mut Adapter, bool),
) {
    for row in reading.rows(cmdlet) {
        let (Some(name), Some(on)) =
            (reading.take(row.item.text("Name")), reading.take(row.item.switch("Enabled")))
        else {
            continue;
        };
        let homes = reading.homes(cmdlet, &row, members);
        let of = all.iter_mut().filter(|(have, _)| homes.contains(have));
        for adapter in of.flat_map(|(_, adapters)| adapters) {
            if same(&adapter.name, &name) {
                set(adapter, on);
            }
        }
    }
}

/// The port that an adapter is in the scenario, not plugged in yet.
pub(super) fn port(reading: &mut Reading<'_>, node: &str, adapter: &Adapter) -> Nic {
    let speed = adapter.bits_per_s.unwrap_or_else(|| {
        let what = format!("`{}` of `{node}` has 10 Gbit/s", adapter.name);
        reading.assume(what, "no export tells its speed");
        10_000_000_000
    });
    let (model, exact) = model(&adapter.description, speed);
    if !exact {
        let what = format!("`{}` of `{node}` is as `{model}`", adapter.name);
        let gigabits = speed as f64 / 1e9;
        let because = format!(
            "the catalogue has no {:?} at {gigabits} Gbit/s, and this is nearest in speed",
            adapter.description
        );
        reading.assume(what, because);
    }
    let catalogue = Catalogue::builtin().unwrap_or_default();
    let of_model = catalogue.model(Family::Nics, model).map(|(_, model)| model);
    let speaks = of_model.is_some_and(|model| model.word("rdma") != "none");
    let queues = of_model.is_some_and(|model| model.number("rss-queues") > 1.0);
    let rdma = match (adapter.rdma, speaks, exact) {
        (Some(true), true, true) | (None | Some(false), false, _) => None,
        (Some(true), _, _) => Some(rdma_word(&adapter.description)),
        (Some(false), true, _) => Some("false"),
        (None, true, exact) => {
            let word = if exact { "on" } else { "off" };
            let what = format!("RDMA of `{}` of `{node}` is {word}", adapter.name);
            reading.assume(what, "Get-NetAdapterRdma was not exported");
            (!exact).then_some("false")
        }
    };
    Nic {
        name: adapter.name.clone(),
        model: model.to_owned(),
        network: None,
        rdma,
        rss: !(adapter.rss == Some(false) && queues),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_told_by_description_and_speed() {
        for (description, gigabits, expected) in [
            ("Mellanox ConnectX-5 Adapter #2", 25, ("mellanox-connectx-5-25g", true)),
            ("Mellanox ConnectX-5 Adapter", 100, ("mellanox-connectx-5-100g", true)),
            ("Mellanox ConnectX-3 Pro Ethernet Adapter", 10, ("mellanox-connectx-3-pro-10g", true)),
            ("Mellanox ConnectX-3 Ethernet Adapter", 10, ("mellanox-connectx-3-10g", true)),
            ("Intel(R) Ethernet Converged Network Adapter X710", 10, ("intel-x710", true)),
            ("Intel(R) Ethernet Converged Network Adapter X710", 1, ("intel-i350", false)),
            ("Realtek", 5, ("intel-x710", false)),
            ("", 400, ("mellanox-connectx-6-dx-200g", false)),
        ] {
            assert_eq!(model(description, gigabits * 1_000_000_000), expected, "{description}");
        }
        assert_eq!(model("", 0).0, "intel-i350");
        assert_eq!(display_speed("10 Gbps"), Some(10_000_000_000));
        assert_eq!(display_speed("2.5 Gbps"), Some(2_500_000_000));
        assert_eq!(display_speed("fast"), None);
    }

    #[test]
    fn every_model_is_in_the_catalogue_at_its_speed() {
        let catalogue = Catalogue::builtin().unwrap();
        let rows = MODELS.iter().map(|(_, speed, model)| (*speed, *model));
        for (gigabits, model) in rows.chain(BY_SPEED) {
            let (_, found) = catalogue.model(Family::Nics, model).unwrap();
            let speed = found.number("speed") / 1e9;
            assert!((speed / gigabits as f64 - 1.0).abs() < 0.05, "{model}: {speed}");
        }
    }
}
