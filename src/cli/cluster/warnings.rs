//! Warnings: what an API server says beside an answer, in the headers of RFC 7234 (5.5).

use http::HeaderMap;
use http::header::WARNING;

/// The texts of all warnings, in their order.
pub fn warnings(headers: &HeaderMap) -> Vec<String> {
    let mut found = Vec::new();
    for value in headers.get_all(WARNING) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let mut rest: &str = &value;
        while let Some((text, behind)) = warning(rest) {
            found.push(text);
            rest = behind;
        }
    }
    found
}

/// The text of the warning that `value` begins with, such as `299 - "text"`, and what follows it.
fn warning(value: &str) -> Option<(String, &str)> {
    let (_, quoted) = value.split_once('"')?;
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, quoted.get(at + 1..)?)),
            '\\' => text.push(letters.next()?.1),
            _ => text.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use http::header::WARNING;
    use http::{HeaderMap, HeaderValue};

    fn read(values: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WARNING, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        super::warnings(&headers)
    }

    #[test]
    fn texts_are_read_from_many_headers_and_from_one() {
        assert_eq!(
            read(&[r#"299 - "a \"b\" \\ ü, c""#, r#"299 x "one", 299 x "two""#]),
            [r#"a "b" \ ü, c"#, "one", "two"]
        );
    }

    #[test]
    fn what_is_no_warning_is_passed_over() {
        for value in ["", "299 -", "299 - \"open", "299 - \"open\\"] {
            assert_eq!(read(&[value]), Vec::<String>::new(), "{value}");
        }
    }
}
