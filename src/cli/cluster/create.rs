//! `jobflow create`: makes objects from files, and waits for them: for pipelines.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jobflow_core::text::named;
use serde_json::Value;

use super::change::DryRun;
use super::connection::ConnectionArgs;
use super::fault::{End, Fault, Result};
use super::kinds::{self, Resource};
use super::logs::{self, LogOptions};
use super::session::Session;
use super::show;
use super::span::{parse_span, span};
use super::view::{View, text};
use super::wait::{self, Goal};
use crate::cli::manifest::Manifest;
use crate::cli::{input, output};

/// Create objects from files, and wait for them
///
/// `metadata.generateName` gives each run a name of its own. Only kinds of jobflow are created, and nothing is when one
/// object cannot be read. With --wait the exit status tells how the objects ended.
///
/// Exit status: 0 when they are created (with --wait: and have succeeded), 1 when one is refused (with --wait: or has
/// failed), 2 for wrong usage or an unreadable file, 4 when the cluster cannot be asked, 124 when the time is up, 130 after
/// Ctrl-C, which leaves the objects running.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  jobflow create -f nightly.yaml
  jobflow create -f nightly.yaml --wait --logs --timeout 1h
  name=$(jobflow create -f nightly.yaml -o name)")]
pub struct CreateArgs {
    /// A file, a directory, or - for standard input; may be repeated
    #[arg(short, long = "filename", value_name = "FILE|DIR|-", required = true)]
    filenames: Vec<PathBuf>,
    /// Wait until the objects have ended
    #[arg(long)]
    wait: bool,
    /// Print what their containers print, and wait until they have ended
    #[arg(long)]
    logs: bool,
    /// How long to wait, such as 30s or 1h30m; for ever, when not given
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    timeout: Option<Duration>,
    /// Print only KIND/NAME
    #[arg(short, long, value_name = "FORMAT", value_parser = ["name"])]
    output: Option<String>,
    /// Say what would happen: `server` asks admission too, `client` sends nothing
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "server")]
    dry_run: DryRun,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// An object to create.
struct Order {
    resource: &'static Resource,
    object: Value,
}

/// Runs the subcommand.
pub async fn run(args: &CreateArgs) -> Result<End> {
    let waits = args.wait || args.logs;
    if args.timeout.is_some() && !waits {
        return Err(Fault::usage("--timeout needs --wait or --logs"));
    }
    let orders = read(&args.filenames)?;
    let session = Session::open(&args.connection).await?;
    check_namespaces(&orders, args.connection.namespace.as_deref())?;
    if waits {
        check_ends(&orders)?;
    }
    let mut created = Vec::new();
    for order in &orders {
        created.push(create(args, &session, order).await?);
    }
    created.retain(|view| view.resource.runs());
    if !waits || args.dry_run != DryRun::None || created.is_empty() {
        return Ok(End::Done);
    }
    let titles: Vec<String> = created.iter().map(View::title).collect();
    tokio::select! {
        end = follow(args, &session, created) => end,
        _ = tokio::signal::ctrl_c() => {
            let (program, titles) = (super::program(), titles.join(" "));
            output::complain(&format!(
                "interrupted: {titles} goes on in the cluster; `{program} wait {titles}` waits on, `{program} cancel` stops it"
            ));
            Ok(End::Interrupted)
        }
    }
}

/// The objects of all files. Nothing is created unless all of them can be.
fn read(filenames: &[PathBuf]) -> Result<Vec<Order>> {
    let mut orders = Vec::new();
    for input in input::collect(filenames).unwrap_or_default() {
        let read = input.and_then(|input| Ok((input.name(), input.read()?)));
        let (name, bytes) = read.map_err(|failure| Fault::usage(format!("{}: {}", failure.name, failure.message)))?;
        let manifest = Manifest::read(bytes);
        if let Some(fault) = manifest.unreadable.first() {
            let place = manifest.source.position(fault.span.start);
            return Err(Fault::usage(format!(
                "{name}:{}:{}: cannot be read: {}",
                place.line, place.column, fault.message
            )));
        }
        for object in manifest.documents.into_iter().flat_map(|document| document.objects) {
            orders.push(order(&name, object.value)?);
        }
    }
    if orders.is_empty() {
        return Err(Fault::usage("there is no object in what was read"));
    }
    Ok(orders)
}

