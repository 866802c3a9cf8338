//! From a field path to the place in the file.

use std::collections::HashMap;

use jobflow_core::field::Segment;

use super::budget::Budget;
use super::members::{Member, members};
use super::scalar::Scalar;
use super::source::Span;
use super::tree::{Content, NodeId, Tree};

/// Which part of an entry is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Its value.
    Value,
    /// Its key.
    Key,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is written.
    pub span: Span,
    /// Where the alias stands that brought it to the path; the outermost, where there are several.
    pub alias: Option<Span>,
}

/// Finds places in one document. It remembers the maps it has seen, so that many paths take linear time.
#[derive(Debug)]
pub struct Locator<'t> {
    tree: &'t Tree,
    seen: HashMap<NodeId, HashMap<&'t str, Member<'t>>>,
}

/// How far a path was followed.
struct Reached<'t> {
    id: NodeId,
    key: Option<&'t Span>,
    alias: Option<&'t Span>,
    is_complete: bool,
}

impl<'t> Locator<'t> {
    /// For paths in `tree`.
    pub fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            seen: HashMap::new(),
        }
    }

    /// The place of what `path` leads to, from the root of the document: the value (or the key, where that is meant,
    /// or where the value is empty), or the nearest thing around it where there is no such thing.
    pub fn find<'p>(&mut self, path: impl Iterator<Item = &'p Segment>, aim: Aim) -> Place {
        let reached = self.follow(path);
        let node = self.tree.node(reached.id);
        let is_empty = node.span.is_empty() && matches!(node.content, Content::Scalar(Scalar::Null | Scalar::Text(_)));
        let target = self.tree.node(self.tree.target(reached.id));
        let (span, is_key) = match reached.key {
            Some(key) if aim == Aim::Key || is_empty || !reached.is_complete => (key, true),
            _ => (&target.span, false),
        };
        // A key stands where its map is written; an alias behind it did not bring it there.
        let own_alias = (!is_key && matches!(node.content, Content::Alias(_))).then_some(&node.span);
        Place {
            span: span.clone(),
            alias: reached.alias.or(own_alias).cloned(),
        }
    }

    fn follow<'p>(&mut self, path: impl Iterator<Item = &'p Segment>) -> Reached<'t> {
        let mut reached = Reached {
            id: Tree::ROOT,
            key: None,
            alias: None,
            is_complete: true,
        };
        for segment in path {
            let tree = self.tree;
            let target = tree.target(reached.id);
            let used = (target != reached.id).then_some(&tree.node(reached.id).span);
            let next = match segment {
                Segment::Key(name) | Segment::MapKey(name) => self.member(target, name),
                Segment::Index(index) => item(tree, target, *index),
            };
            let Some((id, key, merged)) = next else {
                reached.is_complete = false;
                break;
            };
            let alias = reached.alias.or(used).or(merged);
            reached = Reached {
                id,
                key,
                alias,
                is_complete: true,
            };
        }
        reached
    }

    fn member(&mut self, map: NodeId, name: &str) -> Option<Step<'t>> {
        let tree = self.tree;
        let by_name = self.seen.entry(map).or_insert_with(|| {
            // It fitted the budget when the value was made, so it does again.
            let members = members(tree, map, &mut Budget::default()).unwrap_or_default();
            members.into_iter().map(|member| (member.name, member)).collect()
        });
        by_name
            .get(name)
            .map(|member| (member.value, Some(member.key_span), member.alias))
    }
}

/// A value, its key, and the alias of a merge key that brought it in.
type Step<'t> = (NodeId, Option<&'t Span>, Option<&'t Span>);

fn item(tree: &Tree, list: NodeId, index: usize) -> Option<Step<'_>> {
    match &tree.node(list).content {
        Content::List(items) => items.get(index).map(|id| (*id, None, None)),
        _ => None,
    }
}
