//! When things happen: the calendar of a cluster, load over the hours and months, what is planned.
//!
//! Everything here is stated by a scenario and known before anything is run. What follows from it
//! is found by the cluster clock, in `timeline`.

mod calendar;
mod curve;
mod event;
mod growth;
mod moment;
mod plan;
mod recurrence;
mod rules;

pub use calendar::{Calendar, CalendarError, Span};
pub use curve::{Curve, GrowthPath};
pub use event::{Action, Element, Event, Failback, RealignBy};
pub use growth::{Growth, GrowthForm, HistoryError};
pub use moment::Moment;
pub use plan::{Fidelity, LoadPlan, TimelinePlan, When};
pub use recurrence::{Cron, Recurrence, RecurrenceError};
pub use rules::{
    Aggressiveness, BalancerMode, Failover, MigrationRules, MigrationTransport, Optimization, Rules,
};
