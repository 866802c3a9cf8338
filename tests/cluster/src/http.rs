//! One plain HTTP GET on loopback, as a probe sends it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const LIMIT: Duration = Duration::from_secs(5);

/// The body of a successful answer.
///
/// # Errors
/// When nobody answers in time, or with another status than 200; the message then holds the answer.
pub(crate) fn get(port: u16, path: &str) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Version 1.0, so that the answer comes whole and not in chunks.
    let question = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    let answer = exchange(address, &question).with_context(|| format!("http://{address}{path} does not answer"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1);
    ensure!(
        status == Some("200"),
        "http://{address}{path} answers: {}",
        answer.trim()
    );
    Ok(body.to_owned())
}

fn exchange(address: SocketAddr, question: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    stream.write_all(question.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn server_that_says(answer: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 1024];
            let _ = stream.read(&mut question).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        port
    }

    #[test]
    fn a_good_answer_is_its_body() {
        let port = server_that_says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        assert_eq!(get(port, "/readyz").unwrap(), "ok");
    }

    #[test]
    fn another_status_is_an_error_with_the_answer() {
        let port = server_that_says("HTTP/1.1 503 Service Unavailable\r\n\r\nno certificate");
        let error = get(port, "/readyz").unwrap_err().to_string();
        assert!(error.contains("503") && error.contains("no certificate"), "{error}");
    }
}
