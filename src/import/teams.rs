//! Teams: LBFO, Switch Embedded Teaming, and host vNICs above either.

use super::adapters::{self, Adapter};
use super::draft::{Node, Team};
use super::enums::{TEAM_ALGORITHM, TEAM_MODE};
use super::networks::{Interface, Known};
use super::nodes::Members;
use super::reading::{Reading, list, same};

/// A virtual switch of a node.
#[derive(Debug)]
struct Switch {
    node: Option<String>,
    name: String,
    embedded: bool,
    /// Descriptions of its physical adapters.
    uplinks: Vec<String>,
    algorithm: &'static str,
}

/// An LBFO team.
#[derive(Debug)]
struct Lbfo {
    node: Option<String>,
    name: String,
    members: Vec<String>,
    interfaces: Vec<String>,
    mode: &'static str,
    algorithm: &'static str,
}

/// A vNIC of the host.
#[derive(Debug)]
struct VNic {
    node: Option<String>,
    name: String,
    switch: String,
    vrss: bool,
}

/// Switches, teams and vNICs of all nodes.
#[derive(Debug, Default)]
pub(super) struct Switches {
    above: Vec<Switch>,
    teams: Vec<Lbfo>,
    vnics: Vec<VNic>,
    /// Node, name of the interface, bits a second as SMB sees it.
    speeds: Vec<(Option<String>, String, u64)>,
}

fn algorithm(number: Option<i64>) -> &'static str {
    match number {
        Some(2) => "ip-addresses",
        Some(3) => "mac-addresses",
        Some(4) => "hyper-v-port",
        Some(5) => "dynamic",
        _ => "transport-ports",
    }
}

impl Switches {
    pub(super) fn read(reading: &mut Reading<'_>, members: &Members) -> Self {
        let mut all = Self::default();
        for row in reading.rows("Get-VMSwitch") {
            let embedded = reading.take(row.item.flag("EmbeddedTeamingEnabled")).unwrap_or(false);
            let mut uplinks = reading.all(row.item.texts("NetAdapterInterfaceDescriptions"));
            if uplinks.is_empty() {
                uplinks.extend(reading.take(row.item.text("NetAdapterInterfaceDescription")));
            }
            let Some(name) = reading.take(row.item.text("Name")) else { continue };
            let node = members.up(row.node.as_ref());
            all.above.push(Switch { node, name, embedded, uplinks, algorithm: "hyper-v-port" });
        }
        for row in reading.rows("Get-VMSwitchTeam") {
            let number = reading.take(row.item.enum_of("LoadBalancingAlgorithm", &TEAM_ALGORITHM));
            let uplinks = reading.all(row.item.texts("NetAdapterInterfaceDescription"));
            let Some(name) = reading.take(row.item.text("Name")) else { continue };
            let node = members.up(row.node.as_ref());
            let of = all.above.iter_mut().find(|s| same(&s.name, &name) && s.node == node);
            if let Some(switch) = of {
                if number == Some(5) {
                    switch.algorithm = "dynamic";
                }
                if !uplinks.is_empty() {
                    switch.embedded = true;
                    switch.uplinks = uplinks;
                }
            }
        }
        for row in reading.rows("Get-NetLbfoTeam") {
            let mode = reading.take(row.item.enum_of("TeamingMode", &TEAM_MODE));
            let number = reading.take(row.item.enum_of("LoadBalancingAlgorithm", &TEAM_ALGORITHM));
            let own = reading.all(row.item.texts("Members"));
            let interfaces = reading.all(row.item.texts("TeamNics"));
            let Some(name) = reading.take(row.item.text("Name")) else { continue };
            let mode = match mode {
                Some(0) => "static",
                Some(2) => "lacp",
                _ => "switch-independent",
            };
            let node = members.up(row.node.as_ref());
            let algorithm = algorithm(number);
            all.teams.push(Lbfo { node, name, members: own, interfaces, mode, algorithm });
        }
        for row in reading.rows("Get-VMNetworkAdapter") {
            let (name, switch) =
                (reading.take(row.item.text("Name")), reading.take(row.item.text("SwitchName")));
            let vrss = reading.take(row.item.flag("VrssEnabled")).unwrap_or(false);
            if reading.take(row.item.flag("IsManagementOs")) == Some(false) {
                continue;
            }
            let (Some(name), Some(switch)) = (name, switch) else { continue };
            all.vnics.push(VNic { node: members.up(row.node.as_ref()), name, switch, vrss });
        }
        for row in reading.rows("Get-SmbClientNetworkInterface") {
            let name = reading.take(row.item.text("FriendlyName"));
            let speed = reading.take(row.item.bytes("LinkSpeed")).filter(|speed| *speed > 0);
            if let (Some(name), Some(speed)) = (name, speed) {
                all.speeds.push((members.up(row.node.as_ref()), name, speed));
            }
        }
        all
    }

    /// The speed of an interface as SMB sees it.
    pub(super) fn speed_of(&self, node: &str, name: &str) -> Option<u64> {
        let is = |of: &Option<String>| of.as_ref().is_none_or(|of| of == node);
        let found = self.speeds.iter().find(|(of, have, _)| is(of) && same(have, name));
        found.map(|(_, _, speed)| *speed)
    }
}

/// Whether something that names its node, or none, is of this one.
fn of(own: Option<&String>, node: &str) -> bool {
    own.is_none_or(|own| own == node)
}

/// What is under an interface that is no port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Under {
    name: String,
    /// Descriptions or names of ports.
    ports: Vec<String>,
    mode: &'static str,
    algorithm: &'static str,
    /// Whether it is a virtual switch, with vNICs above.
    switch: bool,
    vrss: bool,
}

