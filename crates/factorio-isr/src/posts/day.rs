//! The picture of a server's last 24 hours: what is read for it, and the post that is made of it.
//!
//! Owns the way from stored minutes to a delivery, which the command line shares. Must not know when one is due. Fails
//! where the store cannot be read.

use std::sync::Arc;

use isr_core::delivery::{DeliveryId, Destination, Form, KindName, NewDelivery, Picture, Pings};
use isr_core::game::DayWords;
use isr_core::source::ServerTag;
use isr_core::text::escape;
use isr_core::voice::Voice;
use isr_store::{AdminError, SampleRow, StatisticsReader};
use jiff::tz::TimeZone;

use super::identity;
use crate::config::Server;
use crate::picture::{Day, Minute};

/// Minutes of a day.
const MINUTES: i64 = 24 * 60;

/// How the pictures of a server look.
#[derive(Debug, Clone)]
pub struct Look {
    /// The server.
    pub server: ServerTag,
    /// Its name for people.
    pub name: String,
    /// Its words.
    pub voice: Arc<Voice>,
    /// The zone of its times.
    pub zone: TimeZone,
}

impl Look {
    /// That of a configured server.
    #[must_use]
    pub fn of(server: &Server) -> Self {
        Self {
            server: server.tag.clone(),
            name: server.name.clone(),
            voice: Arc::clone(&server.voice),
            zone: server.time_zone.zone.clone(),
        }
    }

    /// The picture of the 24 hours before a moment (Unix milliseconds): the bytes of a PNG file. None when nothing was
    /// seen.
    ///
    /// # Errors
    /// [`AdminError`] when the store cannot be read.
    pub fn png(&self, reader: &StatisticsReader, until_ms: i64) -> Result<Option<Vec<u8>>, AdminError> {
        let until = SampleRow::minute_of(until_ms);
        let rows = reader.samples(&self.server, until - MINUTES..until)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let minutes: Vec<Minute> = rows.iter().map(minute).collect();
        let day = Day {
            title: &self.name,
            words: self.words(),
            zone: &self.zone,
            until,
            minutes: &minutes,
        };
        Ok(Some(day.png()))
    }

    fn words(&self) -> DayWords<'_> {
        DayWords::new(self.voice.words())
    }

    /// The post of a picture.
    #[must_use]
    pub fn delivery(&self, destination: Destination, png: Vec<u8>, until_ms: i64) -> NewDelivery {
        NewDelivery {
            id: DeliveryId {
                generation: identity(&["picture", self.server.as_str()]),
                offset: until_ms.max(0).unsigned_abs(),
                part: 0,
            },
            destination,
            server: self.server.clone(),
            kind: KindName::fixed("picture"),
            form: Form::Picture(Picture { png: png.into() }),
            text: format!("📈 **{}**: {}", escape(&self.name), self.words().posted()),
            username: None,
            subject: None,
            pings: Pings::Nobody,
            happened_ms: until_ms,
            seen_ms: until_ms,
        }
    }
}

fn minute(row: &SampleRow) -> Minute {
    Minute {
        minute: row.minute,
        players: row.players,
        ups: row.ups_x100.map(|ups| ups as f32 / 100.0),
    }
}
