//! The words for a running game: its card and its alerts.
//!
//! Owns both languages side by side. A word has parts in braces that are filled with finished text. Must not know what is
//! shown where. Cannot fail.

use super::table::word_table;

word_table! {
    /// A word or a sentence about a running game.
    pub(crate) word GameWord;
    /// The words of one language for a running game.
    words GameWords;
    prefix "game.";

    Running "running" "Running" "Läuft"
    RunningSlowly "running_slowly" "Running slowly" "Läuft langsam"
    Paused "paused" "Paused by a player or a script" "Von einem Spieler oder Skript pausiert"
    AutoPaused "auto_paused" "Paused: nobody is there" "Pausiert: niemand ist da"
    Saving "saving" "Saving, or busy (began {since})" "Speichert oder ist beschäftigt (begann {since})"
    Stopped "stopped" "Stopped {since}" "Beendet {since}"
    Crashed "crashed" "Crashed {since}" "Abgestürzt {since}"
    Unknown "unknown" "It is not known what the server does" "Was der Server macht, ist nicht bekannt"
    Connecting "connecting" "Connecting to the server" "Die Verbindung wird aufgebaut"
    LinkDown "link_down" "No connection to RCON: lost {since} ({why})" "Keine Verbindung zu RCON: verloren {since} ({why})"
    Unresolved "why_unresolved" "the host's name is not known" "der Name des Rechners ist nicht bekannt"
    Unreachable "why_unreachable" "nobody answers there" "dort antwortet niemand"
    TooSlow "why_too_slow" "the answer takes too long" "die Antwort dauert zu lange"
    WrongPassword "why_wrong_password" "the password is wrong" "das Passwort stimmt nicht"
    NotRcon "why_not_rcon" "what answers is no RCON" "was antwortet, ist kein RCON"
    Ended "why_ended" "the connection has ended" "die Verbindung ist abgebrochen"
    Maintenance "maintenance" "Maintenance until {until}" "Wartung bis {until}"
    Players "players" "Players" "Spieler"
    Nobody "nobody" "nobody" "niemand"
    More "more" "and {count} more" "und {count} weitere"
    OrEarlier "or_earlier" "{since} or earlier" "{since} oder früher"
    Ups "ups" "UPS" "UPS"
    UpsOf "ups_of" "of {target}" "von {target}"
    Unmeasured "unmeasured" "not measured yet" "noch nicht gemessen"
    GameTime "game_time" "Game time" "Spielzeit"
    Evolution "evolution" "Evolution" "Evolution"
    Version "version" "Version" "Version"
    LastSave "last_save" "Last save" "Letzter Spielstand"
    SaveTook "save_took" "took {seconds} s" "dauerte {seconds} s"
    NextRestart "next_restart" "Next restart" "Nächster Neustart"
    Research "research" "Research" "Forschung"
    Platforms "platforms" "Space platforms" "Raumplattformen"
    Rockets "rockets" "Rockets" "Raketen"
    NoResearch "no_research" "nothing is being researched" "nichts wird erforscht"
    ResearchThen "research_then" "then {list}" "danach {list}"
    Production "production" "Production" "Produktion"
    PerMinute "per_minute" "{count}/min" "{count}/min"
    PlatformWaitingForPack "platform_waiting_for_starter_pack" "waits for its starter pack" "wartet auf ihr Startpaket"
    PlatformPackRequested "platform_starter_pack_requested" "starter pack requested" "Startpaket angefordert"
    PlatformPackComing "platform_starter_pack_on_the_way" "starter pack on its way" "Startpaket unterwegs"
    PlatformFlying "platform_on_the_path" "on its way" "unterwegs"
    PlatformLeaving "platform_waiting_for_departure" "about to leave" "vor dem Abflug"
    PlatformIdle "platform_no_schedule" "without a schedule" "ohne Fahrplan"
    PlatformLost "platform_no_path" "finds no path" "findet keinen Weg"
    PlatformWaiting "platform_waiting_at_station" "waiting" "wartet"
    PlatformPaused "platform_paused" "paused" "pausiert"
    Lasted "lasted" "It lasted {lasted}." "Es hat {lasted} gedauert."
    StillSo "still_so" "Still so, for {lasting}" "Immer noch, seit {lasting}"
    EndedPaused "ended_paused" "not measured any more" "nicht mehr gemessen"
    EndedPausedText "ended_paused_text" "The game is paused, or everybody left." "Das Spiel ist pausiert, oder alle sind gegangen."
    GivenUp "given_up" "not watched any more" "nicht mehr beobachtet"
    KeptBack "kept_back" "{count} more alike since the last alert." "Seit der letzten Meldung {count} weitere gleicher Art."
    UpsLow "ups_low" "UPS are low" "Die UPS sind niedrig"
    UpsLowText "ups_low_text" "**{raw}** UPS now; average {sma}, smoothed {ema}, expected {threshold} or more. So for {lasting}." "Jetzt **{raw}** UPS; Mittel {sma}, geglättet {ema}, erwartet mindestens {threshold}. So seit {lasting}."
    UpsLowOver "ups_low_over" "UPS are fine again" "Die UPS sind wieder in Ordnung"
    ServerDown "server_down" "The server is down" "Der Server ist aus"
    ServerDownOver "server_down_over" "The server is up again" "Der Server läuft wieder"
    RconLost "rcon_lost" "RCON does not answer" "RCON antwortet nicht"
    RconLostText "rcon_lost_text" "Lost {since}: {why}." "Verloren {since}: {why}."
    RconLostOver "rcon_lost_over" "RCON answers again" "RCON antwortet wieder"
    LogSilent "log_silent" "The server's log is silent" "Das Log des Servers schweigt"
    LogSilentText "log_silent_text" "**{player}** came {since}, and no line of the log tells of it. Is it the file that the server writes?" "**{player}** kam {since}, und keine Zeile des Logs sagt davon. Ist es die Datei, die der Server schreibt?"
    LogSilentOver "log_silent_over" "The server's log speaks again" "Das Log des Servers spricht wieder"
    DiskFull "disk_full" "The disk is nearly full" "Der Datenträger ist fast voll"
    DiskFullText "disk_full_text" "Only {free} of {total} are free where the relay keeps its state (told below {below}). Without room it cannot post." "Nur {free} von {total} sind frei, wo das Relay seinen Zustand hält (gemeldet unter {below}). Ohne Platz kann es nichts melden."
    DiskFullOver "disk_full_over" "The disk has room again" "Auf dem Datenträger ist wieder Platz"
    GameUpdated "game_updated" "The game has another version" "Das Spiel hat eine andere Version"
    GameUpdatedText "game_updated_text" "{from} → **{to}**. Players need this version to join." "{from} → **{to}**. Wer mitspielt, braucht diese Version."
    ServerCrashed "server_crashed" "The server crashed" "Der Server ist abgestürzt"
    NoGoodbye "no_goodbye" "It ended without a goodbye: a crash, a kill or a power cut." "Er endete ohne Abschied: Absturz, Abbruch oder Stromausfall."
    Desync "desync" "A player's game went out of step (desync)" "Ein Spieler ist nicht mehr synchron (Desync)"
    Connection "connection" "The game's log calls it connection {peer}." "Im Log des Spiels heißt es Verbindung {peer}."
    Dropped "dropped" "A player was dropped" "Ein Spieler wurde getrennt"
    SlowSave "slow_save" "Saving took long" "Das Speichern hat lange gedauert"
    SlowSaveText "slow_save_text" "{seconds} s, in which the game stood still." "{seconds} s, in denen das Spiel stillstand."
    SaveFailed "save_failed" "Saving failed" "Das Speichern ist fehlgeschlagen"
    Matching "matching" "The public server list cannot be reached" "Die öffentliche Serverliste ist nicht erreichbar"
    MatchingOver "matching_over" "The public server list can be reached again" "Die öffentliche Serverliste ist wieder erreichbar"
    DayUntil "day_until" "the last 24 hours · until {until}" "die letzten 24 Stunden · bis {until}"
    DayPosted "day_posted" "the last 24 hours" "die letzten 24 Stunden"
    DayUps "day_ups" "Updates per second" "Updates pro Sekunde"
    DayNow "day_now" "players now" "Spieler jetzt"
    DayMost "day_most" "at most" "höchstens"
    DayAverage "day_average" "UPS on average" "UPS im Mittel"
    DayWorst "day_worst" "UPS at worst" "UPS schlechtestens"
    DaySeen "day_seen" "of the day seen" "des Tages gesehen"
    DaySlow "day_slow" "slow" "langsam"
    DayStood "day_stood" "paused" "pausiert"
    DayUnknown "day_unknown" "not seen" "nicht gesehen"
    ChatLine "chat_line" "[Discord] {speaker}: {text}" "[Discord] {speaker}: {text}"
    ChatAnswer "chat_answer" "{author}, to {to}" "{author} an {to}"
    ChatAnswerText "chat_answer_text" "{author}, re \"{text}\"" "{author} zu \"{text}\""
    ChatForwarded "chat_forwarded" "(forwarded) {text}" "(weitergeleitet) {text}"
    ChatCorrected "chat_corrected" "(corrected) {text}" "(berichtigt) {text}"
    ChatFile "chat_file" "(file: {name})" "(Datei: {name})"
    ChatSticker "chat_sticker" "(sticker: {name})" "(Sticker: {name})"
    ChatCut "chat_cut" "(cut)" "(gekürzt)"
    ChatSomebody "chat_somebody" "someone" "jemand"
    ChatRole "chat_role" "role" "Rolle"
    ChatChannel "chat_channel" "channel" "Kanal"
    Lease "lease" "🔒 This message shows which copy of factorio-isr speaks for the bot. Please leave it alone." "🔒 Diese Nachricht zeigt, welche Kopie von factorio-isr für den Bot spricht. Bitte nicht löschen."
    PresenceOnline "presence_online" "{count} online" "{count} online"
    PresenceServers "presence_servers" "{up} of {all} servers" "{up} von {all} Servern"
    PresenceAway "presence_away" "not reachable" "nicht erreichbar"
    TopicUnknown "topic_unknown" "state unknown" "Zustand unbekannt"
    TopicStopped "topic_stopped" "stopped" "beendet"
    TopicCrashed "topic_crashed" "crashed" "abgestürzt"
    TopicMaintenance "topic_maintenance" "maintenance" "Wartung"
}

#[cfg(test)]
mod tests {
    use super::super::table::assert_complete;
    use super::*;

    #[test]
    fn every_word_is_told_in_both_languages_with_the_same_parts_and_has_a_name_of_its_own() {
        assert_complete(TABLE);
    }

    #[test]
    fn a_word_is_found_by_its_place_and_by_its_name() {
        let mut words = GameWords::german();
        assert_eq!(words.get(GameWord::Running), "Läuft");
        words.named("game.matching_over").unwrap().push('!');
        assert!(words.get(GameWord::MatchingOver).ends_with('!'));
        assert_eq!(words.fill(GameWord::More, &[("count", "3")]), "und 3 weitere");
        assert!(words.named("nothing").is_none());
    }
}
