//! The files that pipelines use, and `docs/ci.md`: they can be read, and the very commands in them do what is said.
//! The transcripts of the document are held by `tests/documents`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{VARIABLES, root, stderr, stdout, validate};

/// A script as a pipeline runs it: in `folder`, with `jobflow` on the PATH.
fn script(folder: &Path, text: &str, variables: &[(&str, &str)]) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_jobflow"))
        .parent()
        .unwrap()
        .to_str()
        .unwrap();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    // As GitHub starts it.
    command
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", text])
        .current_dir(folder)
        .stdin(Stdio::null());
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// A checkout with manifests to deploy: a good one, a foreign one, and where `is_good` is false one with faults.
fn checkout(is_good: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let deploy = folder.path().join("deploy");
    fs::create_dir(&deploy).unwrap();
    fs::write(
        deploy.join("foreign.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
    )
    .unwrap();
    fs::copy(root().join("examples/jobflow/five-jobs.yaml"), deploy.join("good.yaml")).unwrap();
    if !is_good {
        fs::copy(
            root().join("examples/broken/everything-wrong.yaml"),
            deploy.join("broken.yaml"),
        )
        .unwrap();
    }
    folder
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// Everything in `value` that runs jobflow: scripts, and the arguments of steps in containers.
fn commands(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![value];
    while let Some(value) = todo.pop() {
        if value["command"] == serde_json::json!(["/jobflow"]) {
            let args: Vec<&str> = value["args"]
                .as_array()
                .unwrap()
                .iter()
                .map(|arg| arg.as_str().unwrap())
                .collect();
            found.push(format!("jobflow {}", args.join(" ")));
        }
        match value {
            Value::Object(members) => todo.extend(members.values()),
            Value::Array(items) => todo.extend(items),
            Value::String(text) if text.starts_with("jobflow validate ") => found.push(text.clone()),
            _ => {}
        }
    }
    found
}

/// The code blocks of a document in this language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = document.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_commands_of_every_recipe_pass_what_is_good_and_fail_what_is_not() {
    let document = read("docs/ci.md");
    let recipes: Vec<Value> = blocks(&document, "yaml").iter().map(|block| yaml(block)).collect();
    let commands: Vec<String> = recipes.iter().flat_map(commands).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in commands {
        let (good, bad) = (checkout(true), checkout(false));
        let passed = script(good.path(), &command, &[]);
        assert_eq!(passed.status.code(), Some(0), "{command}: {}", stderr(&passed));
        let failed = script(bad.path(), &command, &[]);
        assert_eq!(failed.status.code(), Some(1), "{command}: {}", stderr(&failed));
        assert!(
            stdout(&failed).contains("deploy/broken.yaml"),
            "{command}: {}",
            stdout(&failed)
        );
        let reports = command
            .split(' ')
            .filter_map(|word| word.split_once('='))
            .map(|(_, file)| file);
        for report in reports {
            let text = fs::read_to_string(bad.path().join(report)).unwrap();
            assert!(text.contains("deploy/broken.yaml"), "{command}: {report}");
        }
    }
}

#[test]
fn the_hooks_of_pre_commit_pass_foreign_yaml_and_know_our_version() {
    let hooks = yaml(&read(".pre-commit-hooks.yaml"));
    let hooks = hooks.as_array().unwrap();
    let ids: Vec<&str> = hooks.iter().map(|hook| hook["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["jobflow-validate", "jobflow-validate-docker"]);
    assert!(hooks.iter().all(|hook| hook["types"] == serde_json::json!(["yaml"])));
    assert!(
        hooks
            .iter()
            .all(|hook| read("docs/ci.md").contains(hook["id"].as_str().unwrap()))
    );
    assert_eq!(
        (&hooks[0]["language"], &hooks[1]["language"]),
        (&"system".into(), &"docker_image".into())
    );
    let image = format!("jobflow:{} ", env!("CARGO_PKG_VERSION"));
    let in_image = hooks[1]["entry"]
        .as_str()
        .unwrap()
        .strip_prefix(&image)
        .expect("the image is of another version");
    for entry in [hooks[0]["entry"].as_str().unwrap(), &format!("jobflow {in_image}")] {
        let folder = checkout(false);
        let run = |files: &str| script(folder.path(), &format!("{entry} {files}"), &[]).status.code();
        assert_eq!(run("deploy/foreign.yaml deploy/good.yaml"), Some(0));
        assert_eq!(run("deploy/foreign.yaml deploy/broken.yaml"), Some(1));
    }
}

/// The script of the action's last step, and the environment that GitHub would give it.
fn action(folder: &Path, inputs: &[(&str, &str)]) -> Output {
    let action = yaml(&read("action.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap();
    let step = steps.last().unwrap();
    let context = [
        ("github.action_path", root().to_str().unwrap()),
        ("github.action_repository", "example/jobflow"),
        ("github.action_ref", "v0.1.0"),
    ];
    let mut variables: Vec<(String, String)> = vec![("GITHUB_SERVER_URL".to_owned(), "https://github.com".to_owned())];
    for (name, value) in step["env"].as_object().unwrap() {
        let expression = value
            .as_str()
            .unwrap()
            .trim_start_matches("${{ ")
            .trim_end_matches(" }}")
            .to_owned();
        let value = match expression.strip_prefix("inputs.") {
            Some(input) => {
                let given = inputs.iter().find(|(name, _)| *name == input).map(|(_, value)| *value);
                let default = action["inputs"][input]["default"]
                    .as_str()
                    .expect("an input that is not declared");
                given.unwrap_or(default).to_owned()
            }
            None => {
                let known = context.iter().find(|(name, _)| *name == expression);
                known.expect("an expression that this test does not know").1.to_owned()
            }
        };
        variables.push((name.clone(), value));
    }
    variables.push(("GITHUB_ACTIONS".to_owned(), "true".to_owned()));
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    script(folder, step["run"].as_str().unwrap(), &variables)
}

#[test]
fn the_action_prints_lines_that_its_problem_matcher_reads() {
    let folder = checkout(false);
    let output = action(
        folder.path(),
        &[
            ("paths", "deploy/good.yaml\ndeploy\n"),
            ("sarif", "out.sarif"),
            ("args", "--jobs 1"),
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let mut lines: Vec<&str> = stdout(&output).lines().collect();
    let matcher = lines.remove(0).strip_prefix("::add-matcher::").unwrap();
    assert_eq!(lines.pop(), Some("::remove-matcher owner=jobflow::"));
    let matcher: Value = serde_json::from_str(&fs::read_to_string(matcher).unwrap()).unwrap();
    let matcher = &matcher["problemMatcher"][0];
    assert_eq!(matcher["owner"], "jobflow");
    let pattern = &matcher["pattern"][0];
    let regexp = regex::Regex::new(pattern["regexp"].as_str().unwrap()).unwrap();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for line in lines {
        let found = regexp.captures(line).unwrap_or_else(|| panic!("not matched: {line}"));
        let part = |name: &str| {
            found
                .get(usize::try_from(pattern[name].as_u64().unwrap()).unwrap())
                .unwrap()
                .as_str()
        };
        assert_eq!((part("file"), part("severity")), ("deploy/broken.yaml", "error"));
        assert!(part("line").parse::<usize>().is_ok() && part("code").starts_with("JF"));
    }
    let sarif = fs::read_to_string(folder.path().join("out.sarif")).unwrap();
    assert!(sarif.contains("https://github.com/example/jobflow/blob/v0.1.0/docs/rules/JF203.md"));
    assert_eq!(action(checkout(true).path(), &[]).status.code(), Some(0));
}

#[test]
fn the_problem_matcher_reads_every_line_of_every_case() {
    let matcher: Value = serde_json::from_str(&read(".github/jobflow-matcher.json")).unwrap();
    let regexp = matcher["problemMatcher"][0]["pattern"][0]["regexp"].as_str().unwrap();
    let regexp = regex::Regex::new(regexp).unwrap();
    let output = validate(&["cases", "no/such.yaml", "-o", "concise"]);
    assert!(stdout(&output).lines().count() > 20);
    for line in stdout(&output).lines() {
        assert!(regexp.is_match(line), "{line}");
    }
}
