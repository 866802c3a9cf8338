//! `cargo xtask demo`: the operator at work on a real control plane, as a user sees it with kubectl.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use test_cluster::{Chart, Cluster, INSTALL_FLAGS, Operator, OperatorOptions, Output, interrupt, node_obstacle};

use crate::cargo;
use crate::cluster;
use crate::follow::follow;
use crate::image;
use crate::print;

const CLUSTER_NAME: &str = "demo";
const CLUSTER_NODES: usize = 3;

/// The cluster with a real node.
const NODE_CLUSTER_NAME: &str = "demo-node";

/// Five Jobs of about a second each, three of them in a row, on a machine that may be busy.
const FLOW_LIMIT: Duration = Duration::from_secs(180);

const GRAPH: &str = "examples/jobflow/five-jobs.yaml";
const BROKEN: &str = "examples/broken/everything-wrong.yaml";
const BY_TEMPLATE: &str = "examples/jobflow/by-template.yaml";

/// On a real node: what containers do is seen in the log of the last one.
const SHARED_VOLUME: &str = "examples/jobflow/shared-volume.yaml";
const REPORT: (&str, &str) = ("job/shared-volume-report", "10 words in 3 lines\n");

/// What the refusal of the broken flow must hold: for each fault the id of its rule, and for the misspelt name the remedy.
const EXPECTED_FAULTS: [(&str, &str); 5] = [
    ("the duplicate name", "[JF102]"),
    ("the unknown dependency", "[JF201]"),
    ("the nearest name to the unknown one", "did you mean"),
    ("the cycle", "[JF203]"),
    ("the two templates", "[JF301]"),
];

/// What the operator runs as.
enum Place {
    /// This program beside the cluster, whose nodes KWOK plays.
    Beside(Box<Operator>, PathBuf),
    /// Pods of the chart's release, on a real node.
    Installed,
}

pub fn run(once: bool, node: bool) -> Result<()> {
    let start = Instant::now();
    let (cluster, place) = if node { install()? } else { start_beside()? };
    show(&cluster, &place).with_context(|| format!("see the operator's log: {}", place.log(&cluster)))?;
    print::line(format_args!(
        "\ndone: all of it worked, in {:.0} s",
        start.elapsed().as_secs_f64()
    ))?;
    if !once {
        stay(&cluster, &place)?;
    }
    drop(place);
    cluster.stop()
}

fn start_beside() -> Result<(Cluster, Place)> {
    say(1, "building the operator")?;
    let program = cargo::build_jobflow()?;
    say(
        2,
        "starting a control plane of its own: etcd, API server, controllers, scheduler, and nodes played by KWOK",
    )?;
    let cluster = Cluster::start(&cluster::options(CLUSTER_NAME, CLUSTER_NODES))?;
    say(
        3,
        "starting `jobflow operator`; installing the CRDs and both webhook configurations",
    )?;
    let operator = cluster.start_operator(&OperatorOptions::new(program.clone()))?;
    Ok((cluster, Place::Beside(Box::new(operator), program)))
}

fn install() -> Result<(Cluster, Place)> {
    if let Some(obstacle) = node_obstacle().or_else(image::obstacle) {
        bail!("{obstacle}; without `--node` the demo needs neither");
    }
    say(1, "building the operator and its image")?;
    let image = image::for_tests()?;
    say(
        2,
        "starting a control plane of its own, with a real node: containerd and kubelet",
    )?;
    let cluster = Cluster::start(&cluster::node_options(NODE_CLUSTER_NAME, 1))?;
    cluster.load_image(&image)?;
    let chart = Chart::of(&cluster)?;
    say(3, "installing the chart, as on any cluster without cert-manager")?;
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", "certificates.mode=self-signed"]].concat();
    let shown = format!("{} {}", Chart::RELEASE, from_here("charts/jobflow-operator").display());
    print::line(format_args!(
        "$ helm install {shown} --namespace {} {}",
        Chart::NAMESPACE,
        flags.join(" ")
    ))?;
    chart.run("install", &flags)?;
    print_table(&cluster, &["get", "pods", "--namespace", Chart::NAMESPACE])?;
    Ok((cluster, Place::Installed))
}

impl Place {
    /// How to see what the operator logs.
    fn log(&self, cluster: &Cluster) -> String {
        match self {
            Place::Beside(operator, _) => operator.log().display().to_string(),
            Place::Installed => format!(
                "KUBECONFIG={} kubectl logs --namespace {} deployment/{}",
                cluster.kubeconfig().display(),
                Chart::NAMESPACE,
                Chart::RELEASE
            ),
        }
    }

