//! How much more load a cluster carries before a limit is broken.

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
    /// The busiest station there, and the share of it that is busy.
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

/// How far some loads can grow together until a limit is broken.
///
/// `doubt` is what each limit's figure is multiplied by: 1 for the best estimate, an end of its
/// prediction interval for that of the room.
///
/// # Errors
/// When a state cannot be compiled or solved.
pub fn room(
    quick: &Quick,
    scenario: &Scenario,
    loads: &[usize],
    doubt: &dyn Fn(&Strain) -> f64,
) -> Result<Room, QuickError> {
    let worst = |times: f64| -> Result<Option<Strain>, QuickError> {
        let all = quick.strains(&scaled(scenario, loads, times))?;
        let doubted = all.into_iter().map(|of| Strain { stress: of.stress * doubt(&of), ..of });
        Ok(doubted.max_by(|a, b| a.stress.total_cmp(&b.stress)))
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
                return Ok(Room { times: f64::INFINITY, binding: None, busiest: None });
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
/// When a state cannot be compiled or solved.
pub fn tornado(
    quick: &Quick,
    scenario: &Scenario,
    loads: &[usize],
    parameters: (&FrozenParameters, &[ParameterId]),
) -> Result<Vec<Swing>, QuickError> {
    let (all, chosen) = parameters;
    let swing = |&parameter: &ParameterId| {
        let own = all.parameter(parameter);
        let times = |value: f64| {
            let quick = quick.with(all.with_values(&[(parameter, value)]));
            room(&quick, scenario, loads, &|_| 1.0).map(|room| room.times)
        };
        Ok(Swing { parameter, times: [times(own.low)?, times(own.high)?] })
    };
    let mut swings: Vec<Swing> = chosen.iter().map(swing).collect::<Result<_, QuickError>>()?;
    let width = |of: &Swing| (of.times[1] - of.times[0]).abs();
    swings.sort_by(|a, b| width(b).total_cmp(&width(a)));
    Ok(swings)
}
