//! Tables of observations: a row for each thing, or one row for a whole run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::metrics::{How, METRICS, place};
use super::observe::{Observations, Row, RowKind, Value};

/// A column of the wide form on its way: the sum of products, and of weights.
#[derive(Debug, Clone, Copy)]
struct Sum {
    how: How,
    product: f64,
    weight: f64,
}

impl Observations {
    /// Adds what another log of the same run tells.
    ///
    /// # Errors
    /// Names what both tell of, when they do.
    pub fn merge(&mut self, other: Self) -> Result<(), String> {
        let key = |row: &Row| (row.node.to_lowercase(), row.kind, row.name.to_lowercase());
        let have: BTreeSet<_> = self.rows.iter().map(key).collect();
        if let Some(row) = other.rows.iter().find(|row| have.contains(&key(row))) {
            let name = [row.node.as_str(), row.kind.name(), &row.name].join(" ");
            return Err(format!("another log tells of `{}` too", name.trim_end()));
        }
        self.rows.extend(other.rows);
        self.rows.sort_by_key(key);
        self.notes.extend(other.notes);
        Ok(())
    }

    /// Writes a row for each thing: `node`, `kind`, `name`, `samples`, `seconds`, then the mean of
    /// each metric that any row has, and its peak as `_peak`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut names: BTreeMap<(usize, &str), bool> = BTreeMap::new();
        for (name, value) in self.rows.iter().flat_map(|row| &row.values) {
            *names.entry((place(name), name)).or_default() |= value.peak.is_some();
        }
        let mut csv = csv::Writer::from_writer(out);
        let mut head: Vec<String> =
            ["node", "kind", "name", "samples", "seconds"].map(str::to_owned).into();
        for ((_, name), peak) in &names {
            head.push((*name).to_owned());
            head.extend(peak.then(|| format!("{name}_peak")));
        }
        csv.write_record(&head)?;
        for row in &self.rows {
            let mut cells = vec![
                row.node.clone(),
                row.kind.name().to_owned(),
                row.name.clone(),
                row.samples.to_string(),
                row.seconds.to_string(),
            ];
            for ((_, name), peak) in &names {
                let value = row.values.get(name);
                let cell = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
                cells.push(cell(value.map(|value| value.mean)));
                if *peak {
                    cells.push(cell(value.and_then(|value| value.peak)));
                }
            }
            csv.write_record(&cells)?;
        }
        csv.flush()
    }

    /// Writes one row for all: means only, in columns that [`Observations::wide`] names.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_wide(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.wide();
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(columns.iter().map(|(name, _)| name))?;
        csv.write_record(columns.iter().map(|(_, value)| value.to_string()))?;
        csv.flush()
    }

    /// One spelling of each name by its small letters: that with most capitals, because
    /// Get-Counter writes paths in small letters.
    fn spellings(&self) -> BTreeMap<String, &str> {
        let capitals = |name: &str| name.chars().filter(|c| c.is_uppercase()).count();
        let mut spelt: BTreeMap<String, &str> = BTreeMap::new();
        for name in self.rows.iter().flat_map(|row| [&row.node, &row.name]) {
            let have = spelt.entry(name.to_lowercase()).or_insert(name);
            if capitals(name) > capitals(have) {
                *have = name;
            }
        }
        spelt
    }

    /// The columns of the wide form with their means. Names that differ in case alone are one.
    ///
    /// `NODE.cpu_pct`, `NODE.NIC.rx_bytes_s`, `NODE.disk N.read_iops`, `NODE.vhd PATH.read_iops`;
    /// `VOLUME.read_iops` is the sum over the nodes, a latency there the mean over all I/Os;
    /// `NODE.smb_client.read_bytes_s` and `NODE.smb_server...` are sums over the shares. `samples`
    /// and `seconds` are the fewest of any log.
    #[must_use]
    pub fn wide(&self) -> Vec<(String, f64)> {
        let mut order: Vec<String> = Vec::new();
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        let spelt = self.spellings();
        for row in &self.rows {
            let mut values: Vec<(&&str, &Value)> = row.values.iter().collect();
            values.sort_by_key(|(name, _)| place(name));
            for (name, value) in values {
                let column = format!("{}.{name}", subject(row, &spelt));
                let how = METRICS.iter().find(|m| m.kind == row.kind && m.name == *name);
                let Some(how) = how.map(|metric| metric.how) else { continue };
                let sum = sums.entry(column.clone()).or_insert_with(|| {
                    order.push(column);
                    Sum { how, product: 0.0, weight: 0.0 }
                });
                let weight = if how == How::Latency { value.weight } else { 1.0 };
                sum.product += value.mean * weight;
                sum.weight += weight;
            }
        }
        let fewest = |of: fn(&Row) -> f64| self.rows.iter().map(of).min_by(f64::total_cmp);
        let mut columns = vec![
            ("samples".to_owned(), fewest(|row| row.samples as f64).unwrap_or(0.0)),
            ("seconds".to_owned(), fewest(|row| row.seconds).unwrap_or(0.0)),
        ];
        columns.extend(order.into_iter().filter_map(|name| {
            let Sum { how, product, weight } = *sums.get(&name)?;
            let mean =
                if how == How::Latency || how == How::Level { product / weight } else { product };
            Some((name, mean))
        }));
        columns
    }
}

/// What a row is called in the wide form.
fn subject(row: &Row, spelt: &BTreeMap<String, &str>) -> String {
    let of = |name: &String| {
        spelt.get(&name.to_lowercase()).map_or_else(|| name.clone(), |name| (*name).to_owned())
    };
    let (node, name, kind) = (of(&row.node), of(&row.name), row.kind);
    match kind {
        RowKind::Node => node,
        RowKind::Volume => name,
        RowKind::Nic => format!("{node}.{name}"),
        RowKind::Disk => format!("{node}.disk {name}"),
        RowKind::VirtualDisk => format!("{node}.vhd {name}"),
        RowKind::ClientShare => format!("{node}.smb_client"),
        RowKind::ServerShare => format!("{node}.smb_server"),
    }
}
