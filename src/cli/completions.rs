//! `jobflow completions`: what makes a shell complete its command lines.
//!
//! The scripts ask the program itself for candidates, so that they know every flag of the version that is installed. An
//! argument that stands for something in a cluster gets its candidates from it (`cluster/complete.rs`).

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

use super::cluster::COMPLETE_VARIABLE;
use super::exit::Exit;
use super::output;

/// What kubectl asks for candidates, if it finds it on the PATH.
const KUBECTL_SCRIPT: &str = include_str!("../../plugins/kubectl_complete-jobflow");

/// What zsh needs besides: a file of `fpath` is read when a line is completed for the first time, as the function that
/// completes it. By only saying who completes it from then on, it would complete nothing that time.
const ZSH_FIRST: &str = "if [[ ${funcstack[1]} == _jobflow ]]; then _clap_dynamic_completer_jobflow; fi\n";

/// Print a script that completes command lines of jobflow in a shell
///
/// For `kubectl jobflow`, save the output of `jobflow completions kubectl` as kubectl_complete-jobflow in a folder of the
/// PATH and make it executable; kubectl's own completion then asks it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  source <(jobflow completions bash)
  jobflow completions zsh > ~/.zfunc/_jobflow
  jobflow completions fish > ~/.config/fish/completions/jobflow.fish
  jobflow completions kubectl > ~/bin/kubectl_complete-jobflow && chmod +x ~/bin/kubectl_complete-jobflow")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// GNU bash, 4 or newer
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
    /// The script by which kubectl completes its plugin
    Kubectl,
}

/// Runs the subcommand.
pub fn run(args: &CompletionsArgs) -> Exit {
    let name = match args.shell {
        Shell::Kubectl => return output::finish(KUBECTL_SCRIPT, Exit::Clean),
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
        Shell::Elvish => "elvish",
    };
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let written = shells
        .completer(name)
        .map(|shell| shell.write_registration(COMPLETE_VARIABLE, "jobflow", "jobflow", "jobflow", &mut script));
    match written {
        Some(Ok(())) => {
            let more = if args.shell == Shell::Zsh { ZSH_FIRST } else { "" };
            output::finish(&(String::from_utf8_lossy(&script) + more), Exit::Clean)
        }
        _ => {
            output::complain(&format!(
                "internal error: there is no script for {name}; please report it"
            ));
            Exit::Internal
        }
    }
}