fn under(switches: &Switches, node: &str, adapter: &Adapter) -> Option<Under> {
    let name = adapter.name.strip_prefix("vEthernet (").and_then(|rest| rest.strip_suffix(')'));
    let team_of = |name: &str| {
        switches.teams.iter().find(|team| {
            let named = |have: &String| same(have, name);
            of(team.node.as_ref(), node)
                && (team.interfaces.iter().any(named) || same(&team.name, name))
        })
    };
    let lbfo = |team: &Lbfo| Under {
        name: team.name.clone(),
        ports: team.members.clone(),
        mode: team.mode,
        algorithm: team.algorithm,
        switch: false,
        vrss: false,
    };
    let Some(name) = name else { return team_of(&adapter.name).map(lbfo) };
    let vnic = switches.vnics.iter().find(|v| of(v.node.as_ref(), node) && same(&v.name, name))?;
    let is = |s: &&Switch| of(s.node.as_ref(), node) && same(&s.name, &vnic.switch);
    let switch = switches.above.iter().find(is)?;
    let multiplexor = switch.uplinks.iter().any(|text| text.to_lowercase().contains("multiplexor"));
    if multiplexor {
        let mut own = switches.teams.iter().filter(|team| of(team.node.as_ref(), node));
        let team = own.next().filter(|_| own.next().is_none())?;
        return Some(Under { switch: true, vrss: vnic.vrss, ..lbfo(team) });
    }
    Some(Under {
        name: switch.name.clone(),
        ports: switch.uplinks.clone(),
        mode: "set",
        algorithm: switch.algorithm,
        switch: true,
        vrss: vnic.vrss,
    })
}

/// Plugs in what is above ports.
pub(super) fn plug(
    reading: &mut Reading<'_>,
    known: &[Known],
    switches: &Switches,
    adapters: &[Adapter],
    above: &[(&Interface, Adapter)],
    node: &mut Node,
) {
    let mut groups: Vec<(Under, Vec<&Interface>)> = Vec::new();
    for (interface, adapter) in above {
        let Some(under) = under(switches, &node.name, adapter) else {
            let what = format!("`{}` of `{}` is left out", adapter.name, node.name);
            let because = "no team or virtual switch under it was exported \
                           (Get-NetLbfoTeam, Get-VMSwitch, Get-VMNetworkAdapter)";
            reading.assume(what, because);
            continue;
        };
        match groups.iter_mut().find(|(have, _)| same(&have.name, &under.name)) {
            Some((have, interfaces)) => {
                have.vrss |= under.vrss;
                interfaces.push(interface);
            }
            None => groups.push((under, vec![interface])),
        }
    }
    for (under, interfaces) in groups {
        team(reading, known, adapters, under, &interfaces, node);
    }
}

fn team(
    reading: &mut Reading<'_>,
    known: &[Known],
    adapters: &[Adapter],
    under: Under,
    interfaces: &[&Interface],
    node: &mut Node,
) {
    let is_port = |adapter: &&Adapter| {
        let named = |have: &String| same(have, &adapter.description) || same(have, &adapter.name);
        !adapter.virtual_ && under.ports.iter().any(named)
    };
    let ports: Vec<&Adapter> = adapters.iter().filter(is_port).collect();
    if ports.is_empty() {
        let what = format!("team `{}` of `{}` is left out", under.name, node.name);
        reading.assume(what, "none of its ports was exported as one that is up");
        return;
    }
    // Of networks with several roles, those of the cluster alone are where CSV traffic belongs.
    let role = |interface: &Interface| {
        known.iter().find(|have| same(&have.name, &interface.network)).map_or(1, |have| have.role)
    };
    let wanted = [1, 3, 0, 2].into_iter().find(|want| interfaces.iter().any(|i| role(i) == *want));
    let mut chosen: Vec<&&Interface> =
        interfaces.iter().filter(|i| Some(role(i)) == wanted).collect();
    // In whatever order the nodes list them, all of them get the same one.
    chosen.sort_by_key(|interface| interface.network.to_lowercase());
    let Some(first) = chosen.first() else { return };
    let network = first.network.clone();
    let mut others: Vec<&String> = interfaces.iter().map(|i| &i.network).collect();
    others.retain(|name| !same(name, &network));
    others.dedup();
    if !others.is_empty() {
        let what =
            format!("all that `{}` of `{}` carries is on `{network}`", under.name, node.name);
        reading.assume(what, format!("a team is on one network; {} is left out", list(&others)));
    }
    let mut members = Vec::new();
    for adapter in ports {
        if !node.nics.iter().any(|nic| same(&nic.name, &adapter.name)) {
            let port = adapters::port(reading, &node.name, adapter);
            node.nics.push(port);
        }
        members.push(adapter.name.clone());
    }
    let algorithm = match (under.mode, under.algorithm) {
        ("set", "dynamic") => "dynamic",
        ("set", _) => "hyper-v-port",
        (_, other) => other,
    };
    if under.mode == "set" && members.len() == 1 {
        // A switch on one port is no team: its vNIC has the port to itself.
        if let Some(nic) = node.nics.iter_mut().find(|nic| nic.name == members[0]) {
            nic.network = Some(network);
        }
        let what = format!("`{}` of `{}` is as the port itself", under.name, node.name);
        reading.assume(what, "a virtual switch on one port is no team");
        return;
    }
    node.teams.push(Team {
        name: under.name,
        members,
        mode: under.mode,
        algorithm,
        vnics: if under.switch { chosen.len().min(16) } else { 0 },
        vrss: under.switch && under.vrss,
        network,
    });
}
