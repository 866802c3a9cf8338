//! A proxy before the API server that lets a test decide what becomes of each request.
#![expect(clippy::panic, reason = "a proxy that cannot work fails the test that uses it")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;
use test_cluster::Cluster;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is forwarded, and so is the answer.
    Pass,
    /// It is forwarded after this time.
    Late(Duration),
    /// It is not forwarded: the answer is this status.
    Refused(u16),
    /// It is forwarded, but the connection breaks before the answer.
    AnswerLost,
    /// It is forwarded, and the answer breaks off after this time.
    CutAfter(Duration),
    /// A watch that begins with the news that its version is too old (410).
    Expired,
    /// It is not forwarded, and nothing is answered.
    Ignored,
    /// It is forwarded, and nothing is answered.
    AnswerWithheld,
}

/// What a test sees of a request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// Whether it opens a watch.
    pub is_watch: bool,
}

impl Seen {
    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

type Judge = Box<dyn FnMut(&Seen) -> Fate + Send>;
type Frames = StreamBody<BoxStream<'static, Result<Frame<Bytes>, io::Error>>>;

/// A running proxy, on a port of its own; ends when dropped.
pub struct Proxy {
    _runtime: Runtime,
    kubeconfig: PathBuf,
}

impl Proxy {
    /// Starts a proxy that asks `judge` about every request and forwards as the administrator. Its KUBECONFIG lies in
    /// `folder`.
    pub fn start(cluster: &Cluster, folder: &Path, judge: impl FnMut(&Seen) -> Fate + Send + 'static) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
        let (client, listener) = runtime.block_on(async {
            let options = KubeConfigOptions::default();
            let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
            let client = Client::try_from(config.unwrap()).unwrap();
            (client, TcpListener::bind("127.0.0.1:0").await.unwrap())
        });
        let address = listener.local_addr().unwrap();
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Box::new(judge)));
        runtime.spawn(accept(listener, client, judge));
        let kubeconfig = folder.join("kubeconfig");
        let content = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": format!("http://{address}")}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "nobody"}}],
            "users": [{"name": "nobody", "user": {}}],
        });
        std::fs::write(&kubeconfig, content.to_string()).unwrap();
        Self {
            _runtime: runtime,
            kubeconfig,
        }
    }

    /// What its client must be given.
    pub fn kubeconfig(&self) -> PathBuf {
        self.kubeconfig.clone()
    }
}

async fn accept(listener: TcpListener, client: Client, judge: Arc<Mutex<Judge>>) {
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .unwrap_or_else(|error| panic!("the proxy cannot accept: {error}"));
        let (client, judge) = (client.clone(), Arc::clone(&judge));
        let service = service_fn(move |request| carry_out(client.clone(), Arc::clone(&judge), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn carry_out(
    client: Client,
    judge: Arc<Mutex<Judge>>,
    request: Request<Incoming>,
) -> Result<Response<Frames>, io::Error> {
    let seen = Seen {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        is_watch: request.uri().query().unwrap_or_default().contains("watch=true"),
    };
    let fate = judge.lock().unwrap_or_else(PoisonError::into_inner)(&seen);
    match fate {
        Fate::Pass => forward(&client, request).await,
        Fate::Late(by) => {
            sleep(by).await;
            forward(&client, request).await
        }
        Fate::Refused(code) => Ok(refusal(code)),
        Fate::AnswerLost => {
            forward(&client, request).await?;
            Err(io::Error::other("the answer is lost"))
        }
        Fate::CutAfter(time) => Ok(forward(&client, request).await?.map(|body| cut(body, time))),
        Fate::Expired => Ok(expired()),
        Fate::Ignored => std::future::pending().await,
        Fate::AnswerWithheld => {
            forward(&client, request).await?;
            std::future::pending().await
        }
    }
}

async fn forward(client: &Client, request: Request<Incoming>) -> Result<Response<Frames>, io::Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    // The client makes the address and says who asks.
    let path = head.uri.path_and_query().cloned();
    head.uri = path.map_or_else(Default::default, Into::into);
    head.headers.remove(http::header::HOST);
    head.version = http::Version::HTTP_11;
    let request = Request::from_parts(head, Body::from(body.to_vec()));
    let (head, body) = client.send(request).await.map_err(io::Error::other)?.into_parts();
    let frames = BodyStream::new(body).map(|frame| frame.map_err(io::Error::other));
    let mut response = Response::new(StreamBody::new(frames.boxed()));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    // How long the body is, and where it ends, is said anew on this connection.
    response.headers_mut().remove(http::header::TRANSFER_ENCODING);
    response.headers_mut().remove(http::header::CONTENT_LENGTH);
    Ok(response)
}

fn cut(body: Frames, after: Duration) -> Frames {
    let broken = stream::once(async { Err(io::Error::other("the connection breaks")) });
    let frames = BodyStream::new(body).take_until(Box::pin(sleep(after))).chain(broken);
    StreamBody::new(frames.boxed())
}

fn whole(text: String) -> Frames {
    StreamBody::new(stream::once(async { Ok(Frame::data(Bytes::from(text))) }).boxed())
}

fn status(code: u16, reason: &str) -> serde_json::Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
        "message": format!("the test's proxy says {code}"),
    })
}

fn refusal(code: u16) -> Response<Frames> {
    let reason = match code {
        409 => "Conflict",
        429 => "TooManyRequests",
        _ => "InternalError",
    };
    let response = Response::builder()
        .status(code)
        .header("content-type", "application/json")
        .header("retry-after", "1");
    response
        .body(whole(status(code, reason).to_string()))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn expired() -> Response<Frames> {
    let event = json!({"type": "ERROR", "object": status(410, "Expired")});
    Response::new(whole(format!("{event}\n")))
}
