//! Runs of software that follow one another on the same cores are one run.
//!
//! **Modelled.** What a thread does for an I/O on the cores of a node without waiting in between is
//! one visit with the summed time: the root partition's stack and then the SMB client or the
//! coordinator's file system; the SMB server and then the coordinator's file system. Taken apart,
//! each run would queue for a core anew, as though the thread were put to sleep between two
//! function calls. An I/O that fits one request has its client's run with that of the host before
//! it, ahead of the wait for credits: the request is built first.
//! **Not modelled.** That a thread may be preempted, or the work handed to another thread. The
//! requests of a larger I/O are built one by one, each with a run of its own.
//!
//! `time = sum of the times of the parts`, with **one** draw for the sum, that of the first part:
//! an I/O that finds the caches cold finds them so all the way. `software.scv` is therefore the
//! spread of the sum; drawn apart, `n` equal parts would have `1/n` of it.
//! No parameters.

use crate::network::{Network, Part, Service, Step, Visit};

/// Joins the runs of a route whose I/Os have at most `largest` bytes.
pub(super) fn coalesce(net: &Network, steps: Vec<Step>, largest: u64) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let step = inside(net, step, largest, &mut out);
        match (out.last_mut(), step) {
            (Some(Step::Visit(before)), Step::Visit(visit)) if is_one_run(net, before, &visit) => {
                join(before, visit);
            }
            (_, step) => out.push(step),
        }
    }
    out
}

/// Joins the runs inside a step, and the first of a split that is none with what comes before.
fn inside(net: &Network, step: Step, largest: u64, before: &mut [Step]) -> Step {
    let each = |branches: Vec<Vec<Step>>| {
        branches.into_iter().map(|branch| coalesce(net, branch, largest)).collect()
    };
    match step {
        Step::Split { chunk_bytes, window, body } => {
            let mut body = coalesce(net, body, largest.min(chunk_bytes));
            let first = body.iter().position(|step| !matches!(step, Step::Acquire { .. }));
            if largest <= chunk_bytes
                && let Some(Step::Visit(before)) = before.last_mut()
                && let Some(first) = first
                && let Step::Visit(visit) = &body[first]
                && is_one_run(net, before, visit)
                && let Step::Visit(visit) = body.remove(first)
            {
                join(before, visit);
            }
            Step::Split { chunk_bytes, window, body }
        }
        Step::Choose { selector, role, branches } => {
            Step::Choose { selector, role, branches: each(branches) }
        }
        Step::Fork { wait, branches } => Step::Fork { wait, branches: each(branches) },
        other => other,
    }
}

/// Whether two visits, one after the other, are one run: on the same processors, with one spread.
fn is_one_run(net: &Network, a: &Visit, b: &Visit) -> bool {
    let (Service::Time { shape, .. }, Service::Time { shape: other, .. }) = (a.service, b.service)
    else {
        return false;
    };
    a.station == b.station
        && a.class == b.class
        && shape == other
        && net.stations[a.station].account.is_some()
        && sum(a.service, b.service).is_some()
}

/// Two services in one; none where they are not times, or cut frames differently.
fn sum(a: Service, b: Service) -> Option<Service> {
    let Service::Time { base_ps, per_byte_ps, per_frame_ps, framing, shape } = a else {
        return None;
    };
    let Service::Time {
        base_ps: base,
        per_byte_ps: per_byte,
        per_frame_ps: per_frame,
        framing: other,
        ..
    } = b
    else {
        return None;
    };
    let framing = match (per_frame_ps == 0.0, per_frame == 0.0) {
        (true, _) => other,
        (_, true) => framing,
        _ if framing == other => framing,
        _ => return None,
    };
    Some(Service::Time {
        base_ps: base_ps + base,
        per_byte_ps: per_byte_ps + per_byte,
        per_frame_ps: per_frame_ps + per_frame,
        framing,
        shape,
    })
}

