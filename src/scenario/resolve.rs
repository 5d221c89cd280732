//! From one document to one scenario.

use super::backups;
use super::block_cache;
use super::changes;
use super::context::Context;
use super::disks::Places;
use super::document::{Document, Reader, Value};
use super::file_servers;
use super::growth;
use super::limits::{self, Limit};
use super::models::Catalogue;
use super::networks;
use super::nodes;
use super::outages;
use super::owner_loss;
use super::parameters::{self, Used};
use super::run::{self, RunSettings};
use super::smb;
use super::storage::{self, FitRequest};
use super::timeline::{self, Loads, World};
use super::traces::Traces;
use super::traffic;
use super::vms;
use super::volumes::{self, Reach};
use super::workloads::{self, ReplaySettings};
use crate::diagnostic::Diagnostics;
use crate::provenance::ParameterSet;
use crate::schedule::TimelinePlan;
use crate::topology::{Cluster, StorageKind, WindowsVersion};
use crate::workload::WorkloadSpec;

/// A scenario with every name resolved and every number in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// How it is run.
    pub run: RunSettings,
    /// What exists.
    pub cluster: Cluster,
    /// What is asked of it.
    pub workloads: Vec<WorkloadSpec>,
    /// Every number of the model, the hardware used and the storage.
    pub parameters: ParameterSet,
    /// What the prediction is held against.
    pub limits: Vec<Limit>,
    /// What the user should know, each once; no faults.
    pub notes: Vec<String>,
    /// What is told of replayed traces.
    pub replays: Vec<ReplaySettings>,
    /// Devices to fit before anything is predicted.
    pub fits: Vec<FitRequest>,
    /// What happens over hours to years, where it is stated.
    pub timeline: Option<TimelinePlan>,
}

/// Resolves a document.
///
/// # Errors
/// Every fault of it, in order of place.
pub(super) fn resolve(
    document: &Document,
    catalogue: &Catalogue,
    traces: &Traces<'_>,
) -> Result<Scenario, Diagnostics> {
    let mut context =
        Context { document, catalogue, traces, faults: Diagnostics::new(), notes: Vec::new() };
    let mut faults = Diagnostics::new();
    let mut root = Reader::root(document, &mut faults);
    let scenario = read(&mut context, &mut root);
    root.finish();
    faults.append(context.faults);
    faults.into_result(scenario)
}

