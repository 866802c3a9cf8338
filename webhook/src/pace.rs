//! The two timers of a connection: how long it may idle, and how long a request's head may take once it began.
//!
//! hyper has one timer for both, and an API server needs them to differ: it keeps idle connections for 90 s and never
//! repeats a POST on one that was closed, so the server must idle longer (with a server that idles as long as the
//! calls are apart, 3 % of creates failed: ADMISSION.md, finding 1); but a head that trickles in must end after seconds.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waiting for a request.
    Idle,
    /// The first byte of a request has arrived, its head not yet.
    Head,
    /// So many requests are being answered. The body has its own deadline.
    Busy(usize),
}

/// Why a connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// No request for too long.
    Idle,
    /// A request's head took too long.
    SlowHead,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    since: Instant,
    served: bool,
}

/// The state of one connection's timers.
#[derive(Debug)]
pub(crate) struct Pace {
    head: Duration,
    idle: Duration,
    state: Mutex<State>,
    changed: Notify,
}

impl Pace {
    /// A connection that begins now.
    pub(crate) fn new(head: Duration, idle: Duration) -> Arc<Self> {
        let state = State {
            phase: Phase::Idle,
            since: Instant::now(),
            served: false,
        };
        Arc::new(Self {
            head,
            idle,
            state: Mutex::new(state),
            changed: Notify::new(),
        })
    }

    /// The phase, since when, and whether a request was ever served.
    pub(crate) fn now(&self) -> (Phase, Instant, bool) {
        let state = *self.state();
        (state.phase, state.since, state.served)
    }

    /// Waits until the connection has to end.
    pub(crate) async fn expired(&self) -> Expiry {
        loop {
            let changed = self.changed.notified();
            let Some((deadline, expiry)) = self.deadline() else {
                changed.await;
                continue;
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(deadline) => return expiry,
            }
        }
    }

    fn deadline(&self) -> Option<(Instant, Expiry)> {
        let state = self.state();
        match state.phase {
            Phase::Idle => Some((state.since + self.idle, Expiry::Idle)),
            Phase::Head => Some((state.since + self.head, Expiry::SlowHead)),
            Phase::Busy(_) => None,
        }
    }

    fn byte_arrived(&self) {
        let mut state = self.state();
        if state.phase == Phase::Idle {
            self.enter(&mut state, Phase::Head);
        }
    }

    /// Counts a request until the result is dropped.
    pub(crate) fn request_started(self: &Arc<Self>) -> RequestGuard {
        let mut state = self.state();
        state.served = true;
        let others = match state.phase {
            Phase::Busy(requests) => requests,
            Phase::Idle | Phase::Head => 0,
        };
        self.enter(&mut state, Phase::Busy(others + 1));
        RequestGuard(Arc::clone(self))
    }

    fn request_ended(&self) {
        let mut state = self.state();
        let phase = match state.phase {
            Phase::Busy(requests) if requests > 1 => Phase::Busy(requests - 1),
            _ => Phase::Idle,
        };
        self.enter(&mut state, phase);
    }

    fn enter(&self, state: &mut State, phase: Phase) {
        state.phase = phase;
        state.since = Instant::now();
        self.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is plain data, whole after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct RequestGuard(Arc<Pace>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}

/// A stream that tells its [`Pace`] when a byte arrives.
///
/// Only for HTTP/1.1, where a byte on an idle connection begins a request. On an idle h2 connection pings arrive, which
/// begin nothing; there a head that trickles in is ended by the idle timer.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    pace: Option<Arc<Pace>>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, pace: Option<Arc<Pace>>) -> Self {
        Self { stream, pace }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let (true, Some(pace)) = (buf.filled().len() > before, &self.pace) {
            pace.byte_arrived();
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{Expiry, Pace, Phase};

    const HEAD: Duration = Duration::from_secs(5);
    const IDLE: Duration = Duration::from_secs(120);

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_expires_after_the_idle_time() {
        let (start, pace) = (Instant::now(), Pace::new(HEAD, IDLE));
        assert_eq!(pace.expired().await, Expiry::Idle);
        assert_eq!(start.elapsed().as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_expires_from_its_first_byte_and_not_from_the_last() {
        let pace = Pace::new(HEAD, IDLE);
        advance(Duration::from_secs(100)).await;
        let start = Instant::now();
        pace.byte_arrived();
        advance(Duration::from_secs(3)).await;
        pace.byte_arrived();
        assert_eq!(pace.expired().await, Expiry::SlowHead);
        assert_eq!(start.elapsed().as_secs(), HEAD.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_expires_while_requests_are_answered_and_idling_begins_after_the_last() {
        let pace = Pace::new(HEAD, IDLE);
        pace.byte_arrived();
        let (first, second) = (pace.request_started(), pace.request_started());
        advance(IDLE * 2).await;
        drop(first);
        assert_eq!(pace.now().0, Phase::Busy(1));
        drop(second);
        let start = Instant::now();
        assert_eq!(pace.expired().await, Expiry::Idle);
        assert_eq!(start.elapsed().as_secs(), IDLE.as_secs());
    }
}