fn join(before: &mut Visit, visit: Visit) {
    let Some(service) = sum(before.service, visit.service) else { return };
    if before.parts.is_empty() {
        before.parts = parts(before.clone());
    }
    before.parts.extend(parts(visit));
    before.service = service;
    before.origins.clear();
    for part in &before.parts {
        for origin in &part.origins {
            if !before.origins.contains(origin) {
                before.origins.push(origin.clone());
            }
        }
    }
}

fn parts(visit: Visit) -> Vec<Part> {
    if visit.parts.is_empty() {
        vec![Part { role: visit.role, service: visit.service, origins: visit.origins }]
    } else {
        visit.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Amount, PoolId, Station, StationId};
    use crate::random::Shape;

    fn net() -> (Network, [StationId; 2]) {
        let mut net = Network::default();
        let account = net.add_account("HV1/cpu", 8.0);
        let cores = net.add_station(Station::fifo("HV1/cores", 8).on(account));
        let disk = net.add_station(Station::fifo("disk", 8));
        net.add_pool("credits", 4);
        (net, [cores, disk])
    }

    fn visit(station: StationId, role: &'static str, us: f64) -> Visit {
        Visit::new(station, role, Service::time(us * 1e6, 2.0, Shape::Constant)).from(&[role])
    }

    #[test]
    fn neighbours_on_the_same_cores_become_one_and_keep_their_parts() {
        let (net, [cores, disk]) = net();
        let steps = vec![
            visit(cores, "host", 3.0).into(),
            visit(cores, "owner stack", 4.0).into(),
            visit(disk, "media", 50.0).into(),
            visit(disk, "again", 50.0).into(),
            visit(cores, "after", 1.0).into(),
        ];
        let out = coalesce(&net, steps, 1 << 30);
        let roles: Vec<_> = out
            .iter()
            .map(|step| if let Step::Visit(v) = step { (v.role, v.parts.len()) } else { ("", 0) })
            .collect();
        // A disk is no processor: who comes twice queues twice.
        assert_eq!(roles, [("host", 2), ("media", 0), ("again", 0), ("after", 0)]);
        let Step::Visit(run) = &out[0] else { panic!("a visit") };
        // 3 us and 4 us, 2 ps a byte each.
        assert_eq!(run.service, Service::time(7e6, 4.0, Shape::Constant));
        assert_eq!(run.origins, ["host", "owner stack"]);
        assert_eq!((run.parts[1].role, run.parts[1].service.mean_ps(0, 0.0)), ("owner stack", 4e6));
    }

    #[test]
    fn a_request_is_built_with_the_run_before_unless_there_are_several() {
        let (net, [cores, disk]) = net();
        let pool = PoolId::from_index(0);
        let amount = Amount::Fixed(1);
        let body = vec![
            Step::Acquire { pool, amount },
            visit(cores, "smb client", 5.0).into(),
            visit(disk, "media", 50.0).into(),
            Step::Release { pool, amount },
        ];
        let split = Step::Split { chunk_bytes: 65_536, window: None, body };
        let steps = vec![visit(cores, "host", 3.0).into(), split];
        for (largest, inside) in [(65_536, 3), (65_537, 4)] {
            let out = coalesce(&net, steps.clone(), largest);
            let Step::Split { body, .. } = &out[1] else { panic!("a split") };
            assert_eq!(body.len(), inside, "{largest} bytes");
            let Step::Visit(host) = &out[0] else { panic!("a visit") };
            assert_eq!(host.parts.len(), if inside == 3 { 2 } else { 0 });
        }
    }

    #[test]
    fn runs_of_other_spread_or_framing_stay_apart() {
        let (net, [cores, _]) = net();
        let mut odd = visit(cores, "odd", 1.0);
        odd.service = Service::time(1e6, 0.0, Shape::Exponential);
        let steps: Vec<Step> = vec![visit(cores, "host", 3.0).into(), odd.into()];
        assert_eq!(coalesce(&net, steps.clone(), 1), steps);
    }
}
