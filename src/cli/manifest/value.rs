//! From the tree of a document to the JSON value that kubectl makes of it.

use serde_json::{Map, Value};

use super::budget::Budget;
use super::fault::{self, Unreadable};
use super::limits::NESTING_MAX;
use super::members::{Member, members};
use super::tree::{Content, NodeId, Tree};

/// A list or map that is being made. The stack of these replaces recursion, whose depth the author would choose.
struct Making<'t> {
    id: NodeId,
    is_aliased: bool,
    rest: Rest<'t>,
}

enum Rest<'t> {
    List(std::slice::Iter<'t, NodeId>, Vec<Value>),
    Map(std::vec::IntoIter<Member<'t>>, &'t str, Map<String, Value>),
}

/// The value of a whole document.
///
/// # Errors
/// When a value has no JSON, or aliases stand for themselves or for too much.
pub fn value(tree: &Tree) -> Result<Value, Unreadable> {
    let mut maker = Maker {
        tree,
        budget: Budget::default(),
        stack: Vec::new(),
    };
    let mut made = maker.begin(Tree::ROOT, false)?;
    loop {
        let Some(top) = maker.stack.last_mut() else {
            return Ok(made.unwrap_or_default());
        };
        if let Some(value) = made.take() {
            top.put(value);
        }
        made = match top.next() {
            Some((id, is_aliased)) => maker.begin(id, is_aliased)?,
            None => maker.stack.pop().map(Making::finished),
        };
    }
}

struct Maker<'t> {
    tree: &'t Tree,
    budget: Budget,
    stack: Vec<Making<'t>>,
}

impl<'t> Maker<'t> {
    /// Begins the value at `id`: a plain one is made at once, any other goes onto the stack.
    fn begin(&mut self, id: NodeId, is_aliased: bool) -> Result<Option<Value>, Unreadable> {
        let span = &self.tree.node(id).span;
        self.budget.count(is_aliased, span)?;
        let target = self.tree.target(id);
        let is_aliased = is_aliased || target != id;
        if target != id {
            self.budget.count(true, span)?;
        }
        let rest = match &self.tree.node(target).content {
            Content::Scalar(scalar) => {
                let value = scalar
                    .clone()
                    .into_json()
                    .map_err(|message| Unreadable::new(span.clone(), message))?;
                if let (true, Value::String(text)) = (is_aliased, &value) {
                    self.budget.count_text(text.len(), span)?;
                }
                return Ok(Some(value));
            }
            Content::List(items) => Rest::List(items.iter(), Vec::with_capacity(items.len())),
            Content::Map(_) => Rest::Map(
                members(self.tree, target, &mut self.budget)?.into_iter(),
                "",
                Map::new(),
            ),
            Content::Alias(_) => unreachable!("`Tree::target` never gives an alias"),
        };
        if self.stack.iter().any(|outer| outer.id == target) {
            return Err(Unreadable::new(span.clone(), fault::CONTAINS_ITSELF));
        }
        if self.stack.len() >= NESTING_MAX {
            return Err(Unreadable::new(span.clone(), fault::nested_too_deeply()));
        }
        self.stack.push(Making {
            id: target,
            is_aliased,
            rest,
        });
        Ok(None)
    }
}

impl Making<'_> {
    /// The next value inside, and whether an alias brought it in.
    fn next(&mut self) -> Option<(NodeId, bool)> {
        match &mut self.rest {
            Rest::List(items, _) => items.next().map(|id| (*id, self.is_aliased)),
            Rest::Map(members, name, _) => members.next().map(|member| {
                *name = member.name;
                (member.value, self.is_aliased || member.alias.is_some())
            }),
        }
    }

    fn put(&mut self, value: Value) {
        match &mut self.rest {
            Rest::List(_, list) => list.push(value),
            Rest::Map(_, name, map) => {
                map.insert((*name).to_owned(), value);
            }
        }
    }

    fn finished(self) -> Value {
        match self.rest {
            Rest::List(_, list) => Value::Array(list),
            Rest::Map(_, _, map) => Value::Object(map),
        }
    }
}
