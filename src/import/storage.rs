//! What the volumes lie on: Storage Spaces Direct, shared enclosures, or an array and its
//! adapters.

use super::draft::{Draft, Hba, Storage};
use super::enums::{BUS_TYPE, JOURNAL, MEDIA_TYPE, USAGE};
use super::reading::{Reading, list};
use super::volumes::Known;
use crate::topology::WindowsVersion;

const FIBRE_CHANNEL: i64 = 6;
const ISCSI: i64 = 9;
const SAS: i64 = 10;
const NVME: i64 = 17;

/// Words in what an array calls itself, and the model that is nearest to it.
const ARRAYS: [(&str, &str); 12] = [
    ("sc40", "compellent-sc40-fc8"),
    ("compelnt", "dell-sc4020-fc8"),
    ("vnx", "emc-vnx5300-fc8"),
    ("dgc", "dell-unity-450f"),
    ("unity", "dell-unity-450f"),
    ("netapp", "netapp-fas2240-2-fc8"),
    ("pure", "pure-flasharray-m50"),
    ("flasharray", "pure-flasharray-m50"),
    ("msa 20", "hp-msa-2040-sas"),
    ("md32", "dell-md3220-sas"),
    ("eqlogic", "dell-equallogic-ps6100"),
    ("100e-00", "dell-equallogic-ps6100"),
];

/// Words in the name of an adapter, and its model.
const HBAS: [(&str, &str); 14] = [
    ("qle2462", "qlogic-qle2462"),
    ("qle2460", "qlogic-qle2462"),
    ("qle256", "qlogic-qle2562"),
    ("qle274", "qlogic-qle2742"),
    ("lpe12002", "emulex-lpe12002"),
    ("lpe1200", "emulex-lpe12002"),
    ("lpe1600", "emulex-lpe16002"),
    ("lpe3200", "emulex-lpe32002"),
    ("9200-8e", "lsi-sas-9200-8e"),
    ("sas2008", "lsi-sas-9200-8e"),
    ("9207-8e", "lsi-sas-9207-8e"),
    ("2308", "lsi-sas-9207-8e"),
    ("9300-8e", "lsi-sas-9300-8e"),
    ("3008", "lsi-sas-9300-8e"),
];

/// Decides on the storage and gives the nodes what they reach it with.
pub(super) fn read(reading: &mut Reading<'_>, volumes: &[Known], draft: &mut Draft) {
    let direct = reading
        .rows("Get-Cluster")
        .first()
        .and_then(|row| reading.take(row.item.switch("S2DEnabled")));
    let mut pool = false;
    for row in reading.rows("Get-StoragePool") {
        let name = reading.take(row.item.text("FriendlyName")).unwrap_or_default();
        pool |= name.to_lowercase().starts_with("s2d");
    }
    let buses = buses(reading);
    let spaces = volumes.iter().any(Known::on_spaces);
    let has = |bus: i64| buses.iter().any(|(have, _)| *have == bus);
    if direct == Some(true) || (direct.is_none() && pool) {
        if direct.is_none() {
            let what = "the volumes are on Storage Spaces Direct";
            reading.assume(what, "a pool is called so, and Get-Cluster was not exported");
        }
        spaces_direct(reading, draft);
    } else if direct.is_none() && spaces && draft.windows >= WindowsVersion::W2016 {
        let what = "the volumes are on Storage Spaces Direct";
        let because = "a node has no storage space attached (StorageSpaceNotAttached), and no \
                       export tells what storage it is";
        reading.assume(what, because);
        spaces_direct(reading, draft);
    } else if spaces {
        enclosures(reading, draft);
    } else if has(ISCSI) && !has(FIBRE_CHANNEL) {
        iscsi(reading, &buses, draft);
    } else {
        array(reading, &buses, draft);
    }
}

/// Buses of clustered disks, each with what the disk calls itself.
fn buses(reading: &mut Reading<'_>) -> Vec<(i64, String)> {
    let mut buses = Vec::new();
    for row in reading.rows("Get-Disk") {
        let clustered = reading.take(row.item.flag("IsClustered")).unwrap_or(false);
        let Some(bus) = reading.take(row.item.enum_of("BusType", &BUS_TYPE)) else { continue };
        let words = ["FriendlyName", "Manufacturer", "Model"]
            .map(|field| reading.take(row.item.text(field)).unwrap_or_default());
        let found = (bus, words.join(" ").to_lowercase());
        if clustered && !buses.contains(&found) {
            buses.push(found);
        }
    }
    buses
}

