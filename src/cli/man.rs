//! `jobflow man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Command, ValueHint};

use super::exit::Exit;
use super::output;

/// Write the manual pages of jobflow and all its subcommands into a folder
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow man ~/.local/share/man/man1
  jobflow man pages && man pages/jobflow-validate.1")]
pub struct ManArgs {
    /// The folder; it is made where there is none
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Runs the subcommand.
pub fn run(args: &ManArgs, command: Command) -> Exit {
    let written = fs::create_dir_all(&args.folder).and_then(|()| clap_mangen::generate_to(command, &args.folder));
    match written {
        Ok(()) => {
            output::note(&format!(
                "the pages are in {}: read one with man {0}/jobflow.1",
                args.folder.display()
            ));
            Exit::Clean
        }
        Err(error) => {
            output::complain(&format!("error: {} cannot be written: {error}", args.folder.display()));
            Exit::Unreadable
        }
    }
}
