//! What aliases may cost: a few hundred bytes of them can stand for gigabytes ("billion laughs").

use super::fault::Unreadable;
use super::limits::{
    ALIASED_BYTES_MAX, ALIASED_NODES_FREE, ALIASED_SHARE_MAX, ALIASED_SHARE_MIN, LARGE_DOCUMENT_NODES, NODES_FREE,
    SMALL_DOCUMENT_NODES,
};
use super::source::Span;

/// What one document has cost so far.
#[derive(Debug, Default)]
pub struct Budget {
    nodes: usize,
    aliased_nodes: usize,
    aliased_bytes: usize,
}

impl Budget {
    /// Counts a node, which stands at `span`.
    ///
    /// # Errors
    /// When too many of the nodes come from aliases.
    pub fn count(&mut self, is_aliased: bool, span: &Span) -> Result<(), Unreadable> {
        self.nodes += 1;
        self.aliased_nodes += usize::from(is_aliased);
        if self.aliased_nodes > ALIASED_NODES_FREE && self.nodes > NODES_FREE && self.share() > allowed(self.nodes) {
            let message = format!(
                "aliases may not stand for so much: {} of {} values are theirs already",
                self.aliased_nodes, self.nodes
            );
            return Err(Unreadable::new(span.clone(), message));
        }
        Ok(())
    }

    /// Counts `bytes` of text that an alias brings in.
    ///
    /// # Errors
    /// When that is too much.
    pub fn count_text(&mut self, bytes: usize, span: &Span) -> Result<(), Unreadable> {
        self.aliased_bytes += bytes;
        if self.aliased_bytes > ALIASED_BYTES_MAX {
            let message = format!("aliases may not stand for more than {ALIASED_BYTES_MAX} bytes of text");
            return Err(Unreadable::new(span.clone(), message));
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of less than 2^52 nodes")]
    fn share(&self) -> f64 {
        self.aliased_nodes as f64 / self.nodes as f64
    }
}

/// The share of `nodes` that may come from aliases.
#[expect(clippy::cast_precision_loss, reason = "a share of less than 2^52 nodes")]
fn allowed(nodes: usize) -> f64 {
    let range = (LARGE_DOCUMENT_NODES - SMALL_DOCUMENT_NODES) as f64;
    let above = nodes.clamp(SMALL_DOCUMENT_NODES, LARGE_DOCUMENT_NODES) - SMALL_DOCUMENT_NODES;
    ALIASED_SHARE_MAX - (ALIASED_SHARE_MAX - ALIASED_SHARE_MIN) * above as f64 / range
}
