//! Time zones of logs.
//!
//! Owns the reading of zone names and the zone of this process. Must not read the clock. A wrong name of a
//! server's zone is a problem; a wrong `TZ` is a note, because the system would silently take UTC.

use jiff::tz::TimeZone;

use super::findings::Findings;
use super::problem::{Origin, quote};
use super::scalar::Complaint;
use super::settings::{LogZone, ZoneChosen};
use super::spelling;
use super::surroundings::Surroundings;

/// Reads an IANA name (`Europe/Berlin`) or a POSIX rule (`CET-1CEST,M3.5.0,M10.5.0/3`).
pub(crate) fn named(text: &str) -> Result<LogZone, Complaint> {
    match lookup(text) {
        Some(zone) => Ok(LogZone {
            name: text.to_owned(),
            zone,
            chosen: ZoneChosen::Named,
        }),
        None => Err(Complaint::new(
            "this is not the name of a time zone",
            remedy(text),
        )),
    }
}

fn lookup(text: &str) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(text) {
        return Some(zone);
    }
    // A rule without an offset would be read as UTC under a made-up name.
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    if has_digit {
        TimeZone::posix(text).ok()
    } else {
        None
    }
}

fn remedy(text: &str) -> String {
    let names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    match spelling::nearest(text, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a name such as Europe/Berlin, America/New_York or UTC".to_owned(),
    }
}

/// The zone of this process: `TZ`, else the system's, else UTC.
pub(crate) fn of_process(surroundings: &Surroundings, findings: &mut Findings) -> LogZone {
    if let Some(text) = surroundings.variable("TZ") {
        let name = text.trim().trim_start_matches(':');
        let name = name.rsplit_once("/zoneinfo/").map_or(name, |(_, name)| name);
        if let Some(zone) = lookup(name) {
            return LogZone {
                name: name.to_owned(),
                zone,
                chosen: ZoneChosen::OfProcess,
            };
        }
        let place = Origin::Variable("TZ".to_owned());
        findings.note_at(
            place,
            format!("{} is not a known time zone; {}", quote(name), remedy(name)),
        );
    }
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("the zone of this system").to_owned();
    LogZone {
        name,
        zone,
        chosen: ZoneChosen::OfProcess,
    }
}
