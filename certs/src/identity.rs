//! The pair that serves now: chosen by each TLS handshake, replaced without touching open connections.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::facts::Facts;
use crate::pair::{Contents, Pair, PairError};

/// Whether the identity can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// A valid pair is loaded.
    Ready,
    /// No usable pair was ever found.
    Missing,
    /// The loaded pair is past its end, and no new one came.
    Expired,
}

/// Where pairs come from.
enum Source {
    /// Files in this folder.
    Folder(PathBuf),
    /// Whoever calls [`Identity::offer`].
    Offers(ArcSwapOption<Contents>),
}

/// The last good pair of a folder, or of those that were offered.
pub struct Identity {
    source: Source,
    expected_name: Option<ServerName<'static>>,
    provider: Arc<CryptoProvider>,
    current: ArcSwapOption<Pair>,
    reload_failures: AtomicU64,
}

impl Identity {
    /// An identity without a pair yet; [`Identity::refresh`] reads the folder. With `expected_name` only a
    /// certificate for that host is taken.
    pub fn new(
        folder: impl Into<PathBuf>,
        expected_name: Option<ServerName<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self::from_source(Source::Folder(folder.into()), expected_name, provider)
    }

    /// An identity that takes what [`Identity::offer`] is given.
    pub fn offered(expected_name: Option<ServerName<'static>>, provider: Arc<CryptoProvider>) -> Self {
        Self::from_source(Source::Offers(ArcSwapOption::empty()), expected_name, provider)
    }

    fn from_source(source: Source, expected_name: Option<ServerName<'static>>, provider: Arc<CryptoProvider>) -> Self {
        Self {
            source,
            expected_name,
            provider,
            current: ArcSwapOption::empty(),
            reload_failures: AtomicU64::new(0),
        }
    }

    /// Offers a certificate and its key, PEM, to the next [`Identity::refresh`]; a folder wants no offers.
    pub fn offer(&self, certificate: &[u8], key: &[u8]) {
        if let Source::Offers(offers) = &self.source {
            offers.store(Some(Arc::new(Contents::new(certificate, key))));
        }
    }

    /// Reads the source; true when a new pair was taken. On an error the last good pair keeps serving.
    ///
    /// # Errors
    /// Says why the files may not serve; the failure is counted.
    pub fn refresh(&self, now: SystemTime) -> Result<bool, PairError> {
        self.take(now).inspect_err(|_| {
            self.reload_failures.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn take(&self, now: SystemTime) -> Result<bool, PairError> {
        let contents = match &self.source {
            Source::Folder(folder) => Contents::read(folder)?,
            Source::Offers(offers) => match offers.load_full() {
                Some(offer) => Contents::clone(&offer),
                // Not a failure: it is being made.
                None => return Ok(false),
            },
        };
        if self
            .current
            .load()
            .as_ref()
            .is_some_and(|pair| pair.contents == contents)
        {
            return Ok(false);
        }
        let pair = Pair::check(contents, self.expected_name.as_ref(), &self.provider, now)?;
        self.current.store(Some(Arc::new(pair)));
        Ok(true)
    }

    /// What is read, for messages.
    pub fn source(&self) -> String {
        match &self.source {
            Source::Folder(folder) => folder.display().to_string(),
            Source::Offers(_) => "the Secret of our own certificates".to_owned(),
        }
    }

    /// What the serving certificate says about itself.
    pub fn facts(&self) -> Option<Facts> {
        self.current.load().as_ref().map(|pair| pair.facts.clone())
    }

    /// Whether the identity can serve at `now`. It is asked with the wall clock each time, since a machine
    /// that slept finds its certificate expired without any timer having run.
    pub fn readiness(&self, now: SystemTime) -> Readiness {
        match self.current.load().as_ref() {
            None => Readiness::Missing,
            Some(pair) if pair.facts.not_after < now => Readiness::Expired,
            Some(_) => Readiness::Ready,
        }
    }

    /// How many readings of the folder have failed.
    pub fn reload_failures(&self) -> u64 {
        self.reload_failures.load(Ordering::Relaxed)
    }

    pub(crate) fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load().as_ref().map(|pair| Arc::clone(&pair.certified))
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts();
        f.debug_struct("Identity")
            .field("source", &self.source())
            .field("facts", &facts)
            .finish_non_exhaustive()
    }
}
