//! Commands that need a cluster, where there is none: programs, verbs, flags, kinds and files are what there is.

use std::fs;

use documented::{Shown, root};
use jobflow_core::kinds::ALL;
use serde_json::Value;

use crate::program::shell;

/// Verbs of kubectl that documents use.
const VERBS: &str = "\
    annotate api-resources apply auth config cordon create delete describe diff drain edit events exec \
    explain get jobflow kustomize label logs patch port-forward replace rollout scale top uncordon version \
    wait";

/// Verbs whose first argument is a kind.
const OF_KINDS: [&str; 8] = [
    "annotate", "delete", "describe", "get", "label", "patch", "wait", "explain",
];

/// Kinds that are not ours.
const FOREIGN: &str = "\
    certificate certificates configmap configmaps crd crds cronjob customresourcedefinition \
    customresourcedefinitions deployment deployments endpointslices event events issuer job jobs lease \
    leases mutatingwebhookconfiguration mutatingwebhookconfigurations namespace namespaces node nodes pod \
    pods replicasets secret secrets service serviceaccount services validatingadmissionpolicy \
    validatingadmissionpolicybinding validatingwebhookconfiguration validatingwebhookconfigurations";

const FLAGS: &str = "\
    --all --all-namespaces --as --cascade --container --create-namespace --dry-run --field-selector \
    --filename --follow --for --force --force-conflicts --from-file --from-literal --grace-period --ignore-not-found \
    --kubeconfig --label --namespace --output --overwrite --patch --previous --raw --replicas \
    --reset-then-reuse-values --reuse-values --selector --server-side --set --set-file --set-string \
    --show-only --since --subresource --tail --take-ownership --template --timeout --type --values --version \
    --wait --watch -A -c -f -k -l -n -o -p -w";

const HELM: &str = "\
    get history install lint rollback status template test uninstall upgrade";

/// Programs of others, whose arguments are not looked at.
const OTHERS: &str = "\
    argocd base64 cargo cat curl docker echo eval export flux git grep jq less man mkdir openssl podman rustup source tar";

/// The words by which kubectl tells of a refusal.
const REFUSALS: [&str; 2] = ["is invalid", "denied the request"];

fn is_in(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// What is wrong with a command.
pub fn faults(shown: &Shown) -> Vec<String> {
    let stages = shown.command.split(" | ").map(words);
    let mut faults: Vec<String> = stages.flat_map(|words| stage(&words, shown)).collect();
    for fault in &mut faults {
        *fault = format!("`{}`: {fault}", shown.command);
    }
    faults
}

/// The words of a command, without quotes and line breaks.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in command.replace("\\\n", " ").chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ' | '\n') => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            (_, c) => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn stage(words: &[String], shown: &Shown) -> Vec<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Variables may stand before a program.
    let is_set = |word: &&&str| word.contains('=');
    let words = &words[words.iter().take_while(is_set).count()..];
    match words.split_first() {
        Some((&"kubectl", rest)) => kubectl(rest, shown),
        Some((&"helm", rest)) => helm(rest),
        Some((&"jobflow", rest)) => jobflow(rest),
        Some((&"cargo", ["xtask", command, ..])) => xtask(command),
        Some((program, _)) if is_in(OTHERS, program) => Vec::new(),
        Some((program, _)) => vec![format!("'{program}' is no program that documents use")],
        None => vec!["there is no command".to_owned()],
    }
}

/// Splits `--flag=value`.
fn flag(word: &str) -> &str {
    word.split('=').next().unwrap_or(word)
}

/// Faults of flags, and the other words. The value of a flag counts as one of those, which is good enough: what is looked at
/// stands before flags.
fn flags<'a>(words: &[&'a str]) -> (Vec<String>, Vec<&'a str>) {
    let (flags, others): (Vec<&str>, Vec<&str>) = words
        .iter()
        .copied()
        .partition(|word| word.starts_with('-') && word.len() > 1);
    let unknown = flags.iter().map(|word| flag(word)).filter(|flag| !is_in(FLAGS, flag));
    (
        unknown
            .map(|flag| format!("'{flag}' is no flag that documents use"))
            .collect(),
        others,
    )
}

