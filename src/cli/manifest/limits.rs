//! Bounds of the reader, with their arithmetic.

/// The largest file that is read. The API server refuses a request above 3 MiB, so even a file of hundreds of objects
/// is far smaller; what is larger is no manifest, and would only fill the memory.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// How deep a document may be nested, aliases followed: the limit of the webhook.
pub const NESTING_MAX: usize = jobflow_core::limits::NESTING_MAX;

/// How much text aliases may bring in, for one document: ten times what the API server takes in one request. (How
/// many nodes they may bring in is [`ALIASED_SHARE_MAX`].)
pub const ALIASED_BYTES_MAX: usize = 32 << 20;

/// Up to this many nodes, aliases may bring in [`ALIASED_SHARE_MAX`] of a document. This and the following bounds are
/// those of go-yaml (`decode.go`), which kubectl uses: some 400,000 nodes may come from aliases, whatever the document.
pub const SMALL_DOCUMENT_NODES: usize = 400_000;

/// From this many nodes on, aliases may bring in [`ALIASED_SHARE_MIN`] of a document; in between it is linear.
pub const LARGE_DOCUMENT_NODES: usize = 4_000_000;

/// The share of a small document that aliases may bring in.
pub const ALIASED_SHARE_MAX: f64 = 0.99;

/// The share of a large document that aliases may bring in.
pub const ALIASED_SHARE_MIN: f64 = 0.10;

/// With no more nodes than this in all, or [`ALIASED_NODES_FREE`] of them from aliases, no share is asked for.
pub const NODES_FREE: usize = 1_000;

/// See [`NODES_FREE`].
pub const ALIASED_NODES_FREE: usize = 100;

const _: () = assert!(SMALL_DOCUMENT_NODES < LARGE_DOCUMENT_NODES);
const _: () = assert!(ALIASED_SHARE_MIN < ALIASED_SHARE_MAX);
