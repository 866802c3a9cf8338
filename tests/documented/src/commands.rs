//! Commands in the blocks of documents.

use crate::markdown::Block;

/// Programs that may stand beside ours in a command that needs no cluster.
const BESIDE: [&str; 9] = ["cat", "echo", "grep", "head", "jobflow", "sed", "sort", "tail", "wc"];

/// A command, and the output that is shown below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// As it is typed; one that goes over several lines has their ends.
    pub command: String,
    /// Line by line; none where the document shows nothing.
    pub output: Vec<String>,
}

/// Whether it is a block of commands: a session, or lines of a script.
pub fn is_shown(block: &Block) -> bool {
    block.is("console") || block.is("sh")
}

/// The commands of a block. In a session they stand behind a prompt; of a script every line is one.
pub fn commands(block: &Block) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut is_continued = false;
    for line in &block.lines {
        let command = if block.is("sh") {
            // What stands behind it is said to readers.
            Some(line.split("  # ").next().unwrap_or_default().trim_end())
        } else {
            line.strip_prefix("$ ")
        };
        match (command, commands.last_mut()) {
            (_, Some(last)) if is_continued => last.command = format!("{}\n{line}", last.command),
            (Some(command), _) => commands.push(Shown {
                command: command.to_owned(),
                output: Vec::new(),
            }),
            (None, Some(last)) => last.output.push(line.clone()),
            (None, None) => {}
        }
        is_continued = line.ends_with('\\');
    }
    commands
}

/// Whether all commands are of `jobflow` and of what stands beside it, and the block is not marked: it runs anywhere.
pub fn is_offline(block: &Block) -> bool {
    let commands = commands(block);
    block.is("console") && block.marks().is_empty() && !commands.is_empty() && commands.iter().all(is_ours)
}

fn is_ours(shown: &Shown) -> bool {
    let stages: Vec<&str> = shown.command.split(['|', ';']).filter_map(program).collect();
    stages.contains(&"jobflow") && stages.iter().all(|program| BESIDE.contains(program))
}

/// The program of a stage, behind variables that are set for it.
fn program(stage: &str) -> Option<&str> {
    stage.split_whitespace().find(|word| !word.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(info: &str, lines: &[&str]) -> Block {
        Block {
            info: info.to_owned(),
            first: 0,
            indent: 0,
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        }
    }

    #[test]
    fn commands_of_sessions_have_prompts_and_those_of_scripts_comments() {
        let session = block("console cluster", &["$ a \\", "    b", "told", "", "$ c"]);
        let found: Vec<_> = commands(&session).into_iter().map(|c| (c.command, c.output)).collect();
        let told = vec!["told".to_owned(), String::new()];
        assert_eq!(found, [("a \\\n    b".to_owned(), told), ("c".to_owned(), Vec::new())]);
        let script = block("sh", &["a | b   # why", "c"]);
        let found: Vec<_> = commands(&script).into_iter().map(|c| c.command).collect();
        assert_eq!(found, ["a | b", "c"]);
        assert!(is_shown(&script) && is_shown(&session) && !is_shown(&block("text", &[])));
    }

    #[test]
    fn only_what_is_ours_and_not_marked_runs_anywhere() {
        let is = |info: &str, line: &str| is_offline(&block(info, &[line]));
        assert!(is("console", "$ GITHUB_ACTIONS=true jobflow validate x | head -3"));
        assert!(!is("console cluster", "$ jobflow validate x"));
        assert!(!is("console", "$ kubectl get x | jobflow validate"));
        assert!(!is("sh", "jobflow validate x"));
    }
}
