//! Reading a document back: null where a number is due is one that is not finite, and a fault
//! names its place.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde_json::{Map, Value};

use super::tree::pointer;

/// What does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Fields and places on the way, as `variants[0].name`; empty for the whole.
    pub(super) at: String,
    /// What does not fit there.
    pub(super) what: String,
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "`{}`: {}", self.at, self.what)
        }
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: Display>(text: T) -> Self {
        Self { at: String::new(), what: text.to_string() }
    }
}

impl Misfit {
    /// The same seen from one level higher.
    fn inside(mut self, part: &Part<'_>) -> Self {
        self.at = match part {
            Part::Field(name) if self.at.is_empty() || self.at.starts_with('[') => {
                format!("{name}{}", self.at)
            }
            Part::Field(name) => format!("{name}.{}", self.at),
            Part::Item(place) if self.at.is_empty() || self.at.starts_with('[') => {
                format!("[{place}]{}", self.at)
            }
            Part::Item(place) => format!("[{place}].{}", self.at),
        };
        self
    }
}

/// Reads a document. `infinite` points to the numbers above zero without end, and below.
pub(super) fn revive<'de, T: Deserialize<'de>>(
    document: &'de Value,
    infinite: &[BTreeSet<String>; 2],
) -> Result<T, Misfit> {
    let place = Place { above: None, part: Part::Item(0) };
    T::deserialize(Reading { value: document, place: &place, infinite })
}

/// A step into a document.
enum Part<'a> {
    Field(&'a str),
    Item(usize),
}

/// Where something stands: the last step, and those before it; the first one is the whole.
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    part: Part<'a>,
}

impl Place<'_> {
    fn pointer(&self) -> String {
        let Some(above) = self.above else { return String::new() };
        let above = above.pointer();
        match self.part {
            Part::Field(name) => format!("{above}/{}", pointer(name)),
            Part::Item(place) => format!("{above}/{place}"),
        }
    }
}

/// A value at its place.
#[derive(Clone, Copy)]
struct Reading<'de, 'a> {
    value: &'de Value,
    place: &'a Place<'a>,
    infinite: &'a [BTreeSet<String>; 2],
}

impl<'de> Reading<'de, '_> {
    /// The infinite number that stands here as null.
    fn without_end(&self) -> Option<f64> {
        if self.infinite.iter().all(BTreeSet::is_empty) {
            return None;
        }
        let here = self.place.pointer();
        let [above, below] = self.infinite;
        if above.contains(&here) {
            Some(f64::INFINITY)
        } else {
            below.contains(&here).then_some(f64::NEG_INFINITY)
        }
    }

    fn item<T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        part: Part<'_>,
        value: &'de Value,
    ) -> Result<T::Value, Misfit> {
        let place = Place { above: Some(self.place), part };
        let read = seed.deserialize(Reading { value, place: &place, infinite: self.infinite });
        read.map_err(|fault| fault.inside(&place.part))
    }
}

impl<'de> Deserializer<'de> for Reading<'de, '_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null => match self.without_end() {
                Some(number) => visitor.visit_f64(number),
                None => visitor.visit_unit(),
            },
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(whole), _, _) => visitor.visit_u64(whole),
                (_, Some(whole), _) => visitor.visit_i64(whole),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Misfit::custom("a number beyond all bounds")),
            },
            Value::Array(items) => visitor.visit_seq(Items { of: self, all: items, next: 0 }),
            Value::Object(fields) => {
                visitor.visit_map(Fields { of: self, left: fields.iter(), value: None })
            }
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null => visitor.visit_f64(self.without_end().unwrap_or(f64::NAN)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null if self.without_end().is_none() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.value {
            Value::String(name) => visitor.visit_enum(name.as_str().into_deserializer()),
            Value::Object(fields) if fields.len() == 1 => {
                visitor.visit_enum(Named { of: self, fields })
            }
            _ => Err(Misfit::invalid_type(Unexpected::Other("no name"), &"one of some names")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de, 'a> {
    of: Reading<'de, 'a>,
    all: &'de [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some(value) = self.all.get(self.next) else { return Ok(None) };
        let place = self.next;
        self.next += 1;
        self.of.item(seed, Part::Item(place), value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.all.len() - self.next)
    }
}

struct Fields<'de, 'a> {
    of: Reading<'de, 'a>,
    left: serde_json::map::Iter<'de>,
    value: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Fields<'de, '_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = Some((name, value));
        let name: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        match self.value.take() {
            Some((name, value)) => self.of.item(seed, Part::Field(name), value),
            None => Err(Misfit::custom("a value without a key")),
        }
    }
}