fn kubectl(words: &[&str], shown: &Shown) -> Vec<String> {
    let global = ["-n", "--namespace"];
    let words = match words {
        [first, _, rest @ ..] if global.contains(first) => rest,
        _ => words,
    };
    let Some((verb, rest)) = words.split_first() else {
        return vec!["kubectl without a verb".to_owned()];
    };
    if !is_in(VERBS, verb) {
        return vec![format!("'{verb}' is no verb of kubectl that documents use")];
    }
    // A plugin has verbs and flags of its own.
    if *verb == "jobflow" {
        return Vec::new();
    }
    let (mut faults, others) = flags(rest);
    let first = others
        .first()
        .filter(|_| OF_KINDS.contains(verb) && !rest.first().is_some_and(|word| word.starts_with('-')));
    faults.extend(first.and_then(|kinds| unknown_kind(kinds)));
    for pair in rest.windows(2).filter(|pair| ["-f", "--filename"].contains(&pair[0])) {
        faults.extend(manifest(pair[1], *verb == "apply" || *verb == "create", shown));
    }
    faults
}

/// A kind in `jobs,pods`, `jobflow/x` or `jobflows.spec.flows` that does not exist.
fn unknown_kind(kinds: &str) -> Option<String> {
    let mut names = kinds.split(',').filter_map(|kind| kind.split(['/', '.']).next());
    let is_ours = |name: &str| {
        ALL.iter()
            .any(|kind| kind.plural == name || kind.kind.to_lowercase() == name)
    };
    let unknown = names.find(|name| !is_in(FOREIGN, name) && !is_ours(name) && *name != "jobgraphs")?;
    Some(format!("'{unknown}' is no kind that documents use"))
}

/// Whether the file is there, and admission says of it what is shown.
fn manifest(path: &str, is_submitted: bool, shown: &Shown) -> Option<String> {
    if path == "-" || path.contains(['<', '$']) {
        return None;
    }
    if !root().join(path).exists() {
        return Some(format!("'{path}' does not exist"));
    }
    let output = shown.output.join("\n");
    let is_refused = REFUSALS.iter().any(|words| output.contains(words));
    let status = shell(&format!("jobflow validate {path}")).status.code();
    let expected = if is_refused { Some(1) } else { Some(0) };
    (is_submitted && status != expected).then(|| format!("`jobflow validate {path}` ends with {status:?}"))
}

fn helm(words: &[&str]) -> Vec<String> {
    let Some((verb, rest)) = words.split_first() else {
        return vec!["helm without a verb".to_owned()];
    };
    if !is_in(HELM, verb) {
        return vec![format!("'{verb}' is no verb of helm that documents use")];
    }
    let (mut faults, others) = flags(rest);
    let charts = others.iter().filter(|word| word.starts_with("charts/"));
    faults.extend(
        charts
            .filter(|chart| !root().join(chart).exists())
            .map(|chart| format!("'{chart}' does not exist")),
    );
    let values = fs::read_to_string(root().join("charts/jobflow-operator/values.yaml")).unwrap();
    let values: Value = serde_saphyr::from_str(&values).unwrap();
    for pair in rest.windows(2).filter(|pair| pair[0] == "--set") {
        let key = pair[1].split('=').next().unwrap_or_default();
        if values.pointer(&format!("/{}", key.replace('.', "/"))).is_none() {
            faults.push(format!("the chart has no value '{key}'"));
        }
    }
    faults
}

/// The help of a command of ours knows its flags.
fn jobflow(words: &[&str]) -> Vec<String> {
    let command = words.first().filter(|word| !word.starts_with('-'));
    let help = shell(&format!("jobflow {} --help", command.unwrap_or(&"")));
    if !help.status.success() {
        return vec![format!("jobflow has no command '{}'", command.unwrap_or(&""))];
    }
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let flags = words.iter().filter(|word| word.starts_with('-') && word.len() > 1);
    let unknown = flags.map(|word| flag(word)).filter(|flag| !help.contains(flag));
    unknown
        .map(|flag| format!("jobflow has no flag '{flag}' there"))
        .collect()
}

fn xtask(command: &str) -> Vec<String> {
    let source = fs::read_to_string(root().join("xtask/src/main.rs")).unwrap();
    let name: String = command
        .char_indices()
        .map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c })
        .collect();
    let is_there = source.contains(&format!("    {name}"));
    (!is_there)
        .then(|| format!("there is no `cargo xtask {command}`"))
        .into_iter()
        .collect()
}
