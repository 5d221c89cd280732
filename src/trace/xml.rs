//! XML documents of tools, as a tree with the place of every element.
//!
//! Nothing is expanded: the five predefined entities and character references are all there is, and
//! a document type declaration is refused, so no document grows while it is read. Depth, length and
//! number of elements are bounded.

use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::trace::text::{shortened, whole, whole_line};
use crate::trace::{TraceError, TraceFault, TraceProblem};

/// A longer document is refused.
const MAX_BYTES: usize = 64 << 20;
/// Elements within elements; the documents read here have about ten.
const MAX_DEPTH: usize = 64;
/// Elements kept of one document.
const MAX_ELEMENTS: usize = 1_000_000;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Name without prefix.
    pub(crate) name: String,
    /// Names and values.
    pub(crate) attributes: Vec<(String, String)>,
    /// Text directly in it, trimmed.
    pub(crate) text: String,
    /// Elements in it.
    pub(crate) children: Vec<Element>,
    /// Line of its start, from 1.
    pub(crate) line: u64,
    /// Character of that line, from 1.
    pub(crate) column: usize,
}

impl Element {
    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of a name.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// A fault of this element.
    pub(crate) fn fault(&self, problem: TraceProblem, help: &str) -> TraceFault {
        TraceFault {
            line: self.line,
            column: Some(self.column),
            field: Some(shortened(&self.name)),
            problem,
            help: help.to_owned(),
        }
    }

    /// The same with a sentence of its own.
    pub(crate) fn content(&self, text: impl Into<String>, help: &str) -> TraceFault {
        self.fault(TraceProblem::Content { text: text.into() }, help)
    }
}

/// Reads a document; the insides of elements called one of `skipped` are not kept.
///
/// # Errors
/// [`TraceError`] when it is not well formed, too long or too deep, or cannot be read.
pub(crate) fn read<R: Read>(
    name: &str,
    reader: R,
    skipped: &[&str],
) -> Result<Element, TraceError> {
    let text = whole(name, reader, MAX_BYTES)?;
    let mut tree = Tree { text: &text, at: 0, line: 1, column: 1, open: Vec::new(), kept: 0 };
    tree.document(skipped).map_err(|fault| TraceError::one(name, fault))
}

struct Tree<'a> {
    text: &'a str,
    /// Bytes whose lines are counted.
    at: usize,
    line: u64,
    /// Character of the line at that byte, from 1: counted on, because a document may be one line.
    column: usize,
    open: Vec<Element>,
    kept: usize,
}

