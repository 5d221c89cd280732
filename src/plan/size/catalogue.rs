//! What a network is chosen from: kinds of port, how many of them, their price.

use std::path::Path;

use crate::diagnostic::Diagnostics;
use crate::scenario::document::{Document, FileAccess, Reader, Value};
use crate::scenario::{Catalogue, Family};

const BUILTIN: &str = include_str!("../../../models/catalogue.toml");
/// Ports in a node, most.
const PORTS_MOST: i64 = 8;

/// A kind of port.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Model of the port.
    pub model: String,
    /// Bits a second of it.
    pub bits_per_s: f64,
    /// Numbers of them in a node that are tried.
    pub ports: Vec<u32>,
    /// Whether RDMA is tried, and whether it is tried without.
    pub rdma: Vec<bool>,
    /// Whether it is one that needs a lossless network for RDMA.
    pub roce: bool,
    /// Price of a port with cable and switch port.
    pub price: Option<f64>,
    /// Model of the switch that comes with it.
    pub switch: Option<String>,
}

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// The currency of prices.
    pub currency: String,
    /// Kinds of port.
    pub all: Vec<Choice>,
}

impl Choices {
    /// Those csvnet comes with.
    ///
    /// # Errors
    /// The faults of that file; a released program has none.
    pub fn builtin() -> Result<Self, Diagnostics> {
        Self::read(&Document::from_text("models/catalogue.toml", BUILTIN)?)
    }

    /// Those of a file.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn load(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        Self::read(&Document::load(path, files)?)
    }

    /// Those a document states.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(document: &Document) -> Result<Self, Diagnostics> {
        let catalogue = Catalogue::builtin()?;
        let mut faults = Diagnostics::new();
        let mut root = Reader::root(document, &mut faults);
        let currency = root.text("currency").unwrap_or_default();
        if !root.must_have("option") {
            root.fault("there is nothing to choose from", Some("write [[option]]".to_owned()));
        }
        let all = root.array("option", |_, reader| choice(&catalogue, reader));
        root.finish();
        let all = all.into_iter().flatten().collect();
        faults.into_result(Self { currency, all })
    }

    /// Whether all have a price.
    #[must_use]
    pub fn priced(&self) -> bool {
        !self.all.is_empty() && self.all.iter().all(|choice| choice.price.is_some())
    }
}

fn choice(catalogue: &Catalogue, reader: &mut Reader<'_, '_>) -> Option<Choice> {
    let named: Option<String> = reader.required("model");
    let found = named.as_ref().and_then(|name| catalogue.model(Family::Nics, name));
    if let (Some(name), None) = (&named, found) {
        let near = crate::diagnostic::suggest(name, catalogue.names(Family::Nics));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        reader.fault_at("model", format!("there is no adapter `{name}` in models/nics.toml"), help);
    }
    let ports = numbers(reader);
    let kind = found.map_or("none", |(_, model)| model.word("rdma"));
    let able = kind != "none";
    let rdma: Option<Vec<bool>> = reader.optional("rdma");
    if rdma.as_ref().is_some_and(|of| of.contains(&true)) && found.is_some() && !able {
        reader.fault_at("rdma", "this model has no RDMA", None);
    }
    let price: Option<f64> = reader.optional("price");
    if price.is_some_and(|price| !price.is_finite() || price < 0.0) {
        reader.fault_at("price", "a price is a number from zero up", None);
    }
    let switch: Option<String> = reader.optional("switch");
    if let Some(name) = switch.as_ref().filter(|n| catalogue.model(Family::Switches, n).is_none()) {
        let near = crate::diagnostic::suggest(name, catalogue.names(Family::Switches));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let problem = format!("there is no switch `{name}` in models/switches.toml");
        reader.fault_at("switch", problem, help);
    }
    let (model, of) = found?;
    Some(Choice {
        model: model.to_owned(),
        bits_per_s: of.number("speed"),
        ports,
        rdma: rdma.unwrap_or(if able { vec![true, false] } else { vec![false] }),
        roce: kind.starts_with("roce"),
        price,
        switch,
    })
}

/// Numbers of ports, each once.
fn numbers(reader: &mut Reader<'_, '_>) -> Vec<u32> {
    if !reader.must_have("ports") {
        return Vec::new();
    }
    let Some(Value::Array(items)) = reader.raw("ports").map(|node| &node.value) else {
        let help = Some("write ports = [1, 2]".to_owned());
        reader.fault_at("ports", "expected a list of numbers", help);
        return Vec::new();
    };
    let mut all: Vec<u32> = Vec::new();
    for item in items {
        if let Value::Integer(number @ 1..=PORTS_MOST) = item.value {
            let number = number as u32;
            if !all.contains(&number) {
                all.push(number);
            }
        } else {
            let problem = format!("a node has 1 to {PORTS_MOST} of them, written plain");
            reader.fault_at("ports", problem, None);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_it_reads() {
        let all = Choices::builtin().unwrap();
        assert!(!all.priced() && all.all.len() > 5);
        let rates: Vec<f64> = all.all.iter().map(|choice| choice.bits_per_s).collect();
        assert!(rates.contains(&1e9) && rates.contains(&100e9));
    }

    #[test]
    fn every_fault_of_a_catalogue_is_told() {
        let text = "[[option]]\nmodel = 'intel-x711'\nports = [0]\nprice = -1\n[[option]]\nmodel = \
                    'intel-x710'\nrdma = [true]\nports = 2\nswitch = 'none'\ncolour = 1\n";
        let document = Document::from_text("c.toml", text).unwrap();
        let faults = Choices::read(&document).unwrap_err();
        let told: Vec<String> = faults.iter().map(|fault| fault.field.clone()).collect();
        for field in ["model", "ports", "price", "rdma", "switch", "colour"] {
            assert!(told.iter().any(|told| told.ends_with(field)), "{field} in {told:?}");
        }
    }
}