/// A variant of an enum that holds something: `{"name": ...}`.
struct Named<'de, 'a> {
    of: Reading<'de, 'a>,
    fields: &'de Map<String, Value>,
}

impl<'de, 'a> EnumAccess<'de> for Named<'de, 'a> {
    type Error = Misfit;
    type Variant = Held<'de, 'a>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Held<'de, 'a>), Misfit> {
        let Some((name, value)) = self.fields.iter().next() else {
            return Err(Misfit::custom("no name"));
        };
        let named: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
        Ok((seed.deserialize(named)?, Held { of: self.of, name, value }))
    }
}

/// What a variant holds.
struct Held<'de, 'a> {
    of: Reading<'de, 'a>,
    name: &'de str,
    value: &'de Value,
}

impl<'de> VariantAccess<'de> for Held<'de, '_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        self.newtype_variant_seed(std::marker::PhantomData)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misfit> {
        self.of.item(seed, Part::Field(self.name), self.value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        let place = Place { above: Some(self.of.place), part: Part::Field(self.name) };
        let held = Reading { value: self.value, place: &place, infinite: self.of.infinite };
        held.deserialize_any(visitor).map_err(|fault| fault.inside(&place.part))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.tuple_variant(0, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    enum Odd {
        Unit,
        New(Option<f64>),
        Pair(u8, f64),
        Named { a: f64 },
    }

    #[derive(Debug, Deserialize)]
    struct All {
        name: String,
        ends: [f64; 2],
        maybe: Vec<Option<f64>>,
        odd: Vec<Odd>,
    }

    const TEXT: &str = r#"{"name": "n", "ends": [null, 1], "maybe": [null, null, 2.5, 3],
        "odd": ["Unit", {"New": null}, {"Pair": [1, null]}, {"Named": {"a": null}}], "more": 1}"#;

    fn read(text: &str, infinite: [&[&str]; 2]) -> Result<All, Misfit> {
        let value: Value = serde_json::from_str(text).unwrap();
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        revive(&value, &infinite.map(set))
    }

    #[test]
    fn null_is_no_number_or_an_infinite_one_as_pointed_to() {
        let all = read(TEXT, [&["/maybe/1", "/odd/2/Pair/1", "/odd/1/New"], &["/ends/0"]]).unwrap();
        assert_eq!(all.name, "n");
        assert_eq!(all.ends, [f64::NEG_INFINITY, 1.0]);
        assert_eq!(all.maybe, [None, Some(f64::INFINITY), Some(2.5), Some(3.0)]);
        let (new, pair) = (Odd::New(Some(f64::INFINITY)), Odd::Pair(1, f64::INFINITY));
        assert_eq!(all.odd[..3], [Odd::Unit, new, pair]);
        assert!(matches!(all.odd[3], Odd::Named { a } if a.is_nan()));
        let plain = read(TEXT, [&[], &[]]).unwrap();
        assert!(plain.ends[0].is_nan() && plain.odd[1] == Odd::New(None));
    }

    #[test]
    fn a_fault_names_its_place() {
        let fault = |from: &str, to: &str| {
            read(&TEXT.replace(from, to), [&[], &[]]).unwrap_err().to_string()
        };
        assert_eq!(fault("2.5", "\"x\""), "`maybe[2]`: invalid type: string \"x\", expected f64");
        assert_eq!(
            fault("{\"a\": null}", "{\"a\": true}"),
            "`odd[3].Named.a`: invalid type: boolean `true`, expected f64"
        );
        assert!(fault("Unit", "Units").starts_with("`odd[0]`: unknown variant `Units`"));
        assert_eq!(fault("\"name\"", "\"names\""), "missing field `name`");
        assert_eq!(
            fault("[null, 1]", "[1]"),
            "`ends`: invalid length 1, expected an array of length 2"
        );
    }
}
