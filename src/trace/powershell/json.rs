//! JSON as `ConvertTo-Json` writes it, in the order it is written.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{PsObject, PsValue};
use crate::trace::text::{shortened, whole_line};
use crate::trace::{TraceError, TraceFault, TraceProblem};

/// Reads a whole document; the parser's own limit of 128 levels stays on.
pub(super) fn read(name: &str, text: &str) -> Result<PsValue, TraceError> {
    serde_json::from_str(text).map_err(|error| TraceError::one(name, fault(&error)))
}

fn fault(error: &serde_json::Error) -> TraceFault {
    let said = error.to_string();
    // The place stands in the fault itself.
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    let help = if error.is_eof() {
        "copy the whole file, or export again"
    } else if said.starts_with("trailing characters") {
        "write all objects with one ConvertTo-Json; several documents in one file are no JSON"
    } else if said.starts_with("recursion limit") {
        "no export is that deep; -Depth 5 is enough"
    } else {
        "give the file as ConvertTo-Json wrote it"
    };
    let line = u64::try_from(error.line()).unwrap_or(u64::MAX).max(1);
    let problem = TraceProblem::Content { text: format!("this is no JSON: {said}") };
    TraceFault { column: Some(error.column().max(1)), ..whole_line(line, problem, help) }
}

impl<'de> Deserialize<'de> for PsValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = PsValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<PsValue, E> {
        Ok(PsValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<PsValue, E> {
        Ok(PsValue::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<PsValue, E> {
        Ok(PsValue::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<PsValue, E> {
        Ok(PsValue::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<PsValue, E> {
        Ok(PsValue::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<PsValue, E> {
        Ok(PsValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<PsValue, E> {
        Ok(PsValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PsValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(PsValue::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PsValue, A::Error> {
        let mut names = std::collections::BTreeSet::new();
        let mut properties = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, PsValue>()? {
            if !names.insert(name.clone()) {
                let text = format!("the property {:?} is there twice", shortened(&name));
                return Err(de::Error::custom(text));
            }
            properties.push((name, value));
        }
        // The parser bounds the depth, so the height is of no interest here.
        Ok(PsValue::Object(Arc::new(PsObject { properties, ..PsObject::default() })))
    }
}
