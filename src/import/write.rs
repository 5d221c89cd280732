//! The draft as TOML.

use std::fmt::Write as _;

use super::draft::{Draft, Hba, Network, Node, Vm, Volume, Workload};
use super::reading::Assumed;

/// The whole scenario, assumptions first.
pub(super) fn text(draft: &Draft, assumed: &[Assumed], folder: &str) -> String {
    let mut out = Out::default();
    out.comment(&format!("Made by csvnet import of {folder}. Names are those of the cluster."));
    out.comment("");
    if assumed.is_empty() {
        out.comment("Nothing had to be assumed.");
    } else {
        out.comment("What the folder does not tell was assumed; put right what you know better:");
        out.comment("");
        for one in assumed {
            out.comment(&format!("- {one}"));
        }
    }
    out.blank();
    out.entry("title", &quoted(&draft.title));
    if !draft.assumed.is_empty() {
        out.entry("assumed", &texts(&draft.assumed));
    }
    cluster(&mut out, draft);
    draft.networks.iter().for_each(|of| network(&mut out, of));
    draft.nodes.iter().for_each(|of| node(&mut out, of, draft));
    storage(&mut out, draft);
    let on = draft.storage.as_ref().map_or("", |storage| storage.name);
    draft.volumes.iter().for_each(|of| volume(&mut out, of, on));
    draft.vms.iter().for_each(|of| vm(&mut out, of));
    for cluster in &draft.guest_clusters {
        out.header(&["guest-clusters", &cluster.name]);
        out.entry("members", &texts(&cluster.members));
        out.entry("active", &quoted(&cluster.active));
    }
    draft.workloads.iter().for_each(|of| workload(&mut out, of));
    if !draft.parameters.is_empty() {
        out.header(&["parameters"]);
        for (name, value) in &draft.parameters {
            out.entry(&key(name), value);
        }
    }
    out.text
}

fn cluster(out: &mut Out, draft: &Draft) {
    out.header(&["cluster"]);
    out.entry("windows", &quoted(draft.windows.name()));
    out.flag("multichannel", draft.multichannel);
    out.flag("use-client-networks", draft.use_client_networks);
    out.flag("smb-signing", draft.signing);
    out.flag("smb-encryption", draft.encryption);
    if let Some(mib) = draft.block_cache_mib {
        out.entry("block-cache", &quoted(&format!("{mib} MiB")));
    }
    let limit = |name: &str, limit: Option<u64>| {
        limit.map(|bytes| format!("{name} = {}", quoted(&format!("{bytes} B/s"))))
    };
    let names = ["live-migration", "virtual-machine", "default"];
    let limits = names.into_iter().zip(draft.limits);
    let limits: Vec<String> = limits.filter_map(|(name, most)| limit(name, most)).collect();
    if !limits.is_empty() {
        out.entry("smb-limits", &format!("{{ {} }}", limits.join(", ")));
    }
    if !draft.constraints.is_empty() {
        out.header(&["multichannel", "constraints"]);
        for (node, ports) in &draft.constraints {
            out.entry(&key(node), &texts(ports));
        }
    }
}

fn network(out: &mut Out, network: &Network) {
    out.header(&["networks", &network.name]);
    out.entry("switch", &quoted(network.switch));
    out.entry("mtu", &quoted(&format!("{} B", network.mtu)));
    if network.pfc {
        out.entry("pfc", "true");
    }
    out.entry("role", &quoted(network.role));
    if let Some(metric) = network.metric {
        out.entry("metric", &metric.to_string());
    }
    if network.subnets > 1 {
        out.entry("subnets", &network.subnets.to_string());
    }
    if !network.ets.is_empty() {
        let classes: Vec<String> =
            network.ets.iter().map(|(name, percent)| format!("{name} = \"{percent} %\"")).collect();
        out.entry("ets", &format!("{{ {} }}", classes.join(", ")));
    }
}

fn node(out: &mut Out, node: &Node, draft: &Draft) {
    out.header(&["nodes", &node.name]);
    out.entry("cpu", &quoted(&node.cpu));
    if let Some(memory) = node.memory {
        out.entry("memory", &quoted(&format!("{memory} B")));
    }
    if let Some(load) = node.load {
        out.entry("load", &quoted(&format!("{} %", number(100.0 * load))));
    }
    for nic in &node.nics {
        out.header(&["nodes", &node.name, "nics", &nic.name]);
        out.entry("model", &quoted(&nic.model));
        if let Some(network) = &nic.network {
            out.entry("network", &quoted(network));
        }
        if let Some(rdma) = nic.rdma {
            out.entry("rdma", rdma);
        }
        if !nic.rss {
            out.entry("rss", "false");
        }
    }
    for team in &node.teams {
        out.header(&["nodes", &node.name, "teams", &team.name]);
        out.entry("members", &texts(&team.members));
        out.entry("mode", &quoted(team.mode));
        out.entry("algorithm", &quoted(team.algorithm));
        if team.vnics > 0 {
            out.entry("vnics", &team.vnics.to_string());
        }
        if team.vrss {
            out.entry("vrss", "true");
        }
        out.entry("network", &quoted(&team.network));
    }
    let Some(storage) = &draft.storage else { return };
    match &node.hba {
        Some(Hba::Model(model)) => {
            out.header(&["nodes", &node.name, "hbas", "storage"]);
            out.entry("model", &quoted(model));
            out.entry("storage", &quoted(storage.name));
        }
        Some(Hba::Initiator(ports)) => {
            out.header(&["nodes", &node.name, "hbas", "iscsi"]);
            out.entry("nics", &texts(ports));
            out.entry("storage", &quoted(storage.name));
        }
        None => {}
    }
}

