//! Where rules are explained: on a page, where it is known where those are, and by `jobflow explain` everywhere.

use jobflow_core::rules::Rule;

/// The variable of the environment that says where the pages are.
pub const VARIABLE: &str = "JOBFLOW_DOCS_URL";

/// Where rules are explained.
#[derive(Debug)]
pub struct Links {
    base: Option<String>,
}

impl Links {
    /// With the pages below `base`; without one, in the repository that the program was built from.
    pub fn new(base: Option<&str>) -> Self {
        // Empty where the manifest does not say where the repository is.
        let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|repository| !repository.is_empty());
        let released =
            repository.map(|repository| format!("{repository}/blob/v{}/docs/rules", env!("CARGO_PKG_VERSION")));
        Self {
            base: base.map(|base| base.trim_end_matches('/').to_owned()).or(released),
        }
    }

    /// The address of the rule's page.
    pub fn page(&self, rule: &Rule) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}/{}.md", rule.id))
    }

    /// Where to read on: the address of the page, or the command that prints it.
    pub fn advice(&self, rule: &Rule) -> String {
        self.page(rule)
            .unwrap_or_else(|| format!("jobflow explain {}", rule.id))
    }
}

/// Reads the address below which the pages are.
///
/// # Errors
/// It is no address that a browser opens.
pub fn base(text: &str) -> Result<String, String> {
    let is_address = ["https://", "http://"].iter().any(|scheme| {
        let rest = text.strip_prefix(scheme);
        rest.is_some_and(|rest| !rest.is_empty())
    });
    if is_address && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(text.to_owned());
    }
    Err("must begin with https:// or http://, and have no spaces".to_owned())
}
