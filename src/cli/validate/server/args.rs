//! The flags of `--server`: those of the commands for a cluster, which mean nothing without it.

use clap::Arg;
use clap::builder::StyledStr;

use crate::cli::cluster::ConnectionArgs;

/// The id of the flag, which elsewhere only says the address of the API server.
const SERVER: &str = "server";

/// What its help says.
const HELP: &str = "Show the Jobs to the API server of a cluster too, as dry runs; nothing is created";

/// What its long help says beside that.
const LONG_HELP: &str = "\
With the kubeconfig and the rights of the caller. What the cluster refuses, by quotas, policies, webhooks or because \
Kubernetes is older there, is denied at the line that it comes from; its warnings are told too. The address may be given, \
as for kubectl: --server=https://…; otherwise it is that of the kubeconfig.";

/// What a flag of [`ConnectionArgs`] is to `jobflow validate`.
pub fn flag(arg: Arg) -> Arg {
    let is_of_connection = arg
        .get_help_heading()
        .is_some_and(|heading| heading == ConnectionArgs::HEADING);
    match (arg.get_id().as_str(), is_of_connection) {
        (SERVER, _) => arg
            .short(None)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("")
            .conflicts_with_all(["fix", "diff"])
            .help(HELP)
            .long_help(StyledStr::from(format!("{HELP}\n\n{LONG_HELP}"))),
        (_, true) => arg.requires(SERVER),
        (_, false) => arg,
    }
}

/// The way to the cluster, where one is to be asked.
pub fn connection(args: &ConnectionArgs) -> Option<ConnectionArgs> {
    let address = args.server.as_ref()?;
    Some(ConnectionArgs {
        server: Some(address.clone()).filter(|address| !address.is_empty()),
        ..args.clone()
    })
}
