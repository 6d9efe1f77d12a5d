//! Reads `multipart/form-data`: the JSON of a message and its files.
//!
//! Owns the little of RFC 7578 that Discord documents: `payload_json` and `files[N]`. Must not know what the JSON may
//! hold. Fails with what is malformed.

use bytes::Bytes;
use serde_json::Value;

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The number in `files[N]`, which an attachment of the JSON names.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub kind: String,
    /// What the JSON says it shows.
    pub description: Option<String>,
    /// The file.
    pub bytes: Bytes,
}

/// A body taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FormData {
    pub(crate) json: Bytes,
    pub(crate) files: Vec<Upload>,
}

/// Takes a body apart by its `Content-Type`: JSON alone, or parts.
pub(crate) fn read(kind: &str, body: &Bytes) -> Result<FormData, String> {
    let Some(boundary) = boundary(kind) else {
        return Ok(FormData {
            json: body.clone(),
            files: Vec::new(),
        });
    };
    let mut form = FormData::default();
    for part in parts(body, &boundary)? {
        let (head, content) = split(part, b"\r\n\r\n").ok_or("a part without an empty line")?;
        let head = String::from_utf8(head.to_vec()).map_err(|_| "a part's head is not text")?;
        let content = body.slice_ref(content);
        match parameter(&head, "name").as_deref() {
            Some("payload_json") => form.json = content,
            Some(name) => form.files.push(upload(name, &head, content)?),
            None => return Err("a part without a name".into()),
        }
    }
    describe(&mut form);
    Ok(form)
}

fn boundary(kind: &str) -> Option<String> {
    let (kind, rest) = kind.split_once(';')?;
    let boundary = rest.trim().strip_prefix("boundary=")?;
    (kind.trim() == "multipart/form-data").then(|| boundary.trim_matches('"').to_owned())
}

fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<&'b [u8]>, String> {
    let mark = format!("--{boundary}");
    let mut rest = body
        .strip_prefix(mark.as_bytes())
        .ok_or("the body does not begin with the boundary")?;
    let between = format!("\r\n{mark}");
    let mut parts = Vec::new();
    while let Some(begun) = rest.strip_prefix(b"\r\n") {
        let (part, after) = split(begun, between.as_bytes()).ok_or("a part without an end")?;
        parts.push(part);
        rest = after;
    }
    let ended = rest.starts_with(b"--");
    ended
        .then_some(parts)
        .ok_or_else(|| "the body has no last boundary".to_owned())
}

fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let place = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..place], &bytes[place + mark.len()..]))
}

fn parameter(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn upload(name: &str, head: &str, bytes: Bytes) -> Result<Upload, String> {
    let number = name
        .strip_prefix("files[")
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| format!("a part named {name:?}"))?;
    let kind = head.lines().find_map(|line| line.strip_prefix("Content-Type: "));
    Ok(Upload {
        number,
        name: parameter(head, "filename").ok_or("a file without a name")?,
        kind: kind.unwrap_or_default().to_owned(),
        description: None,
        bytes,
    })
}

/// The JSON's list of attachments says what each file shows.
fn describe(form: &mut FormData) {
    let json: Value = serde_json::from_slice(&form.json).unwrap_or_default();
    for listed in json["attachments"].as_array().into_iter().flatten() {
        let number = listed["id"]
            .as_u64()
            .or_else(|| listed["id"].as_str()?.parse().ok());
        if let Some(file) = form.files.iter_mut().find(|file| Some(file.number) == number) {
            file.description = listed["description"].as_str().map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=xyz";

    #[test]
    fn json_and_files_are_told_apart_and_described() {
        let body = Bytes::from_static(
            b"--xyz\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n\
              {\"attachments\":[{\"id\":0,\"description\":\"a chart\"}]}\r\n\
              --xyz\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
              \x89PNG\r\n\r\n--xyz--\r\n",
        );
        let form = read(KIND, &body).unwrap();
        assert!(form.json.starts_with(b"{\"attachments"));
        let file = &form.files[0];
        assert_eq!((file.name.as_str(), file.kind.as_str()), ("a.png", "image/png"));
        assert_eq!(file.description.as_deref(), Some("a chart"));
        assert_eq!(&file.bytes[..], b"\x89PNG\r\n");
        let alone = Bytes::from_static(b"{}");
        assert_eq!(read("application/json", &alone).unwrap().json, alone);
    }

    #[test]
    fn what_is_malformed_is_named() {
        for bad in [
            &b""[..],
            b"--xyz",
            b"--xyz\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{}",
            b"--xyz\r\n\r\n\r\n{}\r\n--xyz--",
            b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--xyz--",
        ] {
            assert!(read(KIND, &Bytes::copy_from_slice(bad)).is_err(), "{bad:?}");
        }
    }
}
