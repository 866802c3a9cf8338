//! Certificates of our own through years of a clock that the tests turn.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use certs::own::{Published, Span, Step, Store, Terms, carry_out, step};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

const HOST: &str = "jobflow.jobflow-system.svc";
const DAY: Duration = Duration::from_secs(86_400);

fn terms() -> Terms {
    let days = |life, renew_before| Span {
        life: DAY * life,
        renew_before: DAY * renew_before,
    };
    Terms {
        hosts: vec![HOST.to_owned(), format!("{HOST}.cluster.local")],
        leaf: days(90, 30),
        authority: days(3650, 365),
        settle: Duration::from_secs(120),
    }
}

fn start() -> SystemTime {
    UNIX_EPOCH + DAY * 20_000
}

/// The store, what clients trust and since when, and what serves.
struct World {
    terms: Terms,
    store: Store,
    bundle: String,
    published: SystemTime,
    now: SystemTime,
    /// Every certificate that a replica may still serve with, since none need have heard of the next one.
    served: Vec<String>,
    steps: Vec<Step>,
}

impl World {
    fn new() -> Self {
        Self {
            terms: terms(),
            store: Store::default(),
            bundle: String::new(),
            published: start(),
            now: start(),
            served: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn next(&self) -> Step {
        let published = if self.bundle == self.store.bundle() {
            Published::For(self.now.duration_since(self.published).unwrap())
        } else {
            Published::No
        };
        step(&self.store, published, &self.terms, self.now)
    }

    /// Does all that is to do now, and returns when there is more.
    fn settle(&mut self) -> SystemTime {
        for _ in 0..10 {
            let next = self.next();
            if let Step::Rest { until } = next {
                return until;
            }
            self.steps.push(next);
            if next == Step::Publish {
                (self.bundle, self.published) = (self.store.bundle(), self.now);
            } else {
                // What is written is read back, as from a Secret.
                let after = carry_out(next, &self.store, &self.terms, self.now).unwrap();
                self.store = Store::read(&after.data());
                assert_eq!(self.store, after);
            }
        }
        panic!("no rest after {:?}", self.steps);
    }

    fn serve(&mut self) {
        let leaf = self.store.leaf.as_ref().unwrap().certificate.clone();
        if !self.served.contains(&leaf) {
            self.served.push(leaf);
        }
        let now = self.now;
        self.served.retain(|leaf| ends_after(leaf, now));
    }

    fn trusts(&self, leaf: &str) -> Result<(), rustls::Error> {
        verify(&self.bundle, leaf, HOST, self.now)
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn ends_after(leaf: &str, now: SystemTime) -> bool {
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate(leaf))
        .map(|(rest, parsed)| (rest.len(), parsed.validity().not_after.timestamp()))
        .unwrap();
    u64::try_from(parsed).unwrap() > now.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// As a client of TLS does it.
fn verify(bundle: &str, leaf: &str, host: &str, now: SystemTime) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(root.unwrap())?;
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap());
    let verifier = verifier.build().unwrap();
    verifier
        .verify_server_cert(&certificate(leaf), &[], &name, &[], now)
        .map(drop)
}

#[test]
fn in_thirty_years_every_certificate_in_use_is_trusted_at_every_moment() {
    let mut world = World::new();
    let (mut looks, mut authorities) = (0, 0);
    while world.now < start() + DAY * 365 * 30 {
        let until = world.settle();
        world.serve();
        for leaf in &world.served {
            world.trusts(leaf).unwrap();
        }
        let held = world.bundle.matches("BEGIN CERTIFICATE").count();
        assert!(held <= 2, "{held} authorities at once");
        authorities = authorities.max(held);
        assert!(until > world.now);
        world.now = until;
        looks += 1;
    }
    // A leaf each 60 days, an authority each nine years.
    assert_eq!(world.steps.iter().filter(|step| **step == Step::Promote).count(), 3);
    assert_eq!(authorities, 2);
    assert!((180..250).contains(&looks), "{looks} looks in 30 years");
}

#[test]
fn a_new_authority_signs_only_after_it_was_published_long_enough() {
    let mut world = World::new();
    world.settle();
    world.steps.clear();
    world.now += DAY * (3650 - 365);
    let until = world.settle();
    assert_eq!(world.steps, [Step::Renew, Step::Announce, Step::Publish]);
    assert_eq!(until, world.now + world.terms.settle);
    let before = world.store.leaf.clone().unwrap();
    world.now += world.terms.settle / 2;
    assert_eq!(world.settle(), until);
    // Somebody takes the new one out: it is published again, and has to settle again.
    world.bundle = world.store.authority.as_ref().unwrap().certificate.clone();
    world.steps.clear();
    assert_eq!(world.settle(), world.now + world.terms.settle);
    assert_eq!(world.steps, [Step::Publish]);
    world.now += world.terms.settle;
    world.steps.clear();
    world.settle();
    assert_eq!(world.steps, [Step::Promote]);
    world.trusts(&before.certificate).unwrap();
    world.trusts(&world.store.leaf.as_ref().unwrap().certificate).unwrap();
}

#[test]
fn a_retired_authority_is_forgotten_when_its_last_certificate_has_ended() {
    let mut world = World::new();
    world.settle();
    world.now += DAY * (3650 - 365);
    world.settle();
    world.now += world.terms.settle;
    world.settle();
    let retired = world.store.retired.first().unwrap().clone();
    assert_eq!(retired.until, start() + DAY * (3650 - 365 + 90));
    let mut until = world.settle();
    while !world.store.retired.is_empty() {
        assert!(world.now < retired.until && world.bundle.contains(&retired.certificate));
        world.now = until;
        until = world.settle();
    }
    assert_eq!(world.now, retired.until);
    assert!(!world.bundle.contains(&retired.certificate));
}

#[test]
fn what_cannot_be_used_is_made_anew() {
    let mut world = World::new();
    world.settle();
    let good = world.store.data();
    for (broken, expected) in [
        ("tls.key", Step::Renew),
        ("tls.crt", Step::Renew),
        ("authority.crt", Step::Begin),
        ("authority.key", Step::Begin),
    ] {
        for content in [b"".to_vec(), b"-----BEGIN nothing".to_vec()] {
            let mut data = good.clone();
            data.insert(broken.to_owned(), content);
            world.store = Store::read(&data);
            assert_eq!(world.next(), expected, "{broken}");
            world.settle();
            world.trusts(&world.store.leaf.as_ref().unwrap().certificate).unwrap();
        }
    }
}

#[test]
fn a_key_that_is_not_that_of_its_certificate_does_not_count() {
    let (mut one, mut other) = (World::new(), World::new());
    one.settle();
    other.settle();
    for (key, expected) in [("tls.key", Step::Renew), ("authority.key", Step::Begin)] {
        let mut data = one.store.data();
        data.insert(key.to_owned(), other.store.data().remove(key).unwrap());
        let published = Published::For(Duration::ZERO);
        assert_eq!(step(&Store::read(&data), published, &one.terms, one.now), expected);
    }
    // Nor does a serving certificate of another authority.
    let mut data = one.store.data();
    data.extend(
        other
            .store
            .data()
            .into_iter()
            .filter(|(key, _)| key.starts_with("tls.")),
    );
    let published = Published::For(Duration::ZERO);
    assert_eq!(step(&Store::read(&data), published, &one.terms, one.now), Step::Renew);
}

#[test]
fn other_hosts_want_another_certificate_by_the_same_authority() {
    let mut world = World::new();
    world.settle();
    let bundle = world.bundle.clone();
    world.terms.hosts = vec!["other.example".to_owned()];
    world.steps.clear();
    world.settle();
    assert_eq!(
        (world.steps.as_slice(), &world.bundle),
        ([Step::Renew].as_slice(), &bundle)
    );
    let leaf = &world.store.leaf.as_ref().unwrap().certificate;
    verify(&bundle, leaf, "other.example", world.now).unwrap();
    world.trusts(leaf).unwrap_err();
}

/// An operator that was away until the authority had almost ended: what it signs cannot live long, and is not made without end.
#[test]
fn one_that_comes_late_makes_no_certificate_twice_in_a_row() {
    let mut world = World::new();
    world.settle();
    world.now += DAY * 3650 - Duration::from_secs(600);
    world.steps.clear();
    let until = world.settle();
    assert_eq!(world.steps, [Step::Renew, Step::Announce, Step::Publish]);
    world.now = until;
    world.settle();
    world.trusts(&world.store.leaf.as_ref().unwrap().certificate).unwrap();
    // And one that comes after the end begins again.
    world.now += DAY * 36_500;
    world.steps.clear();
    world.settle();
    assert_eq!(world.steps, [Step::Begin, Step::Forget, Step::Publish]);
}