#[expect(clippy::too_many_lines, reason = "each part of a scenario is read and settled once")]
fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> Scenario {
    root.raw("variants");
    // What a file of fitted parameters holds beside them, when it is included.
    root.raw("apart");
    root.raw("calibration");
    let title = root.required("title");
    let description = root.text("description");
    for text in root.optional::<Vec<String>>("assumed").unwrap_or_default() {
        context.note(format!("assumed: {text}"));
    }
    let run = run::read(root);
    let limits = limits::read(root);
    let told = root.table("cluster", |reader| {
        let windows = windows(reader);
        (windows, smb::read(reader, windows), block_cache::read(reader, windows), trusted(reader))
    });
    let (windows, mut smb, cache, trusted) = told.unwrap_or_else(|| {
        let windows = WindowsVersion::default();
        (windows, smb::defaults(windows), None, Vec::new())
    });
    let (connection_use, constraints) = smb::multichannel(root);
    smb.connection_use = connection_use;
    let mut failures = outages::read(root);
    let mut rates = changes::read_rates(root);
    let timeline = timeline::read(context, root, windows);
    let traffic_drafts = traffic::read(root);

    let mut used = Used::default();
    let mut networks = networks::read(context, root, &mut used);
    let nodes = nodes::read(context, root, windows, &mut used);
    let storage = storage::read(context, root, windows);
    let volumes = volumes::read(context, root, windows, &trusted);
    let vms = vms::read(context, root, windows);
    let file_servers = file_servers::read(context, root);
    let backups = backups::read(context, root);
    let workloads = workloads::read(context, root);

    let of_storage = storage.parameters.iter().cloned();
    let mut parameters = parameters::gather(context, &used, of_storage);
    parameters::override_with(context, root, &mut parameters);

    let storages = storage.build(context, &nodes.names);
    let kinds: Vec<StorageKind> = storages.iter().map(|storage| storage.kind).collect();
    let built = nodes.build(context, &networks, &storage.names, &kinds, &parameters);
    networks.settle(context, &nodes.names, &built.nodes, &built.nics);
    smb.constraints = smb::settle(context, &constraints, &nodes.names, &built.nodes, &built.nics);
    let traffic = traffic::settle(context, &traffic_drafts, &nodes.names, &networks);
    let unsure = nodes.unsure(&storage.names);
    let reach = Reach { nodes: &built.nodes, storages: &storages, unsure: &unsure };
    let mut csvs = volumes.build(context, &nodes.names, &storage.names, &reach, windows);
    let servers = file_servers.build(context, &nodes.names);
    let places = Places {
        nodes: &nodes.names,
        volumes: &volumes.names,
        storages: &storage.names,
        networks: &networks.names,
        file_servers: &file_servers.names,
        servers: &servers,
        csvs: &csvs,
        reach: &reach,
    };
    let mut machines = vms.build(context, &places);
    let mut loads = workloads.build(context, &vms, &machines);
    growth::settle(context, &mut machines.disks, &machines.growing, &loads);
    let backups_built = backups.build(context, (&nodes.names, &volumes.names), &reach, &mut csvs);
    machines.luns.into_iter().for_each(|lun| _ = csvs.push(lun));
    let cache = cache.map(|cache| cache.build(context, windows, &nodes.memories()));
    let limits = limits::parse(context, &limits, &workloads.loads());
    let run = run.settle(context, workloads.times);
    if timeline.refuses(context, &volumes, &workloads) {
        (failures, rates) = (Vec::new(), Vec::new());
    } else {
        owner_loss::settle(context, &volumes, &nodes.names, &reach, &run, &mut csvs);
        changes::settle_volumes(context, &volumes, &nodes.names, &reach, &run, &mut csvs);
        changes::settle_active(context, &workloads, &run, &mut loads);
    }
    let ports = (&built.nodes, &built.nics);
    let rate_changes = changes::settle_rates(context, &rates, &nodes.names, ports, &run);
    let outages =
        outages::settle(context, &failures, &nodes.names, &built.nodes, &built.nics, &run);

    let world = World {
        windows,
        nodes: &nodes.names,
        networks: &networks.names,
        storages: &storage.names,
        volumes: &volumes.names,
        vms: &vms.names,
        clusters: &vms.cluster_names,
        reach: &reach,
        nics: &built.nics,
        csvs: &csvs,
        machines: &machines.vms,
        disks: &machines.disks,
        guest_clusters: &machines.clusters,
        parameters: &parameters,
    };
    let plans = Loads {
        workloads: workloads.plans(),
        backups: backups.plans(),
        traffic: traffic::plans(&traffic_drafts),
    };
    let timeline = timeline.settle(context, &world, &plans);

    Scenario {
        title: title.unwrap_or_default(),
        description,
        run,
        workloads: loads,
        parameters,
        limits,
        notes: std::mem::take(&mut context.notes),
        replays: workloads.replays,
        fits: storage.fits,
        timeline,
        cluster: Cluster {
            windows,
            nodes: built.nodes,
            nics: built.nics,
            networks: networks.items,
            storages,
            volumes: csvs,
            vms: machines.vms,
            disks: machines.disks,
            guest_clusters: machines.clusters,
            file_servers: servers,
            backups: backups_built,
            block_cache: cache,
            smb,
            outages,
            rate_changes,
            traffic,
        },
    }
}

/// The version of Windows. A year reads as a number, above all on the command line.
fn windows(reader: &mut Reader<'_, '_>) -> WindowsVersion {
    if let Some(Value::Integer(year)) = reader.raw("windows").map(|node| &node.value) {
        let year = year.to_string();
        if let Some((_, version)) = WindowsVersion::ALL.iter().find(|(name, _)| *name == year) {
            return *version;
        }
    }
    reader.choice("windows", &WindowsVersion::ALL).unwrap_or_default()
}

/// The filters of the cluster property `SharedVolumeCompatibleFilters`.
fn trusted(reader: &mut Reader<'_, '_>) -> Vec<String> {
    let named = reader.names("shared-volume-compatible-filters").unwrap_or_default();
    named.iter().map(|name| volumes::driver(&name.value)).collect()
}
