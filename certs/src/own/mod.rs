//! Certificates of our own: an authority that signs the serving certificate, both renewed before their end.
//!
//! One shared store holds them (a Secret), and each replica asks [`step`] what to do next about it:
//!
//! ```text
//! store, whether it is published, now ──> step ──> make ──> the store, written onto the version that was read
//!                                           └────> publish ──> caBundle of the webhook configurations
//! ```
//!
//! What is guaranteed: at every moment every certificate that any replica may serve with is signed by an authority that is
//! trusted. So a new authority is announced and published first, and signs only when that has settled; an old one is trusted
//! until the last certificate that it signed has ended.

mod make;
mod plan;
mod store;
mod terms;

pub use make::{MakeError, carry_out};
pub use plan::{Published, Step, step};
pub use store::{Keyed, Retired, Store};
pub use terms::{Span, Terms, TermsError};
