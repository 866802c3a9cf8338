//! Refusals as helm prints them (ADMISSION.md 6.1 E): it shows the message only, so that must be whole.

use expect_test::expect_file;

use crate::manifest::job_flow;
use crate::terminal::Terminal;

const CHART: &str = "apiVersion: v2\nname: nightly\nversion: 1.0.0\n";

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn helm_tells_every_fault_of_a_flow_and_installs_a_good_one() {
    let mut terminal = Terminal::open_with_helm("helm");
    let good = job_flow("demo", &[("fetch", &[]), ("load", &["fetch"])]);
    let charts = [
        ("good", good.clone()),
        ("changed", good.replace("busybox:1.28", "busybox:1.29")),
        ("one-fault", job_flow("demo", &[("fetch", &[]), ("load", &["fetsh"])])),
        (
            "faults",
            job_flow(
                "demo",
                &[("fetch", &["load"]), ("load", &["fetch"]), ("send", &["laod"])],
            ),
        ),
    ];
    for (chart, flow) in charts {
        terminal.write(&format!("{chart}/Chart.yaml"), CHART);
        terminal.write(&format!("{chart}/templates/flow.yaml"), &flow);
    }
    terminal.run("helm install broken ./one-fault");
    terminal.run("helm install wrong ./faults");
    terminal.run("helm install nightly ./good");
    terminal.run("helm upgrade nightly ./changed");
    terminal.run("helm uninstall nightly");
    let transcript = terminal.transcript();
    let lines = transcript.lines().map(|line| match line.split_once("LAST DEPLOYED:") {
        Some(_) => "LAST DEPLOYED: <time>\n".to_owned(),
        None => format!("{line}\n"),
    });
    expect_file!["../../golden/helm.txt"].assert_eq(&lines.collect::<String>());
}
