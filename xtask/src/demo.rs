//! `cargo xtask demo`: the operator at work on a real control plane, as a user sees it with kubectl.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use test_cluster::{Cluster, Operator, OperatorOptions, Output, interrupt};

use crate::cargo;
use crate::cluster;
use crate::follow::follow;

const CLUSTER_NAME: &str = "demo";
const CLUSTER_NODES: usize = 3;

/// Five Jobs of about a second each, three of them in a row, on a machine that may be busy.
const FLOW_LIMIT: Duration = Duration::from_secs(180);

const GRAPH: &str = "examples/jobflow/five-jobs.yaml";
const BROKEN: &str = "examples/broken/everything-wrong.yaml";
const BY_TEMPLATE: &str = "examples/jobflow/by-template.yaml";

/// What the refusal of the broken flow must hold: for each fault the id of its rule, and for the misspelt name the remedy.
const EXPECTED_FAULTS: [(&str, &str); 5] = [
    ("the duplicate name", "[JF102]"),
    ("the unknown dependency", "[JF201]"),
    ("the nearest name to the unknown one", "did you mean"),
    ("the cycle", "[JF203]"),
    ("the two templates", "[JF301]"),
];

pub fn run(once: bool) -> Result<()> {
    let start = Instant::now();
    say(1, "building the operator");
    let program = cargo::build_jobflow()?;
    say(
        2,
        "starting a control plane of its own: etcd, API server, controllers, scheduler, and nodes played by KWOK",
    );
    let cluster = Cluster::start(&cluster::options(CLUSTER_NAME, CLUSTER_NODES))?;
    say(
        3,
        "starting `jobflow operator`; installing the CRDs and both webhook configurations",
    );
    let operator = cluster.start_operator(&OperatorOptions::new(program))?;
    show(&cluster).with_context(|| format!("see the operator's log {}", operator.log().display()))?;
    println!("\ndone: all of it worked, in {:.0} s", start.elapsed().as_secs_f64());
    if !once {
        stay(&cluster, &operator)?;
    }
    drop(operator);
    cluster.stop()
}

fn show(cluster: &Cluster) -> Result<()> {
    say(4, "a graph of five Jobs");
    print!("{}", apply(cluster, GRAPH)?.success()?);
    follow(cluster.kubectl(), "jobflow-example", FLOW_LIMIT)?;
    print_table(cluster, &["get", "jobs"])?;
    say(
        5,
        "a broken graph, which admission refuses with everything that is wrong in it",
    );
    check_refusal(&apply(cluster, BROKEN)?)?;
    say(6, "a flow whose Jobs come from a JobTemplate");
    print!("{}", apply(cluster, BY_TEMPLATE)?.success()?);
    follow(cluster.kubectl(), "by-template", FLOW_LIMIT)?;
    print_table(cluster, &["get", "jobflows"])
}

fn say(step: usize, what: &str) {
    println!("\n[{step}/6] {what}");
}

/// Applies an example as a user would; the paths in kubectl's messages are then the user's.
fn apply(cluster: &Cluster, example: &str) -> Result<Output> {
    println!("$ kubectl apply -f {example}");
    let path = cargo::checkout().join(example);
    let path = path.to_str().context("the path of this checkout is not UTF-8")?;
    cluster.kubectl().run(&["apply", "-f", path])
}

fn print_table(cluster: &Cluster, args: &[&str]) -> Result<()> {
    println!("$ kubectl {}", args.join(" "));
    print!("{}", cluster.kubectl().run(args)?.success()?);
    Ok(())
}

fn check_refusal(answer: &Output) -> Result<()> {
    print!("{}{}", answer.stdout, answer.stderr);
    ensure!(answer.status != 0, "the broken flow was admitted");
    let missing: Vec<&str> = EXPECTED_FAULTS
        .iter()
        .filter(|(_, text)| !answer.stderr.contains(text))
        .map(|(fault, _)| *fault)
        .collect();
    ensure!(missing.is_empty(), "the refusal does not tell: {}", missing.join(", "));
    Ok(())
}

/// Keeps everything up until somebody has seen enough.
fn stay(cluster: &Cluster, operator: &Operator) -> Result<()> {
    println!("\nThe cluster stays up. In another terminal:");
    println!("  export KUBECONFIG='{}'", cluster.kubeconfig().display());
    println!("  kubectl get jobflows,jobs,pods");
    println!("  kubectl describe jobflows jobflow-example");
    println!("  kubectl explain jobflows.spec.flows");
    println!(
        "  kubectl delete jobflows jobflow-example && kubectl apply -f {}",
        from_here(GRAPH).display()
    );
    println!("The operator logs to {}", operator.log().display());
    println!("Ctrl-C stops it all.");
    while !interrupt::requested() {
        ensure!(
            operator.is_alive(),
            "the operator has ended; see its log {}",
            operator.log().display()
        );
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The path as the user can type it: short if the command was given in the checkout.
fn from_here(example: &str) -> std::path::PathBuf {
    let whole = cargo::checkout().join(example);
    if Path::new(example).is_file() {
        Path::new(example).to_owned()
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: i32, stderr: &str) -> Output {
        Output {
            command: String::new(),
            status,
            stdout: String::new(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn a_refusal_that_misses_a_fault_is_not_good_enough() {
        let error = check_refusal(&refusal(1, "[JF102] [JF201] did you mean [JF301]")).unwrap_err();
        assert_eq!(error.to_string(), "the refusal does not tell: the cycle");
        check_refusal(&refusal(1, "[JF102] [JF201] did you mean [JF203] [JF301]")).unwrap();
    }

    #[test]
    fn an_admitted_broken_flow_is_an_error() {
        check_refusal(&refusal(0, "[JF102] [JF201] did you mean [JF203] [JF301]")).unwrap_err();
    }

    #[test]
    fn every_example_is_there() {
        for example in [GRAPH, BROKEN, BY_TEMPLATE] {
            assert!(cargo::checkout().join(example).is_file(), "{example}");
        }
    }
}
