//! `concise`: a line for each remark, as compilers print them, so that editors and terminals can jump to it.

use anstyle::{AnsiColor, Style};
use jobflow_core::rules::Rule;
use jobflow_core::text;

use super::format::View;
use super::links::Links;
use super::remark::{Level, Remark};

const PLACE: Style = Style::new().bold();
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// All lines.
pub fn lines(view: &View<'_>) -> String {
    view.remarks.iter().map(|remark| line(remark, view.links)).collect()
}

fn line(remark: &Remark<'_>, links: &Links) -> String {
    let style = match remark.level {
        Level::Error => ERROR,
        Level::Warning => WARNING,
    };
    let id = remark
        .rule()
        .map_or(String::new(), |rule| format!("[{}]", id(rule, links)));
    let (level, start) = (remark.level.as_str(), remark.region.start);
    let (line, column) = (start.line, start.column);
    format!(
        "{PLACE}{}:{line}:{column}{PLACE:#}: {style}{level}{id}{style:#}: {}\n",
        text::sanitized(remark.file),
        remark.sentence(),
    )
}

/// The id, which terminals open the page of the rule by. Where there are no colours, there is no link either.
fn id(rule: &Rule, links: &Links) -> String {
    match links.page(rule) {
        Some(page) => format!("\u{1b}]8;;{page}\u{1b}\\{}\u{1b}]8;;\u{1b}\\", rule.id),
        None => rule.id.to_owned(),
    }
}
