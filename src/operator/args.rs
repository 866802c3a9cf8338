//! The flags of `jobflow operator`. Each can be given by an environment variable too; the flag wins.

use std::net::SocketAddr;
use std::path::PathBuf;

use certs::TlsMinimum;
use clap::{Args, ValueEnum};

use super::self_signed::CertificateArgs;

/// Serve the admission webhook and run the controller.
///
/// Finds the cluster by KUBECONFIG (or ~/.kube/config), else by the service account of the pod it runs in. Logs to
/// standard error.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  jobflow operator --cert-dir tls
  jobflow operator --leader-elect --log-format json")]
pub struct OperatorArgs {
    /// Where the admission webhook listens (HTTPS: /mutate and /validate).
    #[arg(
        long,
        env = "JOBFLOW_WEBHOOK_ADDRESS",
        value_name = "IP:PORT",
        default_value = "0.0.0.0:8443"
    )]
    pub webhook_address: SocketAddr,

    /// Where probes are answered (HTTP: /livez and /readyz).
    #[arg(
        long,
        env = "JOBFLOW_HEALTH_ADDRESS",
        value_name = "IP:PORT",
        default_value = "0.0.0.0:8081"
    )]
    pub health_address: SocketAddr,

    /// Where metrics are served (HTTP: /metrics).
    #[arg(
        long,
        env = "JOBFLOW_METRICS_ADDRESS",
        value_name = "IP:PORT",
        default_value = "0.0.0.0:8080"
    )]
    pub metrics_address: SocketAddr,

    /// Folder with tls.crt and tls.key of the webhook; read again every ten seconds.
    #[arg(
        long,
        env = "JOBFLOW_CERT_DIR",
        value_name = "FOLDER",
        default_value = "/etc/jobflow/tls"
    )]
    pub cert_dir: PathBuf,

    /// Take only a certificate for this host, such as jobflow.jobflow-system.svc.
    #[arg(long, env = "JOBFLOW_CERT_NAME", value_name = "HOST")]
    pub cert_name: Option<String>,

    #[command(flatten)]
    pub certificates: CertificateArgs,

    /// The oldest version of TLS to speak.
    #[arg(long, env = "JOBFLOW_TLS_MINIMUM", value_name = "VERSION", default_value = "1.3")]
    pub tls_minimum: TlsVersion,

    /// Let in only clients with a certificate of the authorities in this PEM file; read again every ten seconds.
    #[arg(long, env = "JOBFLOW_CLIENT_CA", value_name = "FILE")]
    pub client_ca: Option<PathBuf>,

    /// Of those clients let in only these common names, such as kube-apiserver.
    #[arg(
        long,
        env = "JOBFLOW_CLIENT_SUBJECT",
        value_name = "LIST",
        value_delimiter = ',',
        requires = "client_ca"
    )]
    pub client_subject: Vec<String>,

    /// The versions of HTTP to offer, in order of preference.
    #[arg(
        long,
        env = "JOBFLOW_WEBHOOK_PROTOCOLS",
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "h2,http/1.1"
    )]
    pub webhook_protocols: Vec<Protocol>,

    /// Work only as the leader of all replicas; every replica serves admission. One that loses the lead exits with 1.
    #[arg(long, env = "JOBFLOW_LEADER_ELECT")]
    pub leader_elect: bool,

    /// The namespace of the Lease of leader election [default: that of the pod, or of the kubeconfig's context].
    #[arg(
        long,
        env = "JOBFLOW_LEADER_ELECT_NAMESPACE",
        value_name = "NAMESPACE",
        requires = "leader_elect"
    )]
    pub leader_elect_namespace: Option<String>,

    /// After a signal to stop, how long new connections are still served: the cluster hears of it later.
    #[arg(
        long,
        env = "JOBFLOW_DRAIN_DELAY_SECONDS",
        value_name = "SECONDS",
        default_value_t = 3
    )]
    pub drain_delay_seconds: u64,

    /// The form of log lines.
    #[arg(long, env = "JOBFLOW_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// What to log: error, warn, info, debug or trace, or a filter such as 'info,webhook=debug'.
    #[arg(long, env = "RUST_LOG", value_name = "FILTER", default_value = "info")]
    pub log_level: String,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[value(name = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[value(name = "1.3")]
    Tls13,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// HTTP/2: what an API server speaks to a loopback address.
    #[value(name = "h2")]
    H2,
    /// HTTP/1.1: what an API server speaks to a Service.
    #[value(name = "http/1.1")]
    Http11,
}

impl OperatorArgs {
    /// The flag in the words of the crate `certs`.
    pub(super) fn tls_minimum(&self) -> TlsMinimum {
        match self.tls_minimum {
            TlsVersion::Tls12 => TlsMinimum::Tls12,
            TlsVersion::Tls13 => TlsMinimum::Tls13,
        }
    }

    /// The flag in the words of the crate `certs`.
    pub(super) fn protocols(&self) -> Vec<certs::Protocol> {
        let protocol = |protocol: &Protocol| match protocol {
            Protocol::H2 => certs::Protocol::H2,
            Protocol::Http11 => certs::Protocol::Http11,
        };
        self.webhook_protocols.iter().map(protocol).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{OperatorArgs, Protocol, TlsVersion};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        operator: OperatorArgs,
    }

    #[test]
    fn both_versions_of_http_and_only_tls_1_3_are_the_default() {
        let args = Cli::parse_from(["operator"]).operator;
        assert_eq!(args.webhook_protocols, [Protocol::H2, Protocol::Http11]);
        assert_eq!(args.tls_minimum, TlsVersion::Tls13);
        assert_eq!(args.webhook_address.port(), 8443);
    }

    #[test]
    fn client_subjects_need_an_authority() {
        assert!(Cli::try_parse_from(["operator", "--client-subject", "a"]).is_err());
        let args = ["operator", "--client-ca", "ca.crt", "--client-subject", "a,b"];
        assert_eq!(Cli::parse_from(args).operator.client_subject, ["a", "b"]);
    }

    #[test]
    fn a_list_of_protocols_is_split_at_commas() {
        let args = Cli::parse_from(["operator", "--webhook-protocols", "http/1.1"]).operator;
        assert_eq!(args.webhook_protocols, [Protocol::Http11]);
        assert!(Cli::try_parse_from(["operator", "--webhook-protocols", "spdy"]).is_err());
    }
}
