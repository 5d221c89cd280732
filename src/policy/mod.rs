//! Pure decisions over a read-only view: no clock, no randomness.

mod balance;
mod channels;
mod metric;
mod migration;
mod placement;
mod serving;
mod teams;

pub use balance::balanced_owners;
pub use channels::{
    Channel, ChannelPlan, Idle, Interface, Rules, Side, Transport, choose_channels,
};
pub use metric::auto_metric;
pub use migration::{MemoryCopy, Pass};
pub use placement::{Guest, Host, choose_host};
pub use serving::{ShareView, serving};
pub use teams::{Spread, all_on_one, busy_members, team_spread};
