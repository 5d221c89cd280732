//! A document as a tree: like a JSON value, but fields keep their order, and a number that is
//! infinite stays apart from one that is not there.

use std::fmt::{self, Display};
use std::io::{self, Write};

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Nothing, or no number.
    Null,
    /// An infinite number; true where it is below zero.
    Infinite(bool),
    /// A number, true or false, as it is written.
    Plain(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Fields in order.
    Fields(Vec<(String, Self)>),
}

impl Tree {
    /// The tree of a document.
    pub(super) fn of(document: &impl Serialize) -> io::Result<Self> {
        document.serialize(Grow).map_err(io::Error::other)
    }

    /// Pointers (RFC 6901) to what is infinite: above zero, and below.
    pub(super) fn infinite(&self) -> [Vec<String>; 2] {
        let mut found = [Vec::new(), Vec::new()];
        self.gather("", &mut found);
        found
    }

    fn gather(&self, at: &str, found: &mut [Vec<String>; 2]) {
        match self {
            Self::Infinite(below) => found[usize::from(*below)].push(at.to_owned()),
            Self::List(items) => {
                for (place, item) in items.iter().enumerate() {
                    item.gather(&format!("{at}/{place}"), found);
                }
            }
            Self::Fields(fields) => {
                for (name, field) in fields {
                    field.gather(&format!("{at}/{}", pointer(name)), found);
                }
            }
            Self::Null | Self::Plain(_) | Self::Text(_) => {}
        }
    }

    /// Writes it as JSON, indented by two spaces a level.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.indented(0, out)
    }

    fn indented(&self, level: usize, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Null | Self::Infinite(_) => out.write_all(b"null"),
            Self::Plain(text) => out.write_all(text.as_bytes()),
            Self::Text(text) => quoted(text, out),
            Self::List(items) => {
                let items = items.iter().map(|item| (None, item));
                group(items, *b"[]", level, out)
            }
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(name, field)| (Some(name.as_str()), field));
                group(fields, *b"{}", level, out)
            }
        }
    }
}