    fn ensure_alive(&self, cluster: &Cluster) -> Result<()> {
        // The node's kubelet starts pods again by itself.
        let Place::Beside(operator, _) = self else {
            return Ok(());
        };
        ensure!(
            operator.is_alive(),
            "the operator has ended; see its log {}",
            self.log(cluster)
        );
        Ok(())
    }
}

fn show(cluster: &Cluster, place: &Place) -> Result<()> {
    match place {
        Place::Beside(..) => {
            say(4, "a graph of five Jobs")?;
            print::text(format_args!("{}", apply(cluster, GRAPH)?.success()?))?;
            follow(cluster.kubectl(), "jobflow-example", FLOW_LIMIT)?;
            print_table(cluster, &["get", "jobs"])?;
        }
        Place::Installed => {
            say(4, "a graph of four Jobs that hand over through a volume")?;
            print::text(format_args!("{}", apply(cluster, SHARED_VOLUME)?.success()?))?;
            follow(cluster.kubectl(), "shared-volume", FLOW_LIMIT)?;
            print_table(cluster, &["get", "pods"])?;
            check_report(cluster)?;
        }
    }
    say(
        5,
        "a broken graph, which admission refuses with everything that is wrong in it",
    )?;
    check_refusal(&apply(cluster, BROKEN)?)?;
    say(6, "a flow whose Jobs come from a JobTemplate")?;
    print::text(format_args!("{}", apply(cluster, BY_TEMPLATE)?.success()?))?;
    follow(cluster.kubectl(), "by-template", FLOW_LIMIT)?;
    print_table(cluster, &["get", "jobflows"])
}

/// The log of the last container, which knows what the others have done.
fn check_report(cluster: &Cluster) -> Result<()> {
    let (job, expected) = REPORT;
    print::line(format_args!("$ kubectl logs {job}"))?;
    let log = cluster.kubectl().run(&["logs", job])?.success()?;
    print::text(format_args!("{log}"))?;
    ensure!(log == expected, "the last Job should have printed: {expected}");
    Ok(())
}

fn say(step: usize, what: &str) -> Result<()> {
    print::line(format_args!("\n[{step}/6] {what}"))
}

/// Applies an example as a user would; the paths in kubectl's messages are then the user's.
fn apply(cluster: &Cluster, example: &str) -> Result<Output> {
    print::line(format_args!("$ kubectl apply -f {example}"))?;
    let path = cargo::checkout().join(example);
    let path = path.to_str().context("the path of this checkout is not UTF-8")?;
    cluster.kubectl().run(&["apply", "-f", path])
}

fn print_table(cluster: &Cluster, args: &[&str]) -> Result<()> {
    print::line(format_args!("$ kubectl {}", args.join(" ")))?;
    print::text(format_args!("{}", cluster.kubectl().run(args)?.success()?))?;
    Ok(())
}

fn check_refusal(answer: &Output) -> Result<()> {
    print::text(format_args!("{}{}", answer.stdout, answer.stderr))?;
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
fn stay(cluster: &Cluster, place: &Place) -> Result<()> {
    let (flow, example) = match place {
        Place::Beside(..) => ("jobflow-example", GRAPH),
        Place::Installed => ("shared-volume", SHARED_VOLUME),
    };
    print::line(format_args!("\nThe cluster stays up. In another terminal:"))?;
    print::line(format_args!("  export KUBECONFIG='{}'", cluster.kubeconfig().display()))?;
    if let Place::Beside(_, program) = place {
        let folder = program.parent().unwrap_or(program);
        print::line(format_args!("  export PATH='{}':\"$PATH\"", folder.display()))?;
        print::line(format_args!("  jobflow get {flow}"))?;
    }
    print::line(format_args!("  kubectl get jobflows,jobs,pods"))?;
    print::line(format_args!("  kubectl describe jobflows {flow}"))?;
    print::line(format_args!("  kubectl explain jobflows.spec.flows"))?;
    print::line(format_args!(
        "  kubectl delete jobflows {flow} && kubectl apply -f {}",
        from_here(example).display()
    ))?;
    print::line(format_args!("The operator's log: {}", place.log(cluster)))?;
    print::line(format_args!("Ctrl-C stops it all."))?;
    while !interrupt::requested() {
        place.ensure_alive(cluster)?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The path as the user can type it: short if the command was given in the checkout.
fn from_here(example: &str) -> PathBuf {
    let whole = cargo::checkout().join(example);
    if Path::new(example).exists() {
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
        for example in [GRAPH, BROKEN, BY_TEMPLATE, SHARED_VOLUME] {
            assert!(cargo::checkout().join(example).is_file(), "{example}");
        }
    }
}