impl Tree<'_> {
    fn document(&mut self, skipped: &[&str]) -> Result<Element, TraceFault> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_end_names = true;
        let mut root = None;
        // Depth within an element that is not kept.
        let mut inside = 0_usize;
        loop {
            let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            self.advance(start);
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let place = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                    self.advance(place);
                    let text = format!("the document is not well-formed XML: {error}");
                    let help = "copy the whole file as the tool wrote it";
                    return Err(self.fault(TraceProblem::Content { text }, help));
                }
            };
            match event {
                Event::Start(tag) if inside > 0 || self.passes_over(&tag, skipped) => {
                    inside += 1;
                    if self.open.len() + inside > MAX_DEPTH {
                        return Err(self.too_deep());
                    }
                }
                Event::End(_) if inside > 0 => inside -= 1,
                Event::Empty(tag) if inside > 0 || self.passes_over(&tag, skipped) => {}
                Event::Start(tag) => self.start(&tag, root.is_some())?,
                Event::Empty(tag) => {
                    self.start(&tag, root.is_some())?;
                    self.close(&mut root);
                }
                Event::End(_) => self.close(&mut root),
                Event::Text(text) if inside == 0 => {
                    self.text(&text.xml_content(XmlVersion::default()), root.is_some())?;
                }
                Event::CData(text) if inside == 0 => {
                    self.text(&text.xml_content(XmlVersion::default()), root.is_some())?;
                }
                Event::GeneralRef(name) => {
                    let resolved = self.resolve(&name)?;
                    if inside == 0 {
                        self.text(&resolved, root.is_some())?;
                    }
                }
                Event::DocType(_) => {
                    let text = "there is a document type declaration".to_owned();
                    let help = "no result has one; entities are never expanded";
                    return Err(self.fault(TraceProblem::Content { text }, help));
                }
                Event::Eof => return self.end(root),
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_) => {}
            }
        }
    }

    fn passes_over(&self, tag: &BytesStart<'_>, skipped: &[&str]) -> bool {
        !self.open.is_empty() && skipped.contains(&local(tag).as_str())
    }

    /// Counts lines up to a byte.
    fn advance(&mut self, to: usize) {
        let to = to.min(self.text.len());
        for byte in self.text.as_bytes().get(self.at..to).unwrap_or_default() {
            if *byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xc0 != 0x80 {
                // Not a byte within a character.
                self.column += 1;
            }
        }
        self.at = self.at.max(to);
    }

    fn fault(&self, problem: TraceProblem, help: &str) -> TraceFault {
        TraceFault { column: Some(self.column), ..whole_line(self.line, problem, help) }
    }

    fn too_deep(&self) -> TraceFault {
        let text = format!("there are more than {MAX_DEPTH} elements within each other");
        self.fault(TraceProblem::Content { text }, "no result is that deep")
    }

    fn start(&mut self, tag: &BytesStart<'_>, after_root: bool) -> Result<(), TraceFault> {
        if self.open.is_empty() && after_root {
            let text = "a second document begins".to_owned();
            return Err(self.fault(TraceProblem::Content { text }, "give one result at a time"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.kept += 1;
        if self.kept > MAX_ELEMENTS {
            let text = format!("there are more than {MAX_ELEMENTS} elements");
            return Err(self.fault(TraceProblem::Content { text }, "give one test at a time"));
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let read = attribute.map_err(|error| error.to_string()).and_then(|attribute| {
                let value = attribute
                    .normalized_value(XmlVersion::default())
                    .map_err(|error| error.to_string())?
                    .into_owned();
                Ok((as_text(attribute.key.local_name().as_ref()), value))
            });
            match read {
                Ok(attribute) => attributes.push(attribute),
                Err(error) => {
                    let text = format!("an attribute is not well-formed: {error}");
                    let help = "copy the whole file as the tool wrote it";
                    return Err(self.fault(TraceProblem::Content { text }, help));
                }
            }
        }
        let (line, column) = (self.line, self.column);
        let name = local(tag);
        self.open.push(Element { name, attributes, line, column, ..Element::default() });
        Ok(())
    }

    fn close(&mut self, root: &mut Option<Element>) {
        // The reader refuses an end without a start.
        let Some(mut element) = self.open.pop() else { return };
        let text = element.text.trim().to_owned();
        element.text = text;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => *root = Some(element),
        }
    }

    fn text(&mut self, text: &str, after_root: bool) -> Result<(), TraceFault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                let place = if after_root { "after" } else { "before" };
                let text = format!("there is text {place} the document");
                let help = "keep only what the tool wrote as XML";
                return Err(self.fault(TraceProblem::Content { text }, help));
            }
        }
        Ok(())
    }

    fn resolve(&self, name: &BytesRef<'_>) -> Result<String, TraceFault> {
        if let Ok(Some(character)) = name.resolve_char_ref() {
            return Ok(character.to_string());
        }
        let name = name.xml_content(XmlVersion::default());
        if let Some(text) = quick_xml::escape::resolve_predefined_entity(&name) {
            return Ok(text.to_owned());
        }
        let text = format!("there is an entity {:?}", shortened(&name));
        let help = "only &lt; &gt; &amp; &quot; &apos; and characters are read";
        Err(self.fault(TraceProblem::Content { text }, help))
    }

    fn end(&mut self, root: Option<Element>) -> Result<Element, TraceFault> {
        self.advance(self.text.len());
        if let Some(open) = self.open.last() {
            let text = format!("the file ends within <{}>", shortened(&open.name));
            return Err(self.fault(TraceProblem::Content { text }, "copy the whole file"));
        }
        root.ok_or_else(|| self.fault(TraceProblem::Empty, "give a result as the tool wrote it"))
    }
}

fn local(tag: &BytesStart<'_>) -> String {
    as_text(tag.local_name().as_ref())
}

fn as_text(name: impl AsRef<str>) -> String {
    name.as_ref().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        read("x.xml", text.as_bytes(), &["Skip"]).unwrap_err().to_string()
    }

    #[test]
    fn elements_have_text_attributes_and_places() {
        let text = "\u{feff}<?xml version='1.0'?>\n<a>\n  <b c='1 &lt; 2'> x &amp; &#65; </b><b/>\n\
                    <Skip><b>no</b></Skip></a>\n";
        let root = read("x.xml", text.as_bytes(), &["Skip"]).unwrap();
        assert_eq!((root.name.as_str(), root.line, root.all("b").count()), ("a", 2, 2));
        let b = root.child("b").unwrap();
        assert_eq!((b.text.as_str(), b.attribute("c")), ("x & A", Some("1 < 2")));
        assert_eq!((b.line, b.column), (3, 3));
        assert_eq!(root.children.len(), 2, "what is skipped is not kept");
    }

    #[test]
    fn what_is_no_document_is_told_with_its_place() {
        let bomb = "<!DOCTYPE a [<!ENTITY b '&c;&c;'>]>\n<a>&b;</a>";
        assert!(told(bomb).starts_with("x.xml, line 1, column 1: there is a document type"));
        assert!(told("<a>\n &b;</a>").starts_with("x.xml, line 2, column 2: there is an entity"));
        assert!(told("<a>\n<b>").starts_with("x.xml, line 2, column 4: the file ends within <b>"));
        assert!(told("<a><b></a>").contains("not well-formed"));
        assert!(told("<a/><b/>").contains("a second document begins"));
        assert!(told("x<a/>").contains("text before the document"));
        assert!(told("<a/>x").contains("text after the document"));
        assert!(told("").contains("the file is empty"));
        assert!(told("<a b='1' b='2'/>").contains("an attribute is not well-formed"));
        for deep in ["<a>".repeat(100_000), format!("<a>{}", "<Skip>".repeat(100_000))] {
            assert!(told(&deep).contains("more than 64 elements within each other"));
        }
    }
}
