//! The German words.
//!
//! Owns the German wording of everything that stands in no sentence of an event. Cannot fail.

use super::command_words::CommandWords;
use super::game_words::GameWords;
use super::words::Words;
use crate::abuse::AbuseWords;
use crate::digest::DigestWords;
use crate::drift::DriftWords;
use crate::event::EventKind;
use crate::quiet::QuietWords;
use crate::statistics::{CardWords, RecapWords};
use crate::text::RichWords;

/// What kinds of events are called behind a number.
const KINDS: [(EventKind, &str); 32] = [
    (EventKind::Join, "Beitritt"),
    (EventKind::Leave, "Abgang"),
    (EventKind::Chat, "Chat"),
    (EventKind::Shout, "Ruf"),
    (EventKind::ServerChat, "Serverchat"),
    (EventKind::Milestone, "Meilenstein"),
    (EventKind::Task, "Aufgabe"),
    (EventKind::Research, "Forschung"),
    (EventKind::ResearchStarted, "begonnene Forschung"),
    (EventKind::ResearchCancelled, "abgebrochene Forschung"),
    (EventKind::Death, "Tod"),
    (EventKind::Rocket, "Rakete"),
    (EventKind::Message, "Nachricht"),
    (EventKind::Kick, "Hinauswurf"),
    (EventKind::Ban, "Bann"),
    (EventKind::Unban, "aufgehobener Bann"),
    (EventKind::Promote, "Ernennung"),
    (EventKind::Demote, "Absetzung"),
    (EventKind::ServerStarted, "Serverstart"),
    (EventKind::ServerStopped, "Serverende"),
    (EventKind::ServerCrashed, "Absturz"),
    (EventKind::Desync, "Desync"),
    (EventKind::Command, "Befehl"),
    (EventKind::CommandError, "fehlgeschlagener Befehl"),
    (EventKind::Warning, "Warnung"),
    (EventKind::Color, "Farbwechsel"),
    (EventKind::Refused, "Abweisung"),
    (EventKind::Matching, "Serverliste"),
    (EventKind::AdminMessage, "Nachricht für Admins"),
    (EventKind::Report, "Meldung"),
    (EventKind::EngineError, "Fehler des Spiels"),
    (EventKind::SlowSave, "langsames Speichern"),
];

pub(super) fn words() -> Words {
    let text = str::to_owned;
    Words {
        character: text("Zeichen"),
        characters: text("Zeichen"),
        server: text("dem Server"),
        script: text("einem Skript"),
        blank: text("(leer)"),
        nameless: text("(ohne Namen)"),
        day: text("T"),
        hour: text("Std"),
        minute: text("min"),
        called: text("jemand ruft euch: die Zeile darüber sagt, wer und warum"),
        lost_bytes: text(
            "⚠️ {count} Bytes des Serverlogs waren weg, bevor sie gelesen werden konnten (rotiert oder gekürzt)",
        ),
        lost_files: text(
            "⚠️ {count} rotierte Logdateien des Servers kamen und gingen, bevor sie gelesen werden konnten",
        ),
        quiet: QuietWords {
            reconnected: text("🔁 **{player}** ist wieder da"),
            reconnected_again: text("🔁 **{player}** ist wieder da ({count}-mal)"),
            repeated: text("{text} (×{count})"),
            spoken: text("💬 **{player}**: {text}"),
        },
        digest: DigestWords {
            heading: text("🌙 **In der Ruhezeit:** {kinds}"),
            more: text("und {count} weitere"),
            kinds: KINDS.map(|(kind, word)| (kind, text(word))).into(),
        },
        recap: recap(),
        abuse: abuse(),
        drift: DriftWords {
            line: text(
                "🧭 {since}{count} Zeile `{shape}` nicht verstanden; `factorio-isr stats unknown` zeigt ein Beispiel",
            ),
            lines: text(
                "🧭 {since}{count} Zeilen `{shape}` nicht verstanden; `factorio-isr stats unknown` zeigt ein Beispiel",
            ),
            since: text("seit {version}:"),
        },
        rich: RichWords {
            train: text("Zug"),
            train_stop: text("Haltestelle"),
            space_platform: text("Raumplattform"),
            blueprint: text("(Blaupause)"),
            armor: text("Rüstung von"),
        },
        game: GameWords::german(),
        command: CommandWords::german(),
    }
}

fn recap() -> RecapWords {
    let text = str::to_owned;
    RecapWords {
        day: text("📊 **{server}**: der Tag im Rückblick · {stretch}"),
        week: text("📊 **{server}**: die Woche im Rückblick · {stretch}"),
        player: text("👥 **{count} Spieler** war **{time}** da"),
        players: text("👥 **{count} Spieler** waren **{time}** da"),
        peak: text(", bis zu **{count}** zugleich"),
        newcomers: text("; neu: {names}"),
        longest: text("⏱️ Am längsten hier: {list}"),
        message: text("💬 {count} Nachricht: {list}"),
        messages: text("💬 {count} Nachrichten: {list}"),
        death: text("💀 {count} Tod: {list}"),
        deaths: text("💀 {count} Tode: {list}"),
        research: text("🔬 Erforscht: {list}"),
        rocket: text("🚀 {count} Rakete gestartet"),
        rockets: text("🚀 {count} Raketen gestartet"),
        unknown: text("unbekannt"),
        moment: text("unter einer Minute"),
        date: text("{day}. {month}"),
        weekdays: text("Mo Di Mi Do Fr Sa So"),
        months: text("Jan Feb März Apr Mai Juni Juli Aug Sep Okt Nov Dez"),
        card: CardWords {
            players: text("Spieler"),
            played: text("gespielt"),
            peak: text("zugleich höchstens"),
            messages: text("Nachrichten"),
            deaths: text("Tode"),
            curve: text("Spieler auf dem Server"),
            longest: text("Am längsten hier"),
            talkers: text("Am gesprächigsten"),
            killers: text("Getötet von"),
            research: text("Erforscht"),
        },
    }
}

fn abuse() -> AbuseWords {
    let text = str::to_owned;
    AbuseWords {
        flood: text("🚨 **{player}** flutet den Chat (mehr als {count} Zeilen in {seconds} s)"),
        flood_held: text(
            "🚨 **{player}** flutet den Chat (mehr als {count} Zeilen in {seconds} s): was darüber ist, bleibt zurück, bis es aufhört",
        ),
        flood_over_one: text("🕊️ **{player}** flutet den Chat nicht mehr: {count} Zeile war zu viel"),
        flood_over: text("🕊️ **{player}** flutet den Chat nicht mehr: {count} Zeilen waren zu viel"),
        flood_held_over_one: text("🕊️ **{player}** flutet den Chat nicht mehr: {count} Zeile blieb zurück"),
        flood_held_over: text("🕊️ **{player}** flutet den Chat nicht mehr: {count} Zeilen blieben zurück"),
        calls: text("🚨 **{player}** ruft zu oft: weitere Rufe werden ohne Ping gezeigt"),
        calls_over_one: text("🕊️ **{player}** ruft nicht mehr zu oft: {count} Zeile wurde ohne Ping gezeigt"),
        calls_over: text("🕊️ **{player}** ruft nicht mehr zu oft: {count} Zeilen wurden ohne Ping gezeigt"),
    }
}
