//! What a real shell makes of a line when its user presses Tab.

use std::fs;
use std::io::{self, Write as _};
use std::process::Command;

use crate::shell::Shell;

/// A shell that can be asked what it completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completer {
    /// By the function that the script has registered.
    Bash,
    /// By its line editor, on a terminal of its own.
    Zsh,
    /// By its builtin `complete`.
    Fish,
}

/// In a line editor: Ctrl-T completes, tells the line and ends.
const ZSHRC: &str = "\
fpath=(~/.zfunc $fpath)
autoload -Uz compinit
compinit -u
tell() { zle complete-word; print -r -- \"$BUFFER\" > ~/told; BUFFER=exit; zle accept-line }
zle -N tell
bindkey '^T' tell
PS1='ready'
";

/// Types into zsh, once it is ready.
const TYPIST: &str = "\
zmodload zsh/zpty
zpty typist zsh -d -i
zpty -r typist seen '*ready'
zpty -w -n typist \"$1\"$'\\C-t'
while zpty -r typist seen; do :; done
cat ~/told
";

impl Completer {
    /// Its name, which is that of its program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Whether this machine has it. What is not tested for want of it is said where nothing hides it.
    pub fn is_here(self) -> bool {
        let is_here = Command::new(self.name()).arg("--version").output().is_ok();
        if !is_here {
            let name = self.name();
            tell_left_out(&format!("completion in {name}: on Debian, `apt-get install {name}`"));
        }
        is_here
    }

    /// The candidates for the last word of a line. zsh shows the line as it is then, of which this is the last word.
    ///
    /// # Panics
    /// When the shell cannot be run, or fails.
    pub fn candidates(self, shell: &Shell, line: &str) -> Vec<String> {
        let quoted = format!("'{line}'");
        let (status, text) = match self {
            Self::Bash => shell.run(&in_bash(line), 0),
            Self::Fish => shell.run(&format!("fish -c \"complete -C {quoted}\""), 0),
            Self::Zsh => {
                fs::write(shell.home().join(".zshrc"), ZSHRC).unwrap();
                fs::write(shell.home().join("typist"), TYPIST).unwrap();
                shell.run(&format!("zsh -f ~/typist {quoted}"), 0)
            }
        };
        assert_eq!(status, 0, "{} ended with {text}", self.name());
        match self {
            // A tab stands before what a candidate means.
            Self::Fish => text
                .lines()
                .filter_map(|line| line.split('\t').next())
                .map(str::to_owned)
                .collect(),
            Self::Bash => text.split_whitespace().map(str::to_owned).collect(),
            Self::Zsh => text.split_whitespace().last().map(str::to_owned).into_iter().collect(),
        }
    }
}

/// Says what is not tested, and what to do for it.
pub fn tell_left_out(what: &str) {
    // `eprintln!` would tell it to the test's captured output, which nobody sees of a test that passes.
    let _ = writeln!(io::stderr(), "LEFT OUT  NOT TESTED: {what}");
}

/// What bash does with the words of a line.
fn in_bash(line: &str) -> String {
    let count = line.split(' ').count() - 1;
    let last = line.rsplit(' ').next().unwrap_or_default();
    format!(
        "source <(jobflow completions bash)\nCOMP_WORDS=({line}); COMP_CWORD={count}; COMP_TYPE=9\n\
         _clap_complete_jobflow jobflow '{last}' ''\necho \"${{COMPREPLY[@]}}\""
    )
}
