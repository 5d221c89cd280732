//! How much more load a cluster carries before a limit is broken.

use super::doubt::Doubts;
use super::quick::{Quick, QuickError, Strain};
use crate::provenance::{FrozenParameters, ParameterId};
use crate::scenario::Scenario;

/// Times the load that are looked at, fewest and most.
const TIMES: (f64, f64) = (1.0 / 64.0, 64.0);
/// Relative width to which the edge is found.
const WIDTH: f64 = 0.002;

/// How far loads can grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// Times the load at which the first limit is reached; infinite where none is within 64 times,
    /// zero where a limit is broken even with a 64th of it.
    pub times: f64,
    /// How the limit stands there; none where none is reached.
    pub binding: Option<Strain>,
    /// The busiest station there, or at 64 times the load, and the share of it that is busy.
    pub busiest: Option<(String, f64)>,
}

/// What a parameter does to the room for growth.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The parameter.
    pub parameter: ParameterId,
    /// Times the load at the low end of its range and at the high end.
    pub times: [f64; 2],
}

/// The scenario with some of its loads at a multiple.
#[must_use]
pub fn scaled(scenario: &Scenario, loads: &[usize], times: f64) -> Scenario {
    let mut scaled = scenario.clone();
    for &load in loads {
        if let Some(load) = scaled.workloads.get_mut(load) {
            load.intensity = load.intensity.scaled(times);
        }
    }
    scaled
}

/// How far some loads can grow together until a limit is broken, or a rate is not carried.
///
/// With doubts it is the end of the prediction interval of the room.
///
/// # Errors
/// When a state cannot be compiled or solved, or `cancelled` says so.
pub fn room(
    quick: &Quick,
    scenario: &Scenario,
    loads: &[usize],
    doubts: &Doubts,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Room, QuickError> {
    let worst = |times: f64| -> Result<Option<Strain>, QuickError> {
        if cancelled() {
            return Err(QuickError::cancelled());
        }
        let all = quick.strains(&scaled(scenario, loads, times))?;
        let mut doubted = Vec::new();
        for of in all {
            match of.limit {
                Some(limit) => {
                    // Nothing is nothing, however little is known of it.
                    let stress = of.stress * doubts.of(limit, times);
                    doubted
                        .push(Strain { stress: if stress.is_nan() { 0.0 } else { stress }, ..of });
                }
                None if doubts.carried() == 1.0 => doubted.push(of),
                None => {}
            }
        }
        // Where a rate is not carried latency is endless: that is the cause.
        let endless = doubted.iter().any(|of| of.limit.is_none())
            && doubted.iter().any(|of| of.stress.is_infinite());
        doubted.retain(|of| !endless || of.limit.is_none());
        let worst = doubted.into_iter().max_by(|a, b| a.stress.total_cmp(&b.stress));
        if doubts.carried() == 1.0 || worst.as_ref().is_some_and(|of| of.stress > 1.0) {
            return Ok(worst);
        }
        let more = quick.not_carried(&scaled(scenario, loads, times * doubts.carried()))?;
        let most = more.into_iter().max_by(|a, b| a.stress.total_cmp(&b.stress));
        Ok(most.or(worst))
    };
    let broken = |of: &Option<Strain>| of.as_ref().is_some_and(|of| of.stress > 1.0);
    let now = worst(1.0)?;
    // Between these lies the edge: kept at the first, broken at the second.
    let (mut kept, mut beyond) = (1.0, 1.0);
    let mut at_edge = now.clone();
    if broken(&now) {
        while kept > TIMES.0 {
            kept /= 2.0;
            let of = worst(kept)?;
            if !broken(&of) {
                break;
            }
            (beyond, at_edge) = (kept, of);
        }
        if beyond <= TIMES.0 {
            return Ok(Room { times: 0.0, binding: at_edge, busiest: quick.busiest(scenario)? });
        }
    } else {
        loop {
            beyond *= 2.0;
            at_edge = worst(beyond)?;
            if broken(&at_edge) {
                break;
            }
            if beyond >= TIMES.1 {
                let busiest = quick.busiest(&scaled(scenario, loads, beyond))?;
                return Ok(Room { times: f64::INFINITY, binding: None, busiest });
            }
            kept = beyond;
        }
    }
    while beyond / kept > 1.0 + WIDTH {
        let middle = (kept * beyond).sqrt();
        let of = worst(middle)?;
        if broken(&of) {
            (beyond, at_edge) = (middle, of);
        } else {
            kept = middle;
        }
    }
    let busiest = quick.busiest(&scaled(scenario, loads, kept))?;
    Ok(Room { times: kept, binding: at_edge, busiest })
}

/// What the ends of some parameters' ranges do to the room of some loads.
///
/// # Errors
/// When a state cannot be compiled or solved, or `cancelled` says so.
pub fn tornado(
    quick: &Quick,
    scenario: &Scenario,
    loads: &[usize],
    parameters: (&FrozenParameters, &[ParameterId]),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Swing>, QuickError> {
    let (all, chosen) = parameters;
    let swing = |&parameter: &ParameterId| {
        let own = all.parameter(parameter);
        let times = |value: f64| {
            let quick = quick.with(all.with_values(&[(parameter, value)]));
            let room = room(&quick, scenario, loads, &Doubts::none(), cancelled);
            room.map(|room| room.times)
        };
        Ok(Swing { parameter, times: [times(own.low)?, times(own.high)?] })
    };
    let mut swings: Vec<Swing> = chosen.iter().map(swing).collect::<Result<_, QuickError>>()?;
    let width = |of: &Swing| (of.times[1] - of.times[0]).abs();
    swings.sort_by(|a, b| width(b).total_cmp(&width(a)));
    Ok(swings)
}
