//! Settings: what is checked and what ends in which way, from the flags and, where a flag is silent, from the configuration file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use jobflow_core::kinds::{self, Kind};

/// The flags. Each boolean may be given as `--flag=false` too, which wins over a `true` of the configuration file.
#[derive(Args, Debug, Default)]
pub struct CheckArgs {
    /// Leave out files and directories that match, such as 'charts/**' or '*.tpl.yaml'; may be repeated
    ///
    /// A pattern without a slash is held against names, one with a slash against paths, from the directory that is named or
    /// from the current one. `*` stays within a name, `**` does not.
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,

    /// The name under which standard input is reported
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub stdin_filename: Option<String>,

    /// End with status 2 where there is nothing of jobflow's to check
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Input")]
    pub require_match: Option<bool>,

    /// Check only these kinds, such as JobFlow,JobTemplate
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kind, help_heading = "Input")]
    pub kinds: Vec<String>,

    /// Deny objects of kinds that are not jobflow's, instead of passing over them
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Input")]
    pub fail_on_unknown_kind: Option<bool>,

    /// A file or directory with JobTemplates that flows may refer to; may be repeated
    ///
    /// Nothing else of it is looked at. With it, a reference to a template that is neither there nor in the input gives a
    /// warning.
    #[arg(long, value_name = "DIR", help_heading = "References")]
    pub templates: Vec<PathBuf>,

    /// Say nothing of references to JobTemplates that are not in the input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "References")]
    pub ignore_missing_refs: Option<bool>,

    /// Warn of unknown fields, instead of denying them; the API server drops them
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = "Verdict")]
    pub lenient: Option<bool>,

    /// What ends with status 1: what is denied (error, the default), also what is warned of (warning), or nothing (never)
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Verdict")]
    pub fail_on: Option<FailOn>,

    /// Print no more findings than this; all count for the verdict
    #[arg(long, value_name = "N", help_heading = "Verdict")]
    pub max_findings: Option<usize>,

    /// Read this configuration file, instead of the nearest .jobflow.yaml
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "no_config",
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,

    /// Read no configuration file
    #[arg(long, help_heading = "Configuration")]
    pub no_config: bool,
}

/// From which severity on there is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// What is denied.
    #[default]
    Error,
    /// What is warned of, too.
    Warning,
    /// Nothing; only what cannot be read.
    Never,
}

/// What holds, and what the configuration file may say: its names are those of the flags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Settings {
    /// See [`CheckArgs::exclude`].
    pub exclude: Vec<String>,
    /// See [`CheckArgs::stdin_filename`]; a flag only.
    #[serde(skip)]
    pub stdin_filename: Option<String>,
    /// See [`CheckArgs::require_match`].
    pub require_match: bool,
    /// See [`CheckArgs::kinds`]; empty for all.
    pub kinds: Vec<String>,
    /// See [`CheckArgs::fail_on_unknown_kind`].
    pub fail_on_unknown_kind: bool,
    /// See [`CheckArgs::templates`]; those of a file begin at its directory.
    pub templates: Vec<PathBuf>,
    /// See [`CheckArgs::ignore_missing_refs`].
    pub ignore_missing_refs: bool,
    /// See [`CheckArgs::lenient`].
    pub lenient: bool,
    /// See [`CheckArgs::fail_on`].
    pub fail_on: FailOn,
    /// See [`CheckArgs::max_findings`].
    pub max_findings: Option<usize>,
}

impl Settings {
    /// The flags, and where they are silent the file. Lists of both hold together, except kinds: a shorter list is asked for.
    pub fn new(args: &CheckArgs, file: Self) -> Self {
        Self {
            exclude: [file.exclude, args.exclude.clone()].concat(),
            stdin_filename: args.stdin_filename.clone(),
            require_match: args.require_match.unwrap_or(file.require_match),
            kinds: if args.kinds.is_empty() {
                file.kinds
            } else {
                args.kinds.clone()
            },
            fail_on_unknown_kind: args.fail_on_unknown_kind.unwrap_or(file.fail_on_unknown_kind),
            templates: [file.templates, args.templates.clone()].concat(),
            ignore_missing_refs: args.ignore_missing_refs.unwrap_or(file.ignore_missing_refs),
            lenient: args.lenient.unwrap_or(file.lenient),
            fail_on: args.fail_on.unwrap_or(file.fail_on),
            max_findings: args.max_findings.or(file.max_findings),
        }
    }

    /// Whether objects of this kind are asked for.
    pub fn wants(&self, kind: &Kind) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|name| name == kind.kind)
    }
}

/// Reads the name of a kind of ours, in any case.
///
/// # Errors
/// Says which kinds there are.
pub fn kind(name: &str) -> Result<String, String> {
    let known = kinds::ALL.iter().find(|kind| kind.kind.eq_ignore_ascii_case(name));
    known.map(|kind| kind.kind.to_owned()).ok_or_else(|| {
        let names: Vec<&str> = kinds::ALL.iter().map(|kind| kind.kind).collect();
        format!("expected one of {}", names.join(", "))
    })
}
