//! The schemas of what `jobflow validate` prints for programs.

use std::path::PathBuf;

use anyhow::Result;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// The types themselves: the program has no library that they could be taken from.
#[path = "../../../src/cli/validate/output/wire.rs"]
#[allow(dead_code, reason = "here they are only described")]
mod wire;

/// Every schema: its path from the root of the repository, and its content.
pub fn files() -> Result<Vec<(PathBuf, String)>> {
    let schemas = [
        ("docs/validate.schema.json", schema::<wire::Document<'_>>()),
        ("docs/validate-lines.schema.json", schema::<wire::Line<'_>>()),
    ];
    let written = schemas.into_iter().map(|(path, schema)| {
        let text = serde_json::to_string_pretty(&schema)?;
        Ok((PathBuf::from(path), text + "\n"))
    });
    written.collect()
}

/// Of what is written, not of what could be read: a member that is always there is required.
fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}
