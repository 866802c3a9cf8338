//! `sarif`: the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code scanning services read.

mod log;
mod rules;

use super::fingerprint::Fingerprints;
use super::format::View;
use super::remark::{Region as Place, Remark};
use crate::cli::exit::Exit;
use log::{
    ArtifactLocation, BaseIds, Description, Driver, Fingerprint, Invocation, Location, Log, LogicalLocation, Message,
    PhysicalLocation, Region, RelatedLocation, Run, SarifResult, Tool,
};

/// Where the schema of the format is published.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// From what relative paths begin, by the name that GitHub documents.
const ROOT: &str = "%SRCROOT%";

/// The whole log.
pub fn log(view: &View<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let rules = rules::used(view);
    let results = view.remarks.iter().map(|remark| SarifResult {
        rule_id: remark.id(),
        rule_index: rules.index_of(remark.id()),
        level: remark.level.as_str(),
        message: Message::new(remark.sentence()),
        locations: vec![location(view, remark)],
        related_locations: related(view, remark).into_iter().collect(),
        partial_fingerprints: Fingerprint {
            finding: fingerprints.of(remark, &view.paths.in_repository(remark.file)),
        },
    });
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            results: results.collect(),
            tool: Tool {
                driver: Driver {
                    name: "jobflow",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.descriptors,
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: view.exit < Exit::Unreadable,
                exit_code: view.exit as u8,
            }],
            original_uri_base_ids: BaseIds {
                root: Description {
                    description: Message::new("The root of the repository.".to_owned()),
                },
            },
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).expect("every key is text");
    text.push('\n');
    text
}

fn location(view: &View<'_>, remark: &Remark<'_>) -> Location {
    Location {
        physical_location: physical(view, remark.file, remark.region),
        logical_locations: remark.finding.zip(remark.path()).map(|(finding, path)| {
            let object = format!("{}/{}", finding.kind, finding.name);
            [LogicalLocation {
                fully_qualified_name: format!("{object}/{path}"),
                name: path,
                kind: "member",
            }]
        }),
    }
}

fn related(view: &View<'_>, remark: &Remark<'_>) -> Option<RelatedLocation> {
    remark.related.map(|beside| RelatedLocation {
        id: 1,
        physical_location: physical(view, beside.file, beside.region),
        message: Message::new(beside.why.to_owned()),
    })
}

fn physical(view: &View<'_>, file: &str, place: Place) -> PhysicalLocation {
    let uri = view.paths.uri(file);
    let is_relative = !uri.starts_with("file:");
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri,
            uri_base_id: is_relative.then_some(ROOT),
        },
        region: Region {
            start_line: place.start.line,
            start_column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
        },
    }
}
