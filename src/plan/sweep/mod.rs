//! Sweeps: the same scenario at many points of a grid or of a Latin hypercube, on one machine or on
//! many.
//!
//! A [`Grid`] is what people write. A [`SweepPlan`] is what becomes of it: a list of points that
//! needs nothing else but the scenario, of which it knows the hash. A [`Shard`] is every N-th of
//! its points, evaluated by [`solve`] or by simulation, a [`Row`] each, in a part file that ends
//! with a checksum. [`Merged`] proves that all parts are there; it has the same bytes for any
//! number of shards.
//!
//! Nothing here reads or writes a file, and nothing depends on threads, times or places.

mod check;
mod evaluate;
mod grid;
mod hypercube;
mod level;
mod limits;
mod merge;
mod part;
mod points;
mod range;
mod record;
mod row;
mod schema;
mod shard;
#[cfg(test)]
mod tests;

pub use check::{Checked, check};
pub use evaluate::{Solved, redirected_shares, solve};
pub use grid::Grid;
pub use hypercube::strata;
pub use level::{Axis, Level};
pub use merge::{MergeError, Merged, Problem};
pub use part::{
    Broken, Head, Kept, PartError, PartText, SweptAxis, kept_head, kept_line, kept_rows,
};
pub use points::{Design, Effort, PlanError, Point, Seeds, SweepPlan};
pub use record::{FigureUnit, Metric, Recorded};
pub use row::{Figure, LimitVerdict, Row};
pub use schema::schema;
pub use shard::{Shard, ShardError};
