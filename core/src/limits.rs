//! Every bound that jobflow sets, with its arithmetic.

/// The longest name of a Job that jobflow makes: a DNS label, since the Job controller copies it into the
/// label `batch.kubernetes.io/job-name` and into pod host names (RFC 1123, 63 bytes).
pub const JOB_NAME_BYTES_MAX: usize = crds::LABEL_BYTES_MAX;

/// What the API server appends to `metadata.generateName` (`k8s.io/apiserver/pkg/storage/names`).
pub const GENERATED_SUFFIX_BYTES: usize = 5;

/// The most flows of one JobFlow; see [`crds::FLOWS_MAX`].
pub const FLOWS_MAX: usize = crds::FLOWS_MAX;

/// The most dependencies of one flow.
pub const DEPENDENCIES_MAX: usize = crds::DEPENDENCIES_MAX;

/// The most dependencies of all flows of one JobFlow together. Each costs at least 4 bytes of JSON and at most
/// 66, so 20,000 are 80 kB to 1.3 MB of the API server's 3 MiB; the graph rules take under 3 ms for them.
pub const EDGES_MAX: usize = 20_000;

/// The most findings that deny of one report, and the most that warn. An answer shows 32 of them and a terminal a few hundred. A
/// hostile body has room for 100,000 faults, and each costs up to 10 µs and 1 kB, twice where there is an old object too.
pub const FINDINGS_MAX: usize = 1_000;

/// How deep an object may be nested: what `serde_json` reads. The deepest path of a pod template has 17 levels; the
/// API server forwards up to 10,000.
pub const NESTING_MAX: usize = 128;

/// How many names are compared in search of the nearest one, for one object. Two names of 63 bytes take about
/// 8 µs, so 5,000 comparisons take at most 40 ms of the 100 ms that a hostile body may cost.
pub const HINT_COMPARISONS_MAX: usize = 5_000;

/// How many names are looked at for that, most of which have another length and are not compared: about 5 ms.
pub const HINT_NAMES_MAX: usize = 1_000_000;

/// How many edges are followed in search of a shortest cycle, for one object: about 10 ms. After that the
/// shortest cycle found so far is shown.
pub const CYCLE_SEARCH_EDGES_MAX: usize = 1_000_000;

// A chain of all flows needs one dependency a flow.
const _: () = assert!(EDGES_MAX >= FLOWS_MAX);
const _: () = assert!(JOB_NAME_BYTES_MAX > GENERATED_SUFFIX_BYTES);

/// The longest value of a label (`IsValidLabelValue`).
pub const LABEL_VALUE_BYTES_MAX: usize = 63;

/// The longest reason in a row of a status: a reason of Kubernetes (at most about 30 bytes) and a sentence. 5,000
/// rows that all failed then have 600 kB of reasons, which fit an object of 1.5 MB in etcd beside short specs only;
/// a failure of every flow of so large an object is the rare case, and the message of a Job ends sooner.
pub const ROW_REASON_BYTES_MAX: usize = 120;

/// The longest text about what keeps the pods of a Job from running. Rows have the beginning of it, and the message of the whole
/// has all of one. The words in which pod security refuses a pod that breaks each rule of `restricted`, with what to set, have
/// about 500 bytes.
pub const TROUBLE_BYTES_MAX: usize = 640;

/// The longest message of a status, and of an event: the API server refuses a longer one of an event.
pub const MESSAGE_BYTES_MAX: usize = 1_024;

/// The longest message of a condition, as the schema of `metav1.Condition` has it.
pub const CONDITION_MESSAGE_BYTES_MAX: usize = 32_768;

/// What of a DaemonJob's Job names is kept for the node: '-' and 10 characters of a hash, where a node's name is too long.
pub const NODE_SUFFIX_BYTES: usize = 11;

/// The longest name of a DaemonJob. It is that of a CronJob, too, which appends as many characters.
pub const DAEMON_JOB_NAME_BYTES_MAX: usize = JOB_NAME_BYTES_MAX - NODE_SUFFIX_BYTES;

/// The most nodes of one DaemonJob: as many as Kubernetes supports in one cluster. Their rows in the status take at most 1.3 MB
/// with names of 40 bytes, and etcd takes no object of more than 1.5 MiB; a test keeps the arithmetic.
pub const DAEMON_NODES_MAX: usize = 5_000;

/// The longest `excludeNodeList`: as many names as there may be nodes, of 63 bytes and a comma. Sorting one that has
/// nothing but short names takes about 15 ms.
pub const EXCLUDED_NODES_BYTES_MAX: usize = DAEMON_NODES_MAX * 64;

/// How many nodes that left before their Job ended a DaemonJob remembers that never finishes, so that its status does not grow
/// for ever in a cluster whose nodes come and go.
pub const GONE_NODES_MAX: usize = 100;

/// The most bytes of a stored object: etcd takes requests of 1.5 MiB (`--max-request-bytes`), of which 4 KiB are for the key
/// and the transaction around the object.
pub const STORED_BYTES_MAX: usize = (1_536 - 4) * 1_024;

/// The most names of dependencies in the status of a ManagedJob that tells all of them: at most 66 bytes each, 132 kB.
/// Beyond, it tells the nearest ones: no more than there are jobs, groups and explicit dependencies.
pub const MANAGED_DEPENDENCIES_TOLD_MAX: usize = 2_000;

/// The most bytes of reasons in the rows of a ManagedJob's status before only their words are told.
pub const MANAGED_REASONS_BYTES_MAX: usize = 64 * 1024;

/// The most groups, and the most jobs of all groups together, of one ManagedJob: as many as a JobFlow has flows.
pub const MANAGED_JOBS_MAX: usize = crds::FLOWS_MAX;

/// How often an init container of the shared template is looked at for all containers of one SequentialJob: about 50 ms.
/// Beyond it, what the steps and the init containers request together is left to the API server.
pub const STEP_CHECKS_MAX: usize = 100_000;

/// The most values of one object: members of objects and items of lists. etcd stores an object of up to 1.5 MiB, and the densest
/// real one, a JobFlow of 5,000 small flows with 20,000 dependencies, its status and its `managedFields`, takes at least 12
/// bytes a value (5,000 flows with an inline template have 80,000 values in 935,000 bytes). A body of 7 MiB has room for
/// 3,600,000, of which each costs 0.2 µs to read and up to 1 µs to check.
pub const VALUES_MAX: usize = 125_000;

/// The most objects that are items of lists, of one object: flows, containers, variables, rows of a status. Decoded, each takes
/// up to 1 kB, however few bytes it has in JSON, so all together take no more than 25 MB. 5,000 flows of two containers, with their
/// rows, are 20,000, and take most of the 1.5 MiB that etcd stores.
pub const LISTED_OBJECTS_MAX: usize = 25_000;

/// The most containers of one SequentialJob: as many as a JobFlow has flows, since each becomes a Job and a row of the status.
pub const STEPS_MAX: usize = crds::FLOWS_MAX;
