//! The structural schemas of the CRDs, generated, for checks that need no API server.

/// The `openAPIV3Schema` of JobFlow, as JSON.
pub const JOB_FLOW: &str = include_str!("../schema/jobflows.json");

/// The `openAPIV3Schema` of JobTemplate, as JSON.
pub const JOB_TEMPLATE: &str = include_str!("../schema/jobtemplates.json");

/// The `openAPIV3Schema` of DaemonJob, as JSON.
pub const DAEMON_JOB: &str = include_str!("../schema/daemonjobs.json");

/// The `openAPIV3Schema` of ManagedJob, as JSON.
pub const MANAGED_JOB: &str = include_str!("../schema/managedjobs.json");

/// The `openAPIV3Schema` of SequentialJob, as JSON.
pub const SEQUENTIAL_JOB: &str = include_str!("../schema/sequentialjobs.json");
