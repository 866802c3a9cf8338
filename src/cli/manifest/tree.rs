//! The tree of a document as it is written: aliases and merge keys stand where the author put them.

use jobflow_core::field::Segment;

use super::scalar::Scalar;
use super::source::Span;

/// The place of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(usize);

/// One document.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Keys that are given more than once, in the order of the text.
    pub duplicates: Vec<Duplicate>,
    /// The comments that are meant for jobflow, in the order of the text.
    pub notes: Vec<Note>,
}

/// A comment that begins with `jobflow:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it is written, from its `#` on.
    pub span: Span,
    /// What follows `jobflow:`.
    pub text: String,
}

/// One value.
#[derive(Debug)]
pub struct Node {
    /// Where it is written; of a list or map in block style, from its first entry to its last.
    pub span: Span,
    /// What it is.
    pub content: Content,
}

/// What a node is.
#[derive(Debug)]
pub enum Content {
    /// A plain value.
    Scalar(Scalar),
    /// A list.
    List(Vec<NodeId>),
    /// A map, in the order of the text.
    Map(Vec<Entry>),
    /// `*name`, standing for another node.
    Alias(NodeId),
}

/// One line of a map.
#[derive(Debug)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Where the key is written.
    pub key_span: Span,
    /// Its value.
    pub value: NodeId,
}

/// The key of an [`Entry`].
#[derive(Debug, PartialEq, Eq)]
pub enum Key {
    /// A name.
    Name(String),
    /// `<<`: the entries of its value belong to this map.
    Merge,
}

/// A key that is given twice in one map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Its path from the root of the document.
    pub path: Vec<Segment>,
    /// Where it is given for the first time.
    pub first: Span,
    /// Where it is given again.
    pub second: Span,
}

impl Tree {
    /// The outermost value: it was the first to be added.
    pub const ROOT: NodeId = NodeId(0);

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes
            .get(id.0)
            .expect("an id is made by `add` and nodes are never removed")
    }

    /// The node at `id`, to change it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        self.nodes
            .get_mut(id.0)
            .expect("an id is made by `add` and nodes are never removed")
    }

    /// Adds a node.
    pub fn add(&mut self, span: Span, content: Content) -> NodeId {
        self.nodes.push(Node { span, content });
        NodeId(self.nodes.len() - 1)
    }

    /// The node that `id` stands for, if it is an alias; otherwise itself. An alias never stands for an alias.
    pub fn target(&self, id: NodeId) -> NodeId {
        match self.node(id).content {
            Content::Alias(target) => target,
            _ => id,
        }
    }
}