fn spaces_direct(reading: &mut Reading<'_>, draft: &mut Draft) {
    let nodes = draft.nodes.len().max(1) as u64;
    // Fast drives, then others, by what they are.
    let (mut cache, mut capacity) = ([0_u64; 3], [0_u64; 3]);
    for row in reading.rows("Get-PhysicalDisk") {
        let media = reading.take(row.item.enum_of("MediaType", &MEDIA_TYPE));
        let bus = reading.take(row.item.enum_of("BusType", &BUS_TYPE));
        let usage = reading.take(row.item.enum_of("Usage", &USAGE));
        // Drives to start from are no part of a pool: SATA and SAS drives and NVMe are.
        if ![Some(SAS), Some(11), Some(NVME), Some(18)].contains(&bus) {
            continue;
        }
        let kind = match (media, bus) {
            (Some(3), _) => 2,
            (_, Some(NVME | 18)) => 0,
            _ => 1,
        };
        let count = if usage == Some(JOURNAL) { &mut cache } else { &mut capacity };
        count[kind] += 1;
    }
    let (fast, slow) = (cache.iter().sum::<u64>(), capacity.iter().sum::<u64>());
    let [nvme, ssd, hdd] = capacity;
    let model = match (fast, slow) {
        (0, 0) => "",
        (0, _) if hdd > 0 => "s2d-ssd-hdd",
        (0, _) if ssd > 0 && ssd / nodes <= 2 => "s2d-two-ssd",
        (0, _) if ssd > 0 => "s2d-four-ssd",
        (0, _) if nvme / nodes >= 8 => "s2d-ten-nvme-gen4",
        (0, _) => "s2d-four-nvme",
        _ if cache[0] > 0 && hdd > 0 => "s2d-nvme-hdd",
        _ if cache[0] > 0 => "s2d-nvme-ssd",
        _ => "s2d-ssd-hdd",
    };
    let drives = if model.is_empty() {
        let what = "each node has four NVMe drives (`s2d-four-nvme`)";
        reading.assume(what, "Get-PhysicalDisk was not exported, or has no drive of a pool");
        None
    } else {
        let what = format!("the drives are as those of `{model}`");
        reading.assume(what, "Get-PhysicalDisk tells kinds and numbers, not speeds");
        if !fast.is_multiple_of(nodes) || !slow.is_multiple_of(nodes) {
            let what = "the drives are spread evenly over the nodes";
            reading.assume(what, format!("{fast} and {slow} drives are listed for all of them"));
        }
        Some([fast.div_ceil(nodes), slow.div_ceil(nodes).max(1)])
    };
    let model = if model.is_empty() { "s2d-four-nvme" } else { model };
    let kind = "storage-spaces-direct";
    draft.storage = Some(Storage { name: "pool", kind, model, mpio: None, drives });
}

fn enclosures(reading: &mut Reading<'_>, draft: &mut Draft) {
    let what = "the volumes are on storage spaces in a shared enclosure (`jbod-24-sas-10k`)";
    let because = "nodes have no storage space attached, and there is no Storage Spaces Direct";
    reading.assume(what, because);
    let hba = card(reading, "lsi-sas-9300-8e", true);
    let model = "jbod-24-sas-10k";
    let storage = Storage { name: "jbod", kind: "storage-spaces", model, ..Storage::default() };
    draft.storage = Some(storage);
    for node in &mut draft.nodes {
        node.hba = Some(Hba::Model(hba));
    }
}

fn array(reading: &mut Reading<'_>, buses: &[(i64, String)], draft: &mut Draft) {
    let sas = buses.iter().any(|(bus, _)| *bus == SAS)
        && !buses.iter().any(|(bus, _)| *bus == FIBRE_CHANNEL);
    let usual = if sas { "hp-msa-2040-sas" } else { "generic-all-flash" };
    let model = known_array(reading, buses, usual);
    let sas = model.ends_with("-sas");
    if buses.is_empty() {
        let what = "the volumes are on an array behind adapters of every node";
        reading.assume(what, "no export tells what storage it is (Get-Cluster, Get-Disk)");
    }
    let hba = card(reading, if sas { "lsi-sas-9300-8e" } else { "qlogic-qle2742" }, sas);
    let mpio = mpio(reading);
    draft.storage = Some(Storage { name: "san", kind: "array", model, mpio, drives: None });
    for node in &mut draft.nodes {
        node.hba = Some(Hba::Model(hba));
    }
}

