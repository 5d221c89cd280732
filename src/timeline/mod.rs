//! The cluster clock: hours to years over which owners move, machines migrate, nodes are drained
//! and fail, scripts fire, backups start, and load follows the day and grows.
//!
//! **Two time scales.** Between two changes the compiled network stands still: an epoch. Equal
//! epochs are one setting, evaluated once. The clock goes from change to change by the analytic
//! solver, which tells how fast memory travels, backups read and copies are repaired; then each
//! setting is simulated I/O by I/O, unless the timeline asks for fast fidelity.
//!
//! **Carried over a change.** Memory on its way, what backups have left, copies that are behind,
//! and I/O that has piled up.
//!
//! **Not modelled.** What happens within the second of a change (`csvnet run` with `changes`,
//! `link-failures` and `rate-changes` shows that, I/O by I/O); boots as I/O of their own; clients
//! that reconnect.

mod aftermath;
mod amounts;
mod backlog;
mod cause;
mod clock;
mod drains;
mod evaluate;
mod events;
mod exposure;
mod failure;
mod figures;
mod jobs;
mod limits;
mod log;
mod migrate;
mod numbers;
mod queue;
mod quiet;
mod result;
mod resync;
mod rules;
mod second;
mod setting;
mod standing;
mod state;
mod steady;
mod sweep;
mod update;
mod worst;

pub use aftermath::{Aftermath, aftermath};
pub use cause::{Cause, Unreachable, crossing};
pub use clock::{Epoch, TimelineError};
pub use drains::{Drain, drains};
pub use evaluate::{Settings, follow};
pub use exposure::{Exposed, Unavailable};
pub use figures::{EvaluateError, Figures, LoadFigures, PortFigures};
pub use limits::{beyond, nearest, subjects};
pub use log::{Entry, EntryKind};
pub use migrate::{MoveReason, Moved};
pub use quiet::coming_and_going;
pub use result::{Crossing, LimitOver, Timeline};
pub use setting::{Part, Places};
pub use standing::{LiveMigration, Seats, Standing};
pub use state::{NodeState, VolumeAccess};
pub use steady::Steady;
pub use sweep::{Damage, elements, failures};
pub use worst::Worst;
