//! The parameters that the cluster clock goes by.

use crate::cluster::CompileError;
use crate::provenance::FrozenParameters;
use crate::random::Shape;
use crate::schedule::MigrationTransport;

/// Parameters of migration, ownership and repair, in base units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// Bytes a second that a machine writes to its memory, where nothing is stated.
    pub(super) dirty_bytes_per_s: f64,
    /// Passes over a memory.
    pub(super) passes: u32,
    /// Times that compression makes memory smaller.
    pub(super) compression: f64,
    /// Seconds until memory begins to travel, on average.
    pub(super) setup_s: f64,
    /// How they spread.
    pub(super) setup_shape: Shape,
    /// Seconds that a machine stands still beside what is sent then.
    pub(super) blackout_s: f64,
    /// Bits a second of one connection.
    pub(super) stream_bits_per_s: f64,
    /// Seconds a volume's I/O waits while it is moved on purpose.
    pub(super) move_pause_s: f64,
    /// Bytes a second at which copies are brought up to date.
    pub(super) resync_bytes_per_s: f64,
}

impl Numbers {
    pub(super) fn of(parameters: &FrozenParameters) -> Result<Self, CompileError> {
        let value = |name: &str| {
            let missing = || CompileError::MissingParameter(name.to_owned());
            parameters.id(name).map(|id| parameters.value(id)).ok_or_else(missing)
        };
        Ok(Self {
            dirty_bytes_per_s: value("migration.dirty-rate")? / 8.0,
            passes: value("migration.passes")?.round().max(1.0) as u32,
            compression: value("migration.compression")?.max(1.0),
            setup_s: value("migration.setup")?,
            setup_shape: Shape::log_normal(value("migration.setup-scv")?).map_err(|error| {
                let name = "migration.setup-scv".to_owned();
                CompileError::BadParameter { name, problem: error.to_string() }
            })?,
            blackout_s: value("migration.blackout")?,
            stream_bits_per_s: value("migration.stream-rate")?,
            move_pause_s: value("ownership.move-pause")?,
            resync_bytes_per_s: value("resync.rate")? / 8.0,
        })
    }
    /// Bytes of memory for each byte sent.
    pub(super) fn smaller(&self, transport: MigrationTransport) -> f64 {
        if transport == MigrationTransport::Compression { self.compression } else { 1.0 }
    }
}
