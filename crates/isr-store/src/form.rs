//! A delivery's form, as two columns.
//!
//! Owns the numbers. Must not know what a form means. A number that is not known reads as a message of its own.

use isr_core::delivery::{Form, Picture};
use rusqlite::Row;

const ALONE: i64 = 1;
const EMBED: i64 = 2;
const PICTURE: i64 = 3;

/// The columns `form` and `attachment` of a form. A line, the usual case, has neither.
pub(crate) fn columns(form: &Form) -> (Option<i64>, Option<&[u8]>) {
    match form {
        Form::Line => (None, None),
        Form::Alone => (Some(ALONE), None),
        Form::Embed => (Some(EMBED), None),
        Form::Picture(picture) => (Some(PICTURE), Some(&picture.png)),
    }
}

/// The size of an attachment.
pub(crate) fn attached_bytes(form: &Form) -> usize {
    columns(form).1.map_or(0, <[u8]>::len)
}

/// Reads a form from its two columns.
pub(crate) fn read(row: &Row<'_>, form: usize, attachment: usize) -> rusqlite::Result<Form> {
    Ok(match row.get::<_, Option<i64>>(form)? {
        None => Form::Line,
        Some(EMBED) => Form::Embed,
        Some(PICTURE) => match row.get_ref(attachment)?.as_blob_or_null()? {
            Some(png) => Form::Picture(Picture { png: png.into() }),
            None => Form::Alone,
        },
        Some(_) => Form::Alone,
    })
}
