//! The rules of a log: those that something was found by, with their documentation.

use std::collections::BTreeMap;

use jobflow_core::diagnostic::Severity;
use jobflow_core::rules::Rule;

use super::log::{Configuration, Help, Message, Properties, Rule as Descriptor};
use crate::cli::validate::output::format::View;
use crate::cli::validate::output::remark::{Level, UNREADABLE, UNREADABLE_SUMMARY};

/// The rules of a log, ordered by id.
pub struct Rules {
    /// As they are written.
    pub descriptors: Vec<Descriptor>,
    indices: BTreeMap<&'static str, usize>,
}

/// The rules that something was found by.
pub fn used(view: &View<'_>) -> Rules {
    let found: BTreeMap<&str, Option<&'static Rule>> =
        view.remarks.iter().map(|remark| (remark.id(), remark.rule())).collect();
    Rules {
        indices: found.keys().enumerate().map(|(index, id)| (*id, index)).collect(),
        descriptors: found
            .values()
            .map(|rule| rule.map_or_else(unreadable, |rule| descriptor(view, rule)))
            .collect(),
    }
}

impl Rules {
    /// Where the rule with this id stands.
    pub fn index_of(&self, id: &str) -> usize {
        self.indices.get(id).copied().unwrap_or_default()
    }
}

fn descriptor(view: &View<'_>, rule: &'static Rule) -> Descriptor {
    let level = match rule.severity {
        Severity::Deny => Level::Error,
        Severity::Warn => Level::Warning,
    };
    let page = rule.page();
    Descriptor {
        id: rule.id,
        name: rule.name,
        short_description: Message::new(rule.summary().to_owned()),
        help_uri: view.links.page(rule),
        help: Help {
            text: plain(&page),
            markdown: page,
        },
        default_configuration: Configuration { level: level.as_str() },
        properties: Properties::new(level),
    }
}

fn unreadable() -> Descriptor {
    let help = "Nothing in a file that cannot be read is checked, so it may hide anything. The message says what kubectl \
                would expect at this place.";
    Descriptor {
        id: UNREADABLE,
        name: UNREADABLE,
        short_description: Message::new(UNREADABLE_SUMMARY.to_owned()),
        help_uri: None,
        help: Help {
            text: help.to_owned(),
            markdown: help.to_owned(),
        },
        default_configuration: Configuration {
            level: Level::Error.as_str(),
        },
        properties: Properties::new(Level::Error),
    }
}

/// Markdown without the marks of its headings, which alone disturb a reader of the plain text.
fn plain(page: &str) -> String {
    page.strip_prefix("# ").unwrap_or(page).replace("\n## ", "\n")
}
