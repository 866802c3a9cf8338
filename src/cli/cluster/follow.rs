//! Follow: an object as it changes, by a watch.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use kube::api::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};

use super::fault::{self, Fault, Result};
use super::kinds::Resource;
use super::session::{Session, view};
use super::view::View;
use crate::cli::output;

type Changes = Pin<Box<dyn Stream<Item = watcher::Result<Event<DynamicObject>>> + Send>>;

/// What a watch says of an object.
#[derive(Debug)]
pub enum News {
    /// It is like this.
    Is(Box<View>),
    /// It is gone, or another one has its name.
    Gone,
}

/// A watch on one object.
pub struct Follower {
    changes: Changes,
    resource: &'static Resource,
    uid: String,
    /// What the request was to do, for the sentence when it is refused.
    deed: String,
    server: String,
    /// Whether the list that a watch begins with has brought it.
    is_listed: bool,
    is_disturbed: bool,
}

impl Follower {
    /// Begins to watch; the first news tells how the object is.
    pub fn of(session: &Session, object: &View) -> Self {
        let config = watcher::Config::default().fields(&format!("metadata.name={}", object.name()));
        Self {
            changes: watcher(session.api(object.resource), config).default_backoff().boxed(),
            resource: object.resource,
            uid: object.uid().to_owned(),
            deed: format!("watch {}", object.title()),
            server: session.server.clone(),
            is_listed: false,
            is_disturbed: false,
        }
    }

    /// Waits for the next news. A connection that breaks is made again; a refusal is told.
    pub async fn next(&mut self) -> Result<News> {
        loop {
            match self.changes.next().await {
                Some(Ok(event)) => {
                    self.is_disturbed = false;
                    if let Some(news) = self.news(event) {
                        return Ok(news);
                    }
                }
                Some(Err(error)) => self.disturbance(error)?,
                None => return Err(Fault::unknown(format!("cannot {}: the watch has ended", self.deed))),
            }
        }
    }

    fn news(&mut self, event: Event<DynamicObject>) -> Option<News> {
        match event {
            Event::Init => {
                self.is_listed = false;
                None
            }
            Event::InitApply(object) | Event::Apply(object) => {
                self.is_listed = true;
                let view = view(self.resource, object)?;
                Some(if view.uid() == self.uid {
                    News::Is(Box::new(view))
                } else {
                    News::Gone
                })
            }
            Event::InitDone => (!self.is_listed).then_some(News::Gone),
            Event::Delete(_) => Some(News::Gone),
        }
    }

    /// Refusals will not go away; all else may.
    fn disturbance(&mut self, error: watcher::Error) -> Result<()> {
        let source = match error {
            watcher::Error::InitialListFailed(source)
            | watcher::Error::WatchStartFailed(source)
            | watcher::Error::WatchFailed(source) => source,
            other => {
                self.complain(&fault::innermost(&other));
                return Ok(());
            }
        };
        if let kube::Error::Api(status) = &source
            && matches!(status.code, 401 | 403 | 404)
        {
            return Err(fault::of_request(&source, &self.deed, &self.server));
        }
        self.complain(&fault::innermost(&source));
        Ok(())
    }

    /// Once a disturbance, not once a try.
    fn complain(&mut self, why: &str) {
        if !self.is_disturbed {
            self.is_disturbed = true;
            output::complain(&format!("warning: the watch is interrupted ({why}); trying again"));
        }
    }
}