fn storage(out: &mut Out, draft: &Draft) {
    let Some(storage) = &draft.storage else { return };
    out.header(&["storage", storage.name]);
    out.entry("kind", &quoted(storage.kind));
    out.entry("model", &quoted(storage.model));
    if let Some(mpio) = storage.mpio {
        out.entry("mpio", &quoted(mpio));
    }
    if let Some([fast, others]) = storage.drives {
        out.entry("cache-drives", &fast.to_string());
        out.entry("capacity-drives", &others.to_string());
    }
}

fn volume(out: &mut Out, volume: &Volume, storage: &str) {
    out.header(&["volumes", &volume.name]);
    out.entry("storage", &quoted(storage));
    if let Some(owner) = &volume.owner {
        out.entry("owner", &quoted(owner));
    }
    out.entry("file-system", &quoted(if volume.refs { "ReFS" } else { "NTFS" }));
    if let Some(resiliency) = volume.resiliency {
        out.entry("resiliency", &quoted(resiliency));
    }
    volume.marks.iter().for_each(|name| out.entry(name, "true"));
    match volume.filters {
        [true, true] => out.entry(
            "filters",
            "[{ name = \"first\", kind = \"file-system\" }, \
             { name = \"second\", kind = \"volume\" }]",
        ),
        [true, false] => out.entry("incompatible-filter", "\"file-system\""),
        [false, true] => out.entry("incompatible-filter", "\"volume\""),
        [false, false] => {}
    }
    if !volume.lost_paths.is_empty() {
        out.entry("lost-paths", &texts(&volume.lost_paths));
    }
}

fn vm(out: &mut Out, vm: &Vm) {
    out.header(&["vms", &vm.name]);
    out.entry("node", &quoted(&vm.node));
    out.entry("vcpus", &vm.vcpus.to_string());
    for disk in &vm.disks {
        if !disk.path.is_empty() {
            out.blank();
            out.comment(&disk.path);
        }
        out.header(&["vms", &vm.name, "disks", &disk.name]);
        out.entry("volume", &quoted(&disk.volume));
        for (name, value) in
            [("sharing", disk.sharing), ("format", disk.format), ("growth", disk.growth)]
        {
            if let Some(value) = value {
                out.entry(name, &quoted(value));
            }
        }
        if let Some(most) = disk.max_iops {
            out.entry("max-iops", &quoted(&format!("{most} IOPS")));
        }
    }
}

fn workload(out: &mut Out, workload: &Workload) {
    out.header(&["workloads", &workload.name]);
    match &workload.guest_cluster {
        Some(cluster) => out.entry("guest-cluster", &quoted(cluster)),
        None => match workload.vms.as_slice() {
            [one] => out.entry("vm", &quoted(one)),
            several => out.entry("vm", &texts(several)),
        },
    }
    out.entry("disk", &quoted(&workload.disk));
    out.entry("block", &quoted(&format!("{} B", workload.block)));
    out.entry("read", &quoted(&format!("{} %", number(workload.read_percent))));
    out.entry("rate", &quoted(&format!("{} IOPS", number(workload.iops))));
    out.entry("working-set", &quoted(&format!("{} B", workload.working_set)));
}

/// Three decimals are enough of anything measured.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Lines of a file.
#[derive(Default)]
struct Out {
    text: String,
    /// Whether a remark stands before the header to come.
    remark: bool,
}

impl Out {
    fn comment(&mut self, text: &str) {
        // No control character may stand in a comment.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = format!("# {text}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
        self.remark = true;
    }

    fn blank(&mut self) {
        self.text.push('\n');
        self.remark = false;
    }

    fn header(&mut self, path: &[&str]) {
        if !self.remark {
            self.blank();
        }
        let path: Vec<String> = path.iter().map(|part| key(part)).collect();
        // Writing to a text never fails.
        let _ = writeln!(self.text, "[{}]", path.join("."));
        self.remark = false;
    }

    fn entry(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.text, "{name} = {value}");
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.entry(name, if value { "true" } else { "false" });
        }
    }
}

/// A key, quoted where it must be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

/// A basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn texts(all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|text| quoted(text)).collect();
    format!("[{}]", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_survives(name in "\\PC{0,20}|[\\x00-\\x7f]{0,10}") {
            let text = format!("[a.{}]\nb = {}\n", key(&name), quoted(&name));
            let table: toml::Table = text.parse().unwrap();
            let inner = table["a"].as_table().unwrap();
            prop_assert_eq!(inner[&name]["b"].as_str(), Some(name.as_str()));
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(70.0), "70");
        assert_eq!(number(0.1234), "0.123");
        assert_eq!(number(100.0), "100");
    }
}
