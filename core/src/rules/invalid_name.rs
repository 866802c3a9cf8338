//! XX102 `invalid-name`: an object's name is not a DNS subdomain.
//!
//! # Why it is an error
//! The API server refuses it (`NameIsDNSSubdomain`, the rule for custom resources).
//!
//! # Example
//! `metadata: {name: My_Flow}` is denied at `metadata.name`.
//!
//! # Fix
//! Use lower case letters, digits, '-' and '.' only, and begin and end with a letter or digit.

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::names::dns_subdomain_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX102", "invalid-name", Deny, "invalid_name.rs");

pub(crate) fn check(name: &ObjectName<'_>, found: &mut Report) {
    let metadata = At::ROOT.key("metadata");
    let (at, text, fault) = match name {
        ObjectName::Given(text) => (metadata.key("name"), text, dns_subdomain_fault(text)),
        // The prefix may end in '-' or '.', since five letters or digits follow.
        ObjectName::Generated(text) => (
            metadata.key("generateName"),
            text,
            dns_subdomain_fault(&format!("{text}0")),
        ),
        ObjectName::Missing => return,
    };
    if let Some(fault) = fault {
        found.push(Diagnostic::new(&RULE, &at, Reason::Invalid, fault).value(text));
    }
}
