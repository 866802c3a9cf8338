//! `jobflow get`: objects as a list, or one of them with its steps.

use clap::Args;
use k8s_openapi::jiff::Timestamp;

use super::connection::ConnectionArgs;
use super::detail::Detail;
use super::fault::{End, Fault, Result};
use super::kinds::{RUNNABLE, Resource, TEMPLATE};
use super::listing::{self, Columns};
use super::printed::{self, Format};
use super::session::Session;
use super::target::Target;
use super::view::View;
use super::{complete, show};

/// List objects, or show one with its steps
///
/// Without an argument it lists what runs or ran, of all kinds; `get KIND` lists one kind. With a name it shows one object:
/// its steps in the order of the graph, each with a mark and a word for its state, how long it took, its pod, its exit code
/// and what went wrong.
///
/// Exit status: 0 when it is shown, also when the list is empty, 1 when the cluster refused, 2 for wrong usage, 4 when the
/// cluster cannot be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  jobflow get
  jobflow get jf -A --sort-by=age
  jobflow get nightly
  jobflow get jobflow/@latest
  jobflow get sj/pipeline -o yaml")]
pub struct GetArgs {
    /// KIND, NAME, KIND/NAME or KIND NAME; @latest is the newest object
    #[arg(value_name = "KIND|NAME", num_args = 0..=2, add = complete::kinds_and_names())]
    words: Vec<String>,
    /// Another form of output
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
    /// List the objects of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// List only objects with these labels
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Sort the list by name, status, progress, duration, age, or a field such as .metadata.name
    #[arg(long, value_name = "COLUMN|FIELD")]
    sort_by: Option<String>,
    /// Leave out the line of headings
    #[arg(long)]
    no_headers: bool,
    /// Keep managedFields in YAML and JSON
    #[arg(long)]
    show_managed_fields: bool,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// What is to be shown.
enum Wish<'a> {
    /// All objects of these kinds.
    List(&'static [Resource]),
    /// One object.
    One(Target<'a>),
}

/// Runs the subcommand.
pub async fn run(args: &GetArgs) -> Result<End> {
    let wish = wish(&args.words)?;
    let session = Session::open(&args.connection).await?;
    match wish {
        Wish::List(resources) => list(args, &session, resources).await,
        Wish::One(target) => one(args, &session, target).await,
    }
}

/// One word is a kind where it can be one: an object of such a name is meant by `KIND/NAME`.
fn wish(words: &[String]) -> Result<Wish<'_>> {
    match words {
        [] => Ok(Wish::List(&RUNNABLE)),
        [word] if !word.contains('/') => Ok(match Resource::named(word) {
            Some(resource) => Wish::List(std::slice::from_ref(resource)),
            None => Wish::One(Target::parse(word)?),
        }),
        words => Target::parse_one(words).map(Wish::One),
    }
}

async fn list(args: &GetArgs, session: &Session, resources: &'static [Resource]) -> Result<End> {
    let lists = resources
        .iter()
        .map(|resource| session.list(resource, args.all_namespaces, args.selector.as_deref()));
    let lists = futures::future::join_all(lists).await;
    let mut views: Vec<View> = lists
        .into_iter()
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    let now = Timestamp::now();
    if let Some(by) = &args.sort_by {
        listing::sort(&mut views, by, now)?;
    }
    if let Some(format) = args.output.filter(|format| *format != Format::Wide) {
        show(&printed::objects(&views, true, format, args.show_managed_fields)?)?;
        return Ok(End::Done);
    }
    if views.is_empty() {
        let place = if args.all_namespaces {
            String::new()
        } else {
            format!(" in {} namespace", session.namespace)
        };
        crate::cli::output::complain(&format!("No resources found{place}."));
        return Ok(End::Done);
    }
    let columns = Columns {
        namespace: args.all_namespaces,
        kind: resources.len() > 1,
        wide: args.output == Some(Format::Wide),
    };
    let is_templates = matches!(resources, [resource] if resource.is(TEMPLATE.kind));
    let table = if is_templates {
        listing::template_table(&views, columns, now)
    } else {
        listing::table(&views, columns, now)
    };
    show(&if args.no_headers {
        table.without_headings()
    } else {
        table
    })?;
    Ok(End::Done)
}

async fn one(args: &GetArgs, session: &Session, target: Target<'_>) -> Result<End> {
    if args.all_namespaces {
        return Err(Fault::usage(
            "an object is in one namespace: name it with -n in place of -A",
        ));
    }
    let mut view = session.find(target).await?;
    if let Some(format) = args.output.filter(|format| *format != Format::Wide) {
        show(&printed::objects(&[view], false, format, args.show_managed_fields)?)?;
        return Ok(End::Done);
    }
    if !view.resource.runs() {
        show(&listing::template_table(&[view], Columns::default(), Timestamp::now()))?;
        return Ok(End::Done);
    }
    let pods = session.look_closer(&mut view).await;
    show(&Detail {
        view: &view,
        pods: &pods,
        now: Timestamp::now(),
    })?;
    Ok(End::Done)
}

/// For commands that take one object.
#[derive(Args, Clone, Debug)]
pub struct ObjectArgs {
    /// NAME, KIND/NAME or KIND NAME; @latest is the newest object
    #[arg(value_name = "NAME", num_args = 1..=2, required = true, add = complete::names())]
    words: Vec<String>,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

impl ObjectArgs {
    /// Opens a session and finds the object, which must be of a kind that runs.
    pub async fn find(&self) -> Result<(Session, View)> {
        let target = Target::parse_one(&self.words)?;
        if let Some(resource) = target.resource.filter(|resource| !resource.runs()) {
            return Err(does_not_run(resource));
        }
        let session = Session::open(&self.connection).await?;
        let view = session.find(target).await?;
        Ok((session, view))
    }
}

/// Templates have no course of their own.
pub fn does_not_run(resource: &Resource) -> Fault {
    Fault::usage(format!(
        "a {} does not run by itself: name the object that uses it",
        resource.kind.kind
    ))
}