fn order(file: &str, object: Value) -> Result<Order> {
    let (kind, version) = (text(&object, "/kind"), text(&object, "/apiVersion"));
    let resource = Resource::of_kind(kind).filter(|resource| resource.kind.api_version() == version);
    let resource = resource.ok_or_else(|| {
        Fault::usage(format!(
            "{file}: {} of {} is no kind of jobflow ({}): create it with kubectl",
            named(kind),
            named(version),
            kinds::words()
        ))
    })?;
    Ok(Order { resource, object })
}

/// As for kubectl: `-n` may not say something else than the file.
fn check_namespaces(orders: &[Order], wanted: Option<&str>) -> Result<()> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let stated = orders.iter().map(|order| text(&order.object, "/metadata/namespace"));
    match stated
        .into_iter()
        .find(|stated| !stated.is_empty() && *stated != wanted)
    {
        Some(stated) => Err(Fault::usage(format!(
            "the file says the namespace {}, and -n {}: leave one of them out",
            named(stated),
            named(wanted)
        ))),
        None => Ok(()),
    }
}

/// What never ends cannot be waited for.
fn check_ends(orders: &[Order]) -> Result<()> {
    let views = orders
        .iter()
        .map(|order| View::of(order.resource, order.object.clone()));
    match views.into_iter().find(wait::never_ends) {
        Some(view) => Err(Fault::usage(format!(
            "{} has the node policy 'Continuous' and never ends: leave out --wait and --logs, and use `{} logs -f`",
            view.title(),
            super::program()
        ))),
        None => Ok(()),
    }
}

async fn create(args: &CreateArgs, session: &Session, order: &Order) -> Result<View> {
    let stated = text(&order.object, "/metadata/namespace");
    let session = if stated.is_empty() {
        session.clone()
    } else {
        session.within(stated)
    };
    let view = if args.dry_run == DryRun::Client {
        View::of(order.resource, order.object.clone())
    } else {
        let is_dry = args.dry_run == DryRun::Server;
        session.create(order.resource, &order.object, is_dry).await?
    };
    let name = match view.name() {
        "" => format!("{}/{}...", order.resource.singular, view.text("/metadata/generateName")),
        _ => view.title(),
    };
    if args.output.is_some() {
        show(&format!("{name}\n"))?;
    } else {
        show(&format!("{name} created{}\n", args.dry_run.note()))?;
    }
    Ok(view)
}

/// Follows all that was created, each in its namespace, until it has ended.
async fn follow(args: &CreateArgs, session: &Session, created: Vec<View>) -> Result<End> {
    let each = created.into_iter().map(|view| {
        let session = session.within(view.namespace());
        async move {
            let copy = View::of(view.resource, view.object.clone());
            if !args.logs {
                return wait::all(&session, vec![view], &Goal::End, args.timeout).await;
            }
            let options = LogOptions::followed();
            // The logs first, and then the sentence about the end; but no longer than the time allows.
            let told = async {
                let ended = logs::follow(&session, &view, &options).await?.ended;
                wait::told_end(&view.title(), ended)
            };
            match args.timeout {
                None => told.await,
                Some(limit) => tokio::time::timeout(limit, told).await.unwrap_or_else(|_| {
                    let waited = span(limit.as_secs());
                    Err(Fault::new(
                        End::TimedOut,
                        format!("{} has not ended after {waited}", copy.title()),
                    ))
                }),
            }
        }
    });
    let ends = futures::future::join_all(each)
        .await
        .into_iter()
        .collect::<Result<Vec<End>>>()?;
    Ok(ends.into_iter().max().unwrap_or(End::Done))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_namespaces, order};

    #[test]
    fn only_kinds_of_jobflow_are_created() {
        let refused = |version: &str, kind: &str| {
            let made = order("x.yaml", json!({"apiVersion": version, "kind": kind}));
            made.err().map(|fault| fault.to_string()).unwrap_or_default()
        };
        assert_eq!(refused("api.practice.com/v1alpha1", "JobFlow"), "");
        assert_eq!(
            refused("v1", "ConfigMap"),
            "x.yaml: 'ConfigMap' of 'v1' is no kind of jobflow (jobflow (jf), daemonjob (dj, djob), managedjob (mj), \
             sequentialjob (sj), jobtemplate (jt)): create it with kubectl"
        );
    }

    #[test]
    fn the_flag_may_not_contradict_the_file() {
        let object = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "n", "namespace": "a"},
        });
        let orders = [order("x.yaml", object).unwrap_or_else(|fault| panic!("{fault}"))];
        assert_eq!(check_namespaces(&orders, Some("a")), Ok(()));
        let fault = check_namespaces(&orders, Some("b")).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the file says the namespace 'a', and -n 'b': leave one of them out"
        );
    }
}
