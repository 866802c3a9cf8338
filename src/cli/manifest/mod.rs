//! Manifests: from the bytes of a file to the objects in it, as kubectl reads them, with the place of every value.
//!
//! ```text
//! bytes ── source ──> text ── split ──> documents ── load ──> tree as written ── value ──> JSON ── objects ──> objects
//!                                                                   └── locate: field path ──> place
//! ```

mod budget;
mod duplicates;
mod fault;
pub mod limits;
mod load;
mod locate;
mod members;
mod number;
mod objects;
mod scalar;
mod source;
mod split;
mod strict;
mod tree;
mod value;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use fault::Unreadable;
pub use locate::{Aim, Locator, Place};
pub use objects::Object;
pub use scalar::Scalar;
pub use source::{Position, Source, Span};
pub use tree::{Note, Tree};

/// A file that was read.
#[derive(Debug)]
pub struct Manifest {
    /// Its text.
    pub source: Source,
    /// Its documents, without the empty ones and those that cannot be read.
    pub documents: Vec<Document>,
    /// The places where it is not what kubectl reads, in the order of the text.
    pub unreadable: Vec<Unreadable>,
}

/// One document of a file.
#[derive(Debug)]
pub struct Document {
    /// Its number in the file, from 1; empty documents count too.
    pub number: usize,
    /// What is written in it.
    pub tree: Tree,
    /// What it means: itself, or the items of a list.
    pub objects: Vec<Object>,
    /// The template that Helm made it from, such as `chart/templates/flow.yaml`.
    pub template: Option<String>,
}

impl Manifest {
    /// Reads a file. It never fails as a whole: one broken document does not hide the others.
    pub fn read(bytes: Vec<u8>) -> Self {
        let (source, fault) = Source::decode(bytes);
        let mut manifest = Self {
            source,
            documents: Vec::new(),
            unreadable: Vec::new(),
        };
        if let Some(fault) = fault {
            manifest.unreadable.push(fault);
            return manifest;
        }
        let (sections, mut faults) = split::sections(manifest.source.text());
        for section in &sections {
            match Document::read(manifest.source.text(), section) {
                Ok(Some((document, mut found))) => {
                    manifest.documents.push(document);
                    faults.append(&mut found);
                }
                Ok(None) => {}
                Err(fault) => faults.push(fault),
            }
        }
        faults.sort_by_key(|fault| fault.span.start);
        let source = &manifest.source;
        let line = |fault: &Unreadable| {
            source
                .text()
                .get(source.line_span(fault.span.start))
                .unwrap_or_default()
        };
        let faults = faults.into_iter().map(|fault| {
            let line = line(&fault);
            fault.in_line(line)
        });
        manifest.unreadable = faults.collect();
        manifest
    }
}

impl Document {
    fn read(text: &str, section: &split::Section) -> Result<Option<(Self, Vec<Unreadable>)>, Unreadable> {
        let Some(tree) = load::load(text, section)? else {
            return Ok(None);
        };
        match value::value(&tree)? {
            Value::Null => Ok(None),
            value @ (Value::Object(_) | Value::Array(_)) => {
                let (objects, faults) = objects::objects(&tree, value);
                Ok(Some((
                    Self {
                        number: section.number,
                        tree,
                        objects,
                        template: split::template(text.get(section.span.clone()).unwrap_or_default()),
                    },
                    faults,
                )))
            }
            _ => Err(Unreadable::new(tree.node(Tree::ROOT).span.clone(), fault::NO_OBJECT)),
        }
    }
}
