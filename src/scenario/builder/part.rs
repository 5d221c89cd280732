//! A table of a scenario under construction.

use toml::{Table, Value};

use super::field::Field;

/// A table: a node, a volume, a load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub(super) table: Table,
}

impl Part {
    /// States a field, as the scenario file names it. Stated again, the last one holds.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<Field>) -> Self {
        self.table.insert(field.to_owned(), value.into().0);
        self
    }

    /// A table within it; stated again it is gone on with.
    #[must_use]
    pub fn part(mut self, name: &str, of: impl FnOnce(Self) -> Self) -> Self {
        let known = match self.table.remove(name) {
            Some(Value::Table(table)) => Self { table },
            _ => Self::default(),
        };
        self.table.insert(name.to_owned(), Value::Table(of(known).table));
        self
    }

    /// One more value of a list.
    #[must_use]
    pub fn push(mut self, field: &str, value: impl Into<Field>) -> Self {
        let value = value.into().0;
        match self.table.get_mut(field) {
            Some(Value::Array(items)) => items.push(value),
            _ => _ = self.table.insert(field.to_owned(), Value::Array(vec![value])),
        }
        self
    }

    /// Ports of a node, on a network.
    #[must_use]
    pub fn nic(
        self,
        name: &str,
        model: &str,
        network: &str,
        of: impl FnOnce(Self) -> Self,
    ) -> Self {
        self.part("nics", |nics| {
            nics.part(name, |nic| of(nic.set("model", model).set("network", network)))
        })
    }

    /// An adapter of a node that leads to a storage system.
    #[must_use]
    pub fn hba(self, name: &str, model: &str, storage: &str) -> Self {
        self.part("hbas", |hbas| {
            hbas.part(name, |hba| hba.set("model", model).set("storage", storage))
        })
    }

    /// A disk of a virtual machine, on a volume.
    #[must_use]
    pub fn disk(self, name: &str, volume: &str, of: impl FnOnce(Self) -> Self) -> Self {
        self.part("disks", |disks| disks.part(name, |disk| of(disk.set("volume", volume))))
    }
}
