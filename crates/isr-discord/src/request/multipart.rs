//! The wire form of a message: JSON alone, or JSON and a file.
//!
//! Owns `multipart/form-data` with `payload_json` and `files[0]`, as Discord documents it. Must not know what the
//! JSON says. Cannot fail.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;

/// A request body and its `Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
}

impl Encoded {
    /// JSON alone.
    pub(crate) fn json(json: Vec<u8>) -> Self {
        Self {
            body: json.into(),
            content_type: "application/json".to_owned(),
        }
    }

    /// JSON and one PNG file of this name (which holds no quotes).
    pub(crate) fn with_png(json: &[u8], name: &str, png: &[u8]) -> Self {
        let boundary = boundary(json, png);
        let mut body = Vec::with_capacity(json.len() + png.len() + 512);
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\
                 Content-Type: application/json\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(json);
        body.extend_from_slice(
            format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"{name}\"\r\n\
                 Content-Type: image/png\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(png);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Self {
            body: body.into(),
            content_type: format!("multipart/form-data; boundary={boundary}"),
        }
    }
}

/// A boundary that stands in neither part. The same parts give the same one.
fn boundary(json: &[u8], png: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    (json, png).hash(&mut hasher);
    loop {
        let boundary = format!("factorio-isr-{:016x}", hasher.finish());
        if !contains(json, boundary.as_bytes()) && !contains(png, boundary.as_bytes()) {
            return boundary;
        }
        boundary.hash(&mut hasher);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_stand_between_boundaries_that_are_in_neither() {
        let png = b"\x89PNG\r\n\x1a\n--factorio-isr-\r\n\r\n";
        let encoded = Encoded::with_png(b"{\"a\":1}", "picture.png", png);
        let boundary = encoded.content_type.split_once("boundary=").unwrap().1.to_owned();
        let mark = format!("--{boundary}");
        let body = encoded.body.to_vec();
        let marks = body
            .windows(mark.len())
            .filter(|window| *window == mark.as_bytes());
        assert_eq!(marks.count(), 3);
        assert!(contains(&body, b"\r\n\r\n{\"a\":1}\r\n--"));
        let file = [&b"Content-Type: image/png\r\n\r\n"[..], png, b"\r\n--"].concat();
        assert!(contains(&body, &file));
        // Parts that hold the first choice get another one.
        let again = Encoded::with_png(boundary.as_bytes(), "picture.png", png);
        assert!(!again.content_type.ends_with(&boundary));
    }
}