fn iscsi(reading: &mut Reading<'_>, buses: &[(i64, String)], draft: &mut Draft) {
    let model = known_array(reading, buses, "generic-iscsi-hybrid-10g");
    let mpio = mpio(reading);
    draft.storage = Some(Storage { name: "san", kind: "array", model, mpio, drives: None });
    let aside: Vec<String> = draft
        .networks
        .iter()
        .filter(|network| network.role == "none")
        .map(|network| network.name.clone())
        .collect();
    for node in &mut draft.nodes {
        let on = |nic: &&super::draft::Nic| {
            nic.network.as_ref().is_some_and(|on| aside.is_empty() || aside.contains(on))
        };
        let ports: Vec<String> = node.nics.iter().filter(on).map(|nic| nic.name.clone()).collect();
        if ports.is_empty() {
            let what = format!("`{}` reaches the array by Fibre Channel", node.name);
            reading.assume(what, "no port of it that iSCSI could use was exported");
            node.hba = Some(Hba::Model("qlogic-qle2742"));
            continue;
        }
        let what = format!("{} of `{}` carry iSCSI", list(&ports), node.name);
        let because = if aside.is_empty() {
            "no network has the role None, so all ports may"
        } else {
            "they are on networks with the role None"
        };
        reading.assume(what, because);
        node.hba = Some(Hba::Initiator(ports));
    }
}

fn known_array(
    reading: &mut Reading<'_>,
    buses: &[(i64, String)],
    usual: &'static str,
) -> &'static str {
    for (_, words) in buses {
        if let Some((_, model)) = ARRAYS.iter().find(|(word, _)| words.contains(word)) {
            let what = format!("the array is as `{model}`");
            reading.assume(what, format!("a disk calls itself {words:?}, without the model"));
            return model;
        }
    }
    let what = format!("the array is as `{usual}`");
    reading.assume(what, "no disk was exported that tells its maker");
    usual
}

/// The adapter that most nodes have, or the one that is usual.
fn card(reading: &mut Reading<'_>, usual: &'static str, sas: bool) -> &'static str {
    let mut names = Vec::new();
    for (cmdlet, fields) in [
        ("MSFC_FCAdapterHBAAttributes", ["Model", "ModelDescription"]),
        ("Win32_SCSIController", ["Name", "Manufacturer"]),
    ] {
        for row in reading.rows(cmdlet) {
            for field in fields {
                names.extend(reading.take(row.item.text(field)).map(|name| name.to_lowercase()));
            }
        }
    }
    for name in &names {
        let found = HBAS
            .iter()
            .find(|(words, model)| name.contains(words) && model.starts_with("lsi") == sas);
        if let Some((_, model)) = found {
            return model;
        }
    }
    let what = format!("every node has an adapter as `{usual}`");
    reading.assume(what, "no adapter was exported that the catalogue knows");
    usual
}

/// The policy of MPIO, where it is one for all.
fn mpio(reading: &mut Reading<'_>) -> Option<&'static str> {
    let row = reading.rows("Get-MSDSMGlobalDefaultLoadBalancePolicy").into_iter().next()?;
    match reading.take(row.item.text("Policy"))?.to_lowercase().as_str() {
        "rr" => Some("round-robin-with-subset"),
        "lqd" => Some("least-queue-depth"),
        "foo" => Some("fail-over-only"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Catalogue, Family};

    #[test]
    fn every_model_is_in_the_catalogue() {
        let catalogue = Catalogue::builtin().unwrap();
        for (_, model) in ARRAYS {
            assert!(catalogue.model(Family::Arrays, model).is_some(), "{model}");
        }
        for (_, model) in HBAS {
            assert!(catalogue.model(Family::Hbas, model).is_some(), "{model}");
        }
    }
}
