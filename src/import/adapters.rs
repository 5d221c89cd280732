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

/// What stands for any adapter with RDMA of a speed that has none above.
const WITH_RDMA: [(u64, &str, &str); 2] =
    [(10, "\"iwarp\"", "chelsio-t520-cr"), (10, "\"roce-v2\"", "mellanox-connectx-4-lx-10g")];

/// How well a model fits an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is that very one.
    Exact,
    /// The description is of it; its speed is not told, or nearly the same.
    Described,
    /// It is only nearest in speed.
    Nearest,
}

/// The model of an adapter: by description and speed, as far as they are told, and by whether it
/// does RDMA.
fn model(description: &str, bits_per_s: Option<u64>, rdma: Option<bool>) -> (&'static str, Fit) {
    let text = description.to_lowercase();
    let words = MODELS.iter().map(|(words, ..)| *words).find(|words| text.contains(words));
    let mut family: Vec<(u64, &'static str)> = MODELS
        .iter()
        .filter(|(own, ..)| Some(*own) == words)
        .map(|(_, speed, model)| (*speed, *model))
        .collect();
    family.sort_unstable();
    let gigabits = match (bits_per_s, family.first()) {
        (Some(bits), _) => (bits as f64 / 1e9).max(0.1),
        // The slowest promises least.
        (None, Some((_, model))) => return (model, Fit::Described),
        (None, None) => 10.0,
    };
    let far = |speed: u64| (gigabits / speed as f64).ln().abs();
    let nearest = |of: &[(u64, &'static str)]| {
        of.iter().copied().min_by(|(a, _), (b, _)| far(*a).total_cmp(&far(*b)))
    };
    match nearest(&family) {
        Some((speed, model)) if far(speed) < 0.05 => return (model, Fit::Exact),
        Some((speed, model)) if far(speed) < 0.3 => return (model, Fit::Described),
        _ => {}
    }
    let (speed, any) = nearest(&BY_SPEED).unwrap_or(BY_SPEED[1]);
    // One that speaks RDMA is told by others than one that does not.
    let rdma = rdma.unwrap_or_else(|| family.iter().any(|(_, model)| speaks(model)));
    let word = rdma_word(description);
    let with = WITH_RDMA.iter().find(|(own, speaks, _)| *own == speed && *speaks == word);
    (with.filter(|_| rdma).map_or(any, |(.., model)| model), Fit::Nearest)
}

/// Whether a model of the catalogue does RDMA.
fn speaks(model: &str) -> bool {
    let catalogue = Catalogue::builtin().unwrap_or_default();
    let found = catalogue.model(Family::Nics, model).map(|(_, model)| model.word("rdma") != "none");
    found.unwrap_or(false)
}

/// Bits a second of a model of the catalogue.
pub(super) fn speed_of(model: &str) -> u64 {
    let catalogue = Catalogue::builtin().unwrap_or_default();
    catalogue.model(Family::Nics, model).map_or(0, |(_, model)| model.number("speed") as u64)
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
    let speed = speed
        .or_else(|| item.bytes("Speed").ok().flatten())
        .or_else(|| item.bytes("LinkSpeed").ok().flatten())
        .filter(|speed| (1..1_000_000_000_000_000).contains(speed));
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
    let (model, fit) = model(&adapter.description, adapter.bits_per_s, adapter.rdma);
    let exact = fit != Fit::Nearest;
    let gigabits = speed_of(model) as f64 / 1e9;
    let what = format!("`{}` of `{node}` is as `{model}`, of {gigabits} Gbit/s", adapter.name);
    match (fit, adapter.bits_per_s) {
        (Fit::Exact, _) => {}
        (Fit::Described, None) => {
            let because = format!("it is called {:?}, and no export tells its speed", {
                &adapter.description
            });
            reading.assume(what, because);
        }
        (Fit::Nearest, None) => reading.assume(what, "no export tells its speed or what it is"),
        (_, Some(bits)) => {
            let because = format!(
                "the catalogue has no {:?} at {} Gbit/s, and this is nearest",
                adapter.description,
                bits as f64 / 1e9
            );
            reading.assume(what, because);
        }
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
            ("Mellanox ConnectX-5 Adapter #2", 25, ("mellanox-connectx-5-25g", Fit::Exact)),
            ("Mellanox ConnectX-5 Adapter", 100, ("mellanox-connectx-5-100g", Fit::Exact)),
            (
                "Mellanox ConnectX-3 Pro Ethernet Adapter",
                10,
                ("mellanox-connectx-3-pro-10g", Fit::Exact),
            ),
            ("Mellanox ConnectX-3 Ethernet Adapter", 10, ("mellanox-connectx-3-10g", Fit::Exact)),
            ("Intel(R) Ethernet Converged Network Adapter X710", 10, ("intel-x710", Fit::Exact)),
            ("Intel(R) Ethernet Converged Network Adapter X710", 1, ("intel-i350", Fit::Nearest)),
            ("Mellanox ConnectX-3 Adapter", 54, ("mellanox-connectx-3-fdr", Fit::Exact)),
            // Of the same maker, with RDMA, at the speed at which it runs.
            ("Mellanox ConnectX-5 Adapter", 10, ("mellanox-connectx-4-lx-10g", Fit::Nearest)),
            ("Chelsio T62100", 10, ("chelsio-t520-cr", Fit::Nearest)),
            ("Realtek", 5, ("intel-x710", Fit::Nearest)),
            ("", 400, ("mellanox-connectx-6-dx-200g", Fit::Nearest)),
        ] {
            let found = model(description, Some(gigabits * 1_000_000_000), None);
            assert_eq!(found, expected, "{description}");
        }
        assert_eq!(model("", Some(0), None).0, "intel-i350");
        // Without a speed the name tells the model, and RDMA what kind of one.
        let named = model("Mellanox ConnectX-5 Ex Adapter #3", None, None);
        assert_eq!(named, ("mellanox-connectx-5-25g", Fit::Described));
        assert_eq!(model("vNIC", None, Some(true)), ("mellanox-connectx-4-lx-10g", Fit::Nearest));
        assert_eq!(model("vNIC", None, None), ("intel-x710", Fit::Nearest));
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