/// A name as a part of a pointer.
pub(super) fn pointer(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn quoted(text: &str, out: &mut dyn Write) -> io::Result<()> {
    // The conversion keeps the kind of the error, which tells a broken pipe from a full disk.
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn group<'a>(
    items: impl Iterator<Item = (Option<&'a str>, &'a Tree)>,
    [open, close]: [u8; 2],
    level: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(&[open])?;
    let mut empty = true;
    for (name, item) in items {
        out.write_all(if empty { b"\n" } else { b",\n" })?;
        empty = false;
        out.write_all("  ".repeat(level + 1).as_bytes())?;
        if let Some(name) = name {
            quoted(name, out)?;
            out.write_all(b": ")?;
        }
        item.indented(level + 1, out)?;
    }
    if !empty {
        write!(out, "\n{}", "  ".repeat(level))?;
    }
    out.write_all(&[close])
}

/// Why something cannot be a tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoTree(String);

impl serde::ser::Error for NoTree {
    fn custom<T: Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

/// Makes trees.
struct Grow;

/// A tree whose branches are still coming, in a variant of an enum where there is a name.
struct Growing {
    variant: Option<&'static str>,
    items: Vec<Tree>,
    fields: Vec<(String, Tree)>,
    is_list: bool,
}

impl Growing {
    const fn new(variant: Option<&'static str>, is_list: bool) -> Self {
        Self { variant, items: Vec::new(), fields: Vec::new(), is_list }
    }

    fn done(self) -> Tree {
        let tree = if self.is_list { Tree::List(self.items) } else { Tree::Fields(self.fields) };
        match self.variant {
            Some(name) => Tree::Fields(vec![(name.to_owned(), tree)]),
            None => tree,
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoTree> {
        self.items.push(value.serialize(Grow)?);
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NoTree> {
        self.fields.push((name.to_owned(), value.serialize(Grow)?));
        Ok(())
    }
}

/// Whole numbers, which are written as they print.
macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<Tree, NoTree> {
            Ok(Tree::Plain(value.to_string()))
        })*
    };
}

impl Serializer for Grow {
    type Ok = Tree;
    type Error = NoTree;
    type SerializeSeq = Growing;
    type SerializeTuple = Growing;
    type SerializeTupleStruct = Growing;
    type SerializeTupleVariant = Growing;
    type SerializeMap = Growing;
    type SerializeStruct = Growing;
    type SerializeStructVariant = Growing;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
    }

    fn serialize_f32(self, value: f32) -> Result<Tree, NoTree> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Tree, NoTree> {
        if value.is_infinite() {
            return Ok(Tree::Infinite(value < 0.0));
        }
        let number = serde_json::Number::from_f64(value);
        Ok(number.map_or(Tree::Null, |number| Tree::Plain(number.to_string())))
    }

    fn serialize_char(self, value: char) -> Result<Tree, NoTree> {
        Ok(Tree::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Tree, NoTree> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Tree, NoTree> {
        Ok(Tree::List(value.iter().map(|byte| Tree::Plain(byte.to_string())).collect()))
    }

    fn serialize_none(self) -> Result<Tree, NoTree> {
        Ok(Tree::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Tree, NoTree> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Tree, NoTree> {
        Ok(Tree::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Tree, NoTree> {
        Ok(Tree::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Tree, NoTree> {
        Ok(Tree::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Tree, NoTree> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Tree, NoTree> {
        Ok(Tree::Fields(vec![(variant.to_owned(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Growing, NoTree> {
        Ok(Growing::new(None, true))
    }

    fn serialize_tuple(self, _: usize) -> Result<Growing, NoTree> {
        Ok(Growing::new(None, true))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Growing, NoTree> {
        Ok(Growing::new(None, true))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Growing, NoTree> {
        Ok(Growing::new(Some(variant), true))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Growing, NoTree> {
        Ok(Growing::new(None, false))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Growing, NoTree> {
        Ok(Growing::new(None, false))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Growing, NoTree> {
        Ok(Growing::new(Some(variant), false))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<Tree, NoTree> {
        Ok(Tree::Text(value.to_string()))
    }
}

/// What grows item by item.
macro_rules! lists {
    ($($of:ident::$method:ident),* $(,)?) => {
        $(impl $of for Growing {
            type Ok = Tree;
            type Error = NoTree;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoTree> {
                self.item(value)
            }

            fn end(self) -> Result<Tree, NoTree> {
                Ok(self.done())
            }
        })*
    };
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
);

/// What grows field by field.
macro_rules! structs {
    ($($of:ident),*) => {
        $(impl $of for Growing {
            type Ok = Tree;
            type Error = NoTree;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NoTree> {
                self.field(name, value)
            }

            fn end(self) -> Result<Tree, NoTree> {
                Ok(self.done())
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Growing {
    type Ok = Tree;
    type Error = NoTree;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoTree> {
        let (Tree::Text(name) | Tree::Plain(name)) = key.serialize(Grow)? else {
            return Err(NoTree::custom("a key that is no text"));
        };
        self.fields.push((name, Tree::Null));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoTree> {
        let value = value.serialize(Grow)?;
        match self.fields.last_mut() {
            Some(field) => field.1 = value,
            None => return Err(NoTree::custom("a value without a key")),
        }
        Ok(())
    }

    fn end(self) -> Result<Tree, NoTree> {
        Ok(self.done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Odd {
        Unit,
        New(u8),
        Pair(u8, f32),
        Named { a: Option<char> },
    }

    #[derive(Serialize)]
    struct All {
        numbers: Vec<f64>,
        odd: Vec<Odd>,
        map: BTreeMap<u16, &'static str>,
        empty: (Vec<u8>, BTreeMap<String, u8>),
        nothing: (),
        big: u64,
        flag: bool,
    }

    fn all() -> All {
        All {
            numbers: vec![0.1, -0.0, 1e300, 2.0, f64::NAN],
            odd: vec![Odd::Unit, Odd::New(1), Odd::Pair(2, 0.5), Odd::Named { a: Some('"') }],
            map: BTreeMap::from([(7, "a\n\u{1}"), (8, "ü")]),
            empty: (Vec::new(), BTreeMap::new()),
            nothing: (),
            big: u64::MAX,
            flag: true,
        }
    }

    #[test]
    fn a_tree_is_written_as_serde_json_writes_it() {
        let mut out = Vec::new();
        Tree::of(&all()).unwrap().write(&mut out).unwrap();
        let expected = serde_json::to_string_pretty(&all()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_is_infinite_is_pointed_to() {
        let map = BTreeMap::from([("a/b~", [1.0, f64::INFINITY]), ("c", [f64::NEG_INFINITY, 0.0])]);
        let found = Tree::of(&map).unwrap().infinite();
        assert_eq!(found, [vec!["/a~1b~0/1".to_owned()], vec!["/c/0".to_owned()]]);
    }
}
