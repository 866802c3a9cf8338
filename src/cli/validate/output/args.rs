//! What the arguments say of printing.

use std::collections::HashSet;
use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command, Error};

use super::format::Format;
use super::links::{self, Links};

/// How wide a text may be where nobody knows how wide the reader's window is.
const WIDTH_UNKNOWN: usize = 140;

#[derive(Args, Debug)]
pub struct OutputArgs {
    /// How to print the findings: FORMAT to standard output, FORMAT=FILE into a file; may be repeated
    ///
    /// Without it: full on a terminal, github in a job of GitHub Actions (`GITHUB_ACTIONS=true`), concise elsewhere.
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = TargetParser)]
    output: Vec<Target>,

    /// Write into this file what would go to standard output
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,

    /// Print the findings and nothing else: no summary, no progress
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Tell the verdict on every object too, on standard error
    #[arg(short, long)]
    verbose: bool,

    /// How many files are checked at once [default: the number of processors]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Where the pages of the rules are, for the links in findings
    #[arg(long, value_name = "URL", env = links::VARIABLE, value_parser = links::base)]
    docs_url: Option<String>,
}

/// One format, and where it goes: without a file to standard output.
#[derive(Clone, Debug)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: Option<PathBuf>,
}

/// What is to be printed, with all defaults filled in.
#[derive(Debug)]
pub struct Plan {
    /// The formats; at most one goes to standard output.
    pub targets: Vec<Target>,
    /// Whether there is no summary and no progress.
    pub is_quiet: bool,
    /// Whether the verdict on every object is told.
    pub is_verbose: bool,
    /// How wide a text for people may be.
    pub width: usize,
    /// Where rules are explained.
    pub links: Links,
}

impl OutputArgs {
    /// What is to be printed.
    ///
    /// # Errors
    /// Two things would go to the same place: what was given, and what to do.
    pub fn plan(&self) -> Result<Plan, String> {
        Ok(Plan {
            targets: self.targets()?,
            is_quiet: self.quiet,
            is_verbose: self.verbose,
            width: terminal_size::terminal_size_of(io::stdout()).map_or(WIDTH_UNKNOWN, |(width, _)| width.0.into()),
            links: Links::new(self.docs_url.as_deref()),
        })
    }

    /// How many files are checked at once.
    pub fn jobs(&self) -> Option<NonZeroUsize> {
        self.jobs
    }

    fn targets(&self) -> Result<Vec<Target>, String> {
        let mut targets = self.output.clone();
        if targets.is_empty() {
            targets.push(Target {
                format: if self.output_file.is_some() {
                    Format::Concise
                } else {
                    usual_format()
                },
                file: None,
            });
        }
        if let Some(file) = &self.output_file {
            let to_stdout = targets.iter_mut().find(|target| target.file.is_none());
            let target = to_stdout.ok_or("--output-file has nothing to write: every --output has a file of its own")?;
            target.file = Some(file.clone());
        }
        let mut seen = HashSet::new();
        for target in &targets {
            if !seen.insert(&target.file) {
                return Err(match &target.file {
                    None => {
                        "only one --output may go to standard output: give the others a file, such as sarif=out.sarif"
                            .to_owned()
                    }
                    Some(file) => format!(
                        "'{}' may be written only once: give each --output its own file",
                        file.display()
                    ),
                });
            }
        }
        Ok(targets)
    }
}

fn usual_format() -> Format {
    if env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        Format::Github
    } else if io::stdout().is_terminal() {
        Format::Full
    } else {
        Format::Concise
    }
}

/// Reads `FORMAT` and `FORMAT=FILE`.
#[derive(Clone)]
struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Target, Error> {
        let text = value.to_str();
        let (format, file) = match text.and_then(|text| text.split_once('=')) {
            Some((format, file)) => (OsStr::new(format), Some(file)),
            None => (value, None),
        };
        let format = EnumValueParser::<Format>::new().parse_ref(command, arg, format)?;
        // A dash is standard output, as for paths it is standard input.
        let file = file.filter(|file| *file != "-").map(PathBuf::from);
        Ok(Target { format, file })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        use clap::ValueEnum as _;
        let values: Vec<PossibleValue> = Format::value_variants()
            .iter()
            .filter_map(|format| format.to_possible_value())
            .collect();
        Some(Box::new(values.into_iter()))
    }
}
