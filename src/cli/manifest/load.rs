//! Loading: from the events of the YAML parser to a [`Tree`].

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as EventSpan, Tag};

use super::Unreadable;
use super::duplicates;
use super::fault;
use super::scalar::Scalar;
use super::source::Span;
use super::split::Section;
use super::strict::{self, TabLines};
use super::tree::{Content, Entry, Key, NodeId, Note, Tree};

/// What a comment for jobflow begins with.
const NOTE: &str = "jobflow:";

/// Loads one document of `text`. `None` for an empty one.
///
/// # Errors
/// The first place where it is not what kubectl reads as YAML.
pub fn load(text: &str, section: &Section) -> Result<Option<Tree>, Unreadable> {
    let slice = text.get(section.span.clone()).unwrap_or_default();
    if !section.is_json {
        strict::check_text(slice, section.span.start)?;
    }
    // Comments cost time, and few files have any that are for us.
    let has_notes = !section.is_json && slice.contains(NOTE);
    let options = granit_parser::options! { emit_comments: has_notes, max_buffered_comment_events: usize::MAX };
    let mut loader = Loader::new(slice, section);
    for event in Parser::new_from_str_with_options(slice, options) {
        let (event, span) = event.map_err(|error| loader.not_yaml(&error))?;
        loader.take(event, &span)?;
    }
    loader.finished()
}

/// The tree so far, and the lists and maps that are still open.
struct Loader<'t> {
    /// The text of the document, and where that begins in the file.
    text: &'t str,
    base: usize,
    is_json: bool,
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    tab_lines: TabLines,
    is_complete: bool,
}

/// A list or map that is still open.
struct Open {
    id: NodeId,
    is_map: bool,
    /// The key that waits for its value.
    key: Option<(Key, Span)>,
}

impl<'t> Loader<'t> {
    fn new(text: &'t str, section: &Section) -> Self {
        let base = section.span.start;
        let tab_lines = if section.is_json {
            TabLines::default()
        } else {
            TabLines::of(text, base)
        };
        Self {
            text,
            base,
            is_json: section.is_json,
            tree: Tree::default(),
            open: Vec::new(),
            anchors: HashMap::new(),
            tab_lines,
            is_complete: false,
        }
    }

    fn finished(self) -> Result<Option<Tree>, Unreadable> {
        self.tab_lines.check()?;
        Ok(self.is_complete.then_some(self.tree))
    }

