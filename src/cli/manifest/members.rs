//! The members of a map, with those that its merge keys bring in.

use super::budget::Budget;
use super::fault::{self, Unreadable};
use super::source::Span;
use super::tree::{Content, Entry, Key, NodeId, Tree};

/// One member of a map.
#[derive(Clone, Debug)]
pub struct Member<'t> {
    /// Its name.
    pub name: &'t str,
    /// Where its key is written.
    pub key_span: &'t Span,
    /// Its value.
    pub value: NodeId,
    /// The alias behind `<<` that brought it in.
    pub alias: Option<&'t Span>,
}

/// A map that is being merged, and how far that is.
struct Merging<'t> {
    map: NodeId,
    rest: std::slice::Iter<'t, Entry>,
    alias: Option<&'t Span>,
    is_started: bool,
}

/// The members of the map `id`, in the order in which go-yaml sets them: of those with one name, the last wins. So a
/// merge key that stands behind a local key overwrites it, although the YAML text has it otherwise.
///
/// # Errors
/// When a merge key has no map behind it, merges a map into itself, or brings in too much.
pub fn members<'t>(tree: &'t Tree, id: NodeId, budget: &mut Budget) -> Result<Vec<Member<'t>>, Unreadable> {
    let mut found = Vec::new();
    let mut stack = vec![Merging::new(tree, id, None)];
    while let Some(top) = stack.last_mut() {
        top.is_started = true;
        let Some(entry) = top.rest.next() else {
            stack.pop();
            continue;
        };
        let alias = top.alias;
        match &entry.key {
            Key::Name(name) => {
                budget.count(alias.is_some(), &entry.key_span)?;
                found.push(Member {
                    name,
                    key_span: &entry.key_span,
                    value: entry.value,
                    alias,
                });
            }
            Key::Merge => {
                for source in sources(tree, entry)? {
                    let merging = Merging::of_source(tree, source, alias);
                    budget.count(merging.alias.is_some(), &tree.node(source).span)?;
                    if stack.iter().any(|outer| outer.is_started && outer.map == merging.map) {
                        return Err(Unreadable::new(tree.node(source).span.clone(), fault::CONTAINS_ITSELF));
                    }
                    stack.push(merging);
                }
            }
        }
    }
    Ok(found)
}

/// The maps behind a merge key. The first of a list has precedence, so it is set last; the stack turns them round.
fn sources(tree: &Tree, entry: &Entry) -> Result<Vec<NodeId>, Unreadable> {
    let is_map = |id: &NodeId| matches!(tree.node(tree.target(*id)).content, Content::Map(_));
    let sources = match &tree.node(entry.value).content {
        Content::List(items) => items.clone(),
        _ => vec![entry.value],
    };
    match sources.iter().find(|source| !is_map(source)) {
        Some(other) => Err(Unreadable::new(tree.node(*other).span.clone(), fault::MERGE_NO_MAP)),
        None => Ok(sources),
    }
}

impl<'t> Merging<'t> {
    fn new(tree: &'t Tree, map: NodeId, alias: Option<&'t Span>) -> Self {
        let entries = match &tree.node(map).content {
            Content::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        Self {
            map,
            rest: entries.iter(),
            alias,
            is_started: false,
        }
    }

    /// A map behind `<<`. The outermost alias is the one that the author of the object wrote.
    fn of_source(tree: &'t Tree, source: NodeId, outer: Option<&'t Span>) -> Self {
        let node = tree.node(source);
        let own = matches!(node.content, Content::Alias(_)).then_some(&node.span);
        Self::new(tree, tree.target(source), outer.or(own))
    }
}
