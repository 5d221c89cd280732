//! CLIXML as `Export-Clixml` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::parts::span_ticks;
use super::{PsObject, PsValue};
use crate::trace::text::shortened;
use crate::trace::xml::{self, Element};
use crate::trace::{Gathered, TraceError, TraceFault};

/// Objects within each other; references make chains of any length otherwise.
const MAX_HEIGHT: usize = 200;
const WRITTEN: &str = "give the file as Export-Clixml wrote it";

/// Reads a whole document: its objects.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<PsValue>, TraceError> {
    let root = xml::read(name, text.as_bytes(), &["TN", "TNRef"])?;
    if root.name != "Objs" {
        let text = format!("the document is <{}> and not <Objs>", shortened(&root.name));
        return Err(TraceError::one(name, root.content(text, WRITTEN)));
    }
    let mut reader = Reader::default();
    let mut objects = Vec::new();
    for child in &root.children {
        match reader.value(child).bare() {
            PsValue::List(several) => objects.extend(several.iter().cloned()),
            PsValue::Null => {}
            one => objects.push(one.clone()),
        }
    }
    reader.gathered.into_result(name)?;
    Ok(objects)
}

#[derive(Default)]
struct Reader {
    known: BTreeMap<String, Arc<PsObject>>,
    open: BTreeSet<String>,
    gathered: Gathered,
}

impl Reader {
    fn fault(&mut self, fault: TraceFault) -> PsValue {
        self.gathered.push(fault);
        PsValue::Null
    }

    fn value(&mut self, element: &Element) -> PsValue {
        let text = element.text.as_str();
        match element.name.as_str() {
            "Nil" => PsValue::Null,
            "B" => match text {
                "true" => PsValue::Flag(true),
                "false" => PsValue::Flag(false),
                _ => self.no(element, "true or false"),
            },
            "By" | "SB" | "U16" | "I16" | "U32" | "I32" | "U64" | "I64" | "C" => {
                match text.parse::<i128>() {
                    Ok(number) => PsValue::Integer(number),
                    Err(_) => self.no(element, "a whole number"),
                }
            }
            "Sg" | "Db" | "D" => match text.parse::<f64>() {
                Ok(number) => PsValue::Number(number),
                Err(_) => self.no(element, "a number"),
            },
            "TS" => match span_ticks(text) {
                Some(ticks) => PsValue::Ticks(ticks),
                None => self.no(element, "a time span"),
            },
            "S" | "DT" | "G" | "URI" | "Version" | "XD" | "SBK" | "SS" | "BA" => {
                PsValue::Text(unescaped(text))
            }
            "Ref" => self.reference(element),
            "Obj" => self.object(element),
            _ => {
                let text = format!("there is no kind of value <{}>", shortened(&element.name));
                self.fault(element.content(text, WRITTEN))
            }
        }
    }

    fn no(&mut self, element: &Element, what: &str) -> PsValue {
        let text = format!("{:?} is not {what}", shortened(&element.text));
        self.fault(element.content(text, WRITTEN))
    }

    fn reference(&mut self, element: &Element) -> PsValue {
        let id = element.attribute("RefId").unwrap_or_default();
        if self.open.contains(id) {
            return PsValue::Cycle;
        }
        if let Some(object) = self.known.get(id) {
            return PsValue::Object(Arc::clone(object));
        }
        let text = format!("there is no object {:?} to refer to", shortened(id));
        self.fault(element.content(text, WRITTEN))
    }

    fn object(&mut self, element: &Element) -> PsValue {
        let id = element.attribute("RefId").map(str::to_owned);
        if let Some(id) = &id
            && (self.known.contains_key(id) || !self.open.insert(id.clone()))
        {
            let text = format!("there is another object {:?}", shortened(id));
            return self.fault(element.content(text, WRITTEN));
        }
        let mut object = PsObject::default();
        for child in &element.children {
            match child.name.as_str() {
                "ToString" => object.shown = Some(unescaped(&child.text)),
                "MS" | "Props" => {
                    for property in &child.children {
                        let name = unescaped(property.attribute("N").unwrap_or_default());
                        let value = self.value(property);
                        object.properties.push((name, value));
                    }
                }
                "LST" | "IE" | "QUE" | "STK" => {
                    let values = child.children.iter().map(|element| self.value(element));
                    object.base = Some(PsValue::List(values.collect()));
                }
                "DCT" => {
                    for entry in child.all("En") {
                        self.entry(entry, &mut object);
                    }
                }
                _ => object.base = Some(self.value(child)),
            }
        }
        let within = object.properties.iter().map(|(_, value)| value).chain(&object.base);
        object.height = 1 + within.map(height).max().unwrap_or(0);
        if object.height > MAX_HEIGHT {
            let text = format!("there are more than {MAX_HEIGHT} objects within each other");
            return self.fault(element.content(text, "no export is that deep"));
        }
        let object = Arc::new(object);
        if let Some(id) = id {
            self.open.remove(&id);
            self.known.insert(id, Arc::clone(&object));
        }
        PsValue::Object(object)
    }

    /// A key and its value are those of a property.
    fn entry(&mut self, entry: &Element, object: &mut PsObject) {
        let part = |name: &str| entry.children.iter().find(|e| e.attribute("N") == Some(name));
        let (Some(key), Some(value)) = (part("Key"), part("Value")) else {
            let fault = entry.content("the entry lacks its key or its value", WRITTEN);
            self.gathered.push(fault);
            return;
        };
        let value = self.value(value);
        object.properties.push((unescaped(&key.text), value));
    }
}

/// Objects within each other below a value.
fn height(value: &PsValue) -> usize {
    match value {
        PsValue::Object(object) => object.height,
        PsValue::List(values) => values.iter().map(height).max().unwrap_or(0),
        _ => 0,
    }
}

/// Text with its `_xHHHH_` as the UTF-16 units they stand for.
fn unescaped(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((unit, after)) = escape(rest) {
            units.push(unit);
            rest = after;
        } else {
            units.extend_from_slice(first.encode_utf16(&mut [0; 2]));
            rest = &rest[first.len_utf8()..];
        }
    }
    String::from_utf16_lossy(&units)
}

/// The unit of an escape at the start of a text, and what follows it.
fn escape(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("_x").and_then(|t| t.get(..4))?;
    let after = text.get(6..)?.strip_prefix('_')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok().map(|unit| (unit, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_units_of_utf16() {
        assert_eq!(unescaped("a_x000A_b_x005F_x0041_"), "a\nb_x0041_");
        assert_eq!(unescaped("_xD83D__xDE00_"), "\u{1f600}");
        assert_eq!(unescaped("_xD83D_"), "\u{fffd}");
        assert_eq!(unescaped("_x00G0_ _x00é_ _x1"), "_x00G0_ _x00é_ _x1");
    }
}
