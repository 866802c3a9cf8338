//! What to do next, given what is stored, what is published and what time it is. Pure.

use std::time::{Duration, SystemTime};

use super::store::{Keyed, Store};
use super::terms::{Span, Terms};

/// Clocks differ: what is made now is valid since this long.
pub(super) const BACKDATED: Duration = Duration::from_secs(300);

/// Whether clients trust what they shall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// They trust something else.
    No,
    /// All of them, seen to be so for this long.
    For(Duration),
}

/// The next thing to do. All but the last two change the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is no authority that could sign: a new one, and a serving certificate by it.
    Begin,
    /// A new serving certificate, by the authority that signs.
    Renew,
    /// A new authority, which does not sign yet.
    Announce,
    /// The announced authority signs from now on, and so a new serving certificate; the one before it retires.
    Promote,
    /// Retired authorities are forgotten, since all that they signed has ended.
    Forget,
    /// Clients shall trust what the store says.
    Publish,
    /// Nothing before this time.
    Rest {
        /// When to ask again.
        until: SystemTime,
    },
}

/// The next step. Each leads to a state in which it is not the next one, so asking again and again comes to a rest.
pub fn step(store: &Store, published: Published, terms: &Terms, now: SystemTime) -> Step {
    let Some(authority) = store.authority.as_ref().filter(|authority| lives(authority, now)) else {
        return Step::Begin;
    };
    let Some(leaf) = store.leaf.as_ref().filter(|leaf| fits(leaf, authority, terms)) else {
        return Step::Renew;
    };
    let leaf_due = due(leaf.facts.not_before, leaf.facts.not_after, terms.leaf);
    if leaf_due <= now {
        return Step::Renew;
    }
    if store.retired.iter().any(|retired| retired.until <= now) {
        return Step::Forget;
    }
    let Published::For(settled) = published else {
        return Step::Publish;
    };
    let authority_due = due(authority.facts.not_before, authority.facts.not_after, terms.authority);
    let changes = match &store.next {
        Some(_) if settled >= terms.settle => return Step::Promote,
        Some(_) => now + (terms.settle - settled),
        None if authority_due <= now => return Step::Announce,
        None => authority_due,
    };
    let forgets = store.retired.iter().map(|retired| retired.until);
    let until = forgets.fold(leaf_due.min(changes), SystemTime::min);
    Step::Rest { until }
}

fn lives(signer: &Keyed, now: SystemTime) -> bool {
    now < signer.facts.not_after
}

/// Whether clients that trust the authority take the certificate for the wanted hosts.
fn fits(leaf: &Keyed, authority: &Keyed, terms: &Terms) -> bool {
    authority.signed(leaf) && leaf.links.hosts == terms.hosts
}

/// When there shall be a new one: so long before the end. One whose life was cut short by the end of its authority would
/// be renewed without end; it is halfway through.
fn due(not_before: SystemTime, not_after: SystemTime, span: Span) -> SystemTime {
    let begin = not_before + BACKDATED;
    let life = not_after.duration_since(begin).unwrap_or_default();
    // Certificates have whole seconds.
    let is_whole = life + Duration::from_secs(1) >= span.life;
    let good_for = if is_whole {
        life.saturating_sub(span.renew_before)
    } else {
        life / 2
    };
    begin + good_for
}