    fn take(&mut self, event: Event<'_>, span: &EventSpan) -> Result<(), Unreadable> {
        let span = self.absolute(span);
        match event {
            Event::DocumentStart(..) if self.is_complete => {
                let message = "expected the separator '---' before another document: kubectl does not read it";
                Err(Unreadable::new(span, message))
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), span),
            Event::SequenceStart(_, anchor, _) => self.start(Content::List(Vec::new()), anchor, span),
            Event::MappingStart(_, anchor, _) => self.start(Content::Map(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(&span);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Comment(text, _) => {
                let text = text.trim().strip_prefix(NOTE).map(str::to_owned);
                self.tree.notes.extend(text.map(|text| Note { span, text }));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Unreadable> {
        if matches!(style, ScalarStyle::DoubleQuoted | ScalarStyle::SingleQuoted) {
            self.tab_lines.shelter(&span);
        }
        if style == ScalarStyle::DoubleQuoted && !self.is_json {
            strict::check_escapes(self.source(&span), span.start)?;
        }
        let scalar = Scalar::resolve(text, style, tag).map_err(|message| Unreadable::new(span.clone(), message))?;
        let id = self.tree.add(span, Content::Scalar(scalar));
        self.name(anchor, id);
        self.attach(id)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Unreadable> {
        let target = self.anchors.get(&anchor).copied();
        let target = target.ok_or_else(|| Unreadable::new(span.clone(), fault::UNKNOWN_ANCHOR))?;
        let id = self.tree.add(span, Content::Alias(target));
        self.attach(id)
    }

    fn start(&mut self, content: Content, anchor: usize, span: Span) -> Result<(), Unreadable> {
        if self.open.last().is_some_and(|open| open.is_map && open.key.is_none()) {
            return Err(Unreadable::new(span, fault::KEY_NO_TEXT));
        }
        let is_map = matches!(content, Content::Map(_));
        let id = self.tree.add(span, content);
        self.name(anchor, id);
        self.attach(id)?;
        self.open.push(Open { id, is_map, key: None });
        Ok(())
    }

    /// Notes the anchor of a new node; 0 is none.
    fn name(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn end(&mut self, span: &Span) {
        let Some(closed) = self.open.pop() else {
            return;
        };
        if closed.is_map {
            let around = self.open.iter().map(|open| open.id);
            let mut found = duplicates::of_map(&self.tree, closed.id, around);
            self.tree.duplicates.append(&mut found);
        }
        let is_flow = !span.is_empty();
        let end = if is_flow { span.end } else { self.last_end(closed.id) };
        let node = self.tree.node_mut(closed.id);
        node.span.end = end.max(node.span.start);
        if is_flow {
            self.tab_lines.shelter(&node.span);
        }
        self.is_complete = self.open.is_empty();
    }

    /// Where the last value inside ends: a list or map in block style has no end of its own.
    fn last_end(&self, id: NodeId) -> usize {
        let last = match &self.tree.node(id).content {
            Content::List(items) => items.last().copied(),
            Content::Map(entries) => entries.last().map(|entry| entry.value),
            _ => None,
        };
        last.map_or(0, |last| self.tree.node(last).span.end)
    }

    /// Puts a new node where it belongs: into the list or map that is open, as a key or as a value.
    fn attach(&mut self, id: NodeId) -> Result<(), Unreadable> {
        let Some(open) = self.open.last_mut() else {
            self.is_complete = true;
            return Ok(());
        };
        let parent = open.id;
        match (open.is_map, open.key.take()) {
            (false, _) => {
                if let Content::List(items) = &mut self.tree.node_mut(parent).content {
                    items.push(id);
                }
            }
            (true, Some((key, key_span))) => {
                if let Content::Map(entries) = &mut self.tree.node_mut(parent).content {
                    entries.push(Entry {
                        key,
                        key_span,
                        value: id,
                    });
                }
            }
            (true, None) => open.key = Some(key_of(&self.tree, id)?),
        }
        Ok(())
    }

    fn absolute(&self, span: &EventSpan) -> Span {
        let range = span.byte_range().unwrap_or_default();
        self.base + range.start..self.base + range.end
    }

    /// The text at `span`.
    fn source(&self, span: &Span) -> &'t str {
        self.text
            .get(span.start - self.base..span.end - self.base)
            .unwrap_or_default()
    }

    fn not_yaml(&self, error: &ScanError) -> Unreadable {
        let mut start = error.marker().byte_offset().unwrap_or_default().min(self.text.len());
        if fault::is_tab(error) {
            start = self
                .text
                .get(..=start)
                .and_then(|read| read.rfind('\t'))
                .unwrap_or(start);
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest
            .chars()
            .next()
            .filter(|c| !c.is_whitespace())
            .map_or(0, char::len_utf8);
        let start = self.base + start;
        Unreadable::new(start..start + length, fault::explain(error))
    }
}

/// The key that the node `id` is.
fn key_of(tree: &Tree, id: NodeId) -> Result<(Key, Span), Unreadable> {
    let span = tree.node(id).span.clone();
    let Content::Scalar(scalar) = &tree.node(tree.target(id)).content else {
        return Err(Unreadable::new(span, fault::KEY_NO_TEXT));
    };
    let key = match scalar {
        Scalar::Merge => Key::Merge,
        Scalar::Text(text) => Key::Name(text.clone()),
        Scalar::Bool(value) => Key::Name(value.to_string()),
        Scalar::Number(number) => match number.to_key() {
            Some(key) => Key::Name(key),
            None => return Err(Unreadable::new(span, fault::KEY_NO_TEXT)),
        },
        Scalar::Null => return Err(Unreadable::new(span, fault::KEY_NO_TEXT)),
    };
    Ok((key, span))
}
