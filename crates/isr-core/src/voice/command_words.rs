//! The words of answers to commands.
//!
//! Owns both languages side by side. A word has parts in braces that are filled with finished text. Must not know which
//! command says what. Cannot fail.

use super::table::word_table;

word_table! {
    /// A word or a sentence of an answer to a command.
    pub word CommandWord;
    /// The words of one language for answers to commands.
    words CommandWords;
    prefix "command.";

    OnlyInServers "only_in_servers" "Commands work only in a Discord server." "Befehle gehen nur auf einem Discord-Server."
    ForeignGuild "foreign_guild" "This Discord server may not use these commands. The operator of the bot allows it with `bot.guilds`." "Dieser Discord-Server darf diese Befehle nicht benutzen. Der Betreiber des Bots erlaubt es mit `bot.guilds`."
    UnknownCommand "unknown_command" "This command is not known any more. Reload Discord (Ctrl+R) and look at `/factorio help`." "Diesen Befehl gibt es nicht mehr. Lade Discord neu (Strg+R) und sieh unter `/factorio help` nach."
    NeedsLevel "needs_level" "You may not use `{command}`: it needs the level **{level}**. The operator of the bot gives levels under `permissions`." "Du darfst `{command}` nicht benutzen: es braucht die Stufe **{level}**. Der Betreiber des Bots vergibt Stufen unter `permissions`."
    SwitchedOff "switched_off" "`{command}` is switched off here. The operator of the bot decides that under `permissions.commands`." "`{command}` ist hier abgeschaltet. Der Betreiber des Bots entscheidet das unter `permissions.commands`."
    LevelView "level_view" "view" "view (ansehen)"
    LevelModerate "level_moderate" "moderate" "moderate (moderieren)"
    LevelAdminister "level_administer" "administer" "administer (verwalten)"
    SlowDown "slow_down" "Slow down: you may use this again in {seconds} s." "Langsam: das darfst du in {seconds} s wieder."
    NoServers "no_servers" "No server is configured." "Es ist kein Server eingerichtet."
    UnknownServer "unknown_server" "There is no server **{server}**. There are: {servers}." "Es gibt keinen Server **{server}**. Es gibt: {servers}."
    WhichServer "which_server" "Which server? Name it with `server`, or choose yours with `/factorio connect`. There are: {servers}." "Welcher Server? Nenne ihn mit `server`, oder wähle deinen mit `/factorio connect`. Es gibt: {servers}."
    NoRcon "no_rcon" "**{server}** has no RCON, and `{command}` needs it. The operator of the bot sets it up with `rcon:`." "**{server}** hat kein RCON, und `{command}` braucht es. Der Betreiber des Bots richtet es mit `rcon:` ein."
    Unreachable "unreachable" "**{server}** cannot be reached: {why}. Nothing was sent; it is tried again all the time." "**{server}** ist nicht zu erreichen: {why}. Nichts wurde gesendet; es wird ständig neu versucht."
    Connecting "connecting" "**{server}** is just being connected. Nothing was sent; try again in a moment." "Die Verbindung zu **{server}** wird gerade aufgebaut. Nichts wurde gesendet; versuch es gleich noch einmal."
    Busy "busy" "Too many commands are waiting for **{server}**. Nothing was sent; try again in a moment." "Zu viele Befehle warten auf **{server}**. Nichts wurde gesendet; versuch es gleich noch einmal."
    SilentServer "silent_server" "**{server}** does not answer; it may be saving. Nothing was sent; try again in a moment." "**{server}** antwortet nicht; vielleicht speichert er. Nichts wurde gesendet; versuch es gleich noch einmal."
    Unanswered "unanswered" "**{server}** got the command, but its answer did not come. It may have been carried out: look before you try again." "**{server}** hat den Befehl bekommen, aber seine Antwort kam nicht. Vielleicht ist er ausgeführt: sieh nach, bevor du es noch einmal versuchst."
    TooLong "too_long" "**{server}** carried it out, but its answer is too long to show." "**{server}** hat es ausgeführt, aber die Antwort ist zu lang zum Zeigen."
    NotAudited "not_audited" "Nothing was sent: the action could not be written down first. The operator of the bot finds the reason in its log." "Nichts wurde gesendet: die Handlung konnte vorher nicht festgehalten werden. Der Betreiber des Bots findet den Grund im Log."
    NotKept "not_kept" "This could not be kept. The operator of the bot finds the reason in its log." "Das konnte nicht festgehalten werden. Der Betreiber des Bots findet den Grund im Log."
    NothingToSend "nothing_to_send" "There is nothing to send." "Es gibt nichts zu senden."
    NotOneLine "not_one_line" "Nothing was sent: it has to be one line." "Nichts wurde gesendet: es muss eine Zeile sein."
    TooLongToSend "too_long_to_send" "Nothing was sent: it is too long." "Nichts wurde gesendet: es ist zu lang."
    NoSuchCommand "no_such_command" "Nothing was sent: `/{word}` is no command of the unmodded game. If a mod brings it, the operator of the bot allows it with `allow_commands`." "Nichts wurde gesendet: `/{word}` ist kein Befehl des Spiels ohne Mods. Wenn ein Mod ihn bringt, erlaubt ihn der Betreiber des Bots mit `allow_commands`."
    SecretLine "secret_line" "Nothing was sent: the password of the game is not read through this bot." "Nichts wurde gesendet: das Passwort des Spiels wird nicht über diesen Bot gelesen."
    ReadOnly "read_only" "`{command}` would change something, and **{server}** may only be asked. The operator of the bot decides that with `read_only`." "`{command}` würde etwas ändern, und **{server}** darf nur gefragt werden. Der Betreiber des Bots entscheidet das mit `read_only`."
    LuaOff "lua_off" "`{command}` needs Lua, and its first use ends the achievements of the save for good. The operator of the bot may allow it for **{server}** with `allow_lua: true`." "`{command}` braucht Lua, und dessen erste Verwendung beendet die Erfolge des Spielstands für immer. Der Betreiber des Bots kann es für **{server}** mit `allow_lua: true` erlauben."
    LuaWarned "lua_warned" "**{server}** said nothing. If no Lua ever ran on this map, the game only warned its players this first time: use the command again to go on. That ends the achievements." "**{server}** hat nichts gesagt. Wenn auf dieser Karte noch nie Lua lief, hat das Spiel die Spieler dieses erste Mal nur gewarnt: benutze den Befehl noch einmal, um fortzufahren. Das beendet die Erfolge."
    BadPlayer "bad_player" "`player` has to be a name: one word of at most 128 characters." "`player` muss ein Name sein: ein Wort aus höchstens 128 Zeichen."
    BadReason "bad_reason" "`reason` has to be one line of at most 500 bytes." "`reason` muss eine Zeile aus höchstens 500 Bytes sein."
    BadSave "bad_save" "`name` may hold letters, digits, `.`, `-` and `_`, and does not begin with a point." "`name` darf aus Buchstaben, Ziffern, `.`, `-` und `_` bestehen und beginnt nicht mit einem Punkt."
    BadSurface "bad_surface" "`target` has to be the name of a surface, or `all`." "`target` muss der Name einer Oberfläche sein, oder `all`."
    BadMessage "bad_message" "`message` has to hold something to read, and be at most 1,900 bytes long." "`message` muss etwas zu lesen enthalten und höchstens 1.900 Bytes lang sein."
    BadAction "bad_action" "`action` is one of: {words}." "`action` ist eines von: {words}."
    BadNumber "bad_number" "`value` is a number from {least} to {most}." "`value` ist eine Zahl von {least} bis {most}."
    BadClock "bad_clock" "`value` is `day`, `night`, `eternal-day`, `eternal-night`, or a number from 0.0 to 1.0." "`value` ist `day`, `night`, `eternal-day`, `eternal-night` oder eine Zahl von 0.0 bis 1.0."
    BadName "bad_name" "`{option}` holds the name that the game's files have: letters, digits, `-`, `_`." "`{option}` enthält den Namen, den die Dateien des Spiels haben: Buchstaben, Ziffern, `-`, `_`."
    Missing "missing" "`{option}` is missing." "`{option}` fehlt."
    CommandAsChat "command_as_chat" "A command begins with `/`. To say something, use `/factorio broadcast`." "Ein Befehl beginnt mit `/`. Um etwas zu sagen, benutze `/factorio broadcast`."

    Answered "answered" "-# The game: {answer}" "-# Das Spiel: {answer}"
    SaidNothing "said_nothing" "-# The game said nothing, as usual when it has done something." "-# Das Spiel hat nichts gesagt, wie üblich, wenn es etwas getan hat."
    NotUnderstood "not_understood" "**{server}** answered something unexpected: {answer}" "**{server}** hat etwas Unerwartetes geantwortet: {answer}"
    GameDoesNotKnow "game_does_not_know" "**{server}** does not know this command: its version of the game is another one." "**{server}** kennt diesen Befehl nicht: die Version des Spiels ist eine andere."
    NoSuchPlayer "no_such_player" "**{server}** knows no player **{player}**: nobody of that name was ever on this map. Look for other spellings." "**{server}** kennt keinen Spieler **{player}**: niemand mit diesem Namen war je auf dieser Karte. Achte auf andere Schreibweisen."
    NotOnline "not_online" "**{player}** is not on **{server}** now." "**{player}** ist jetzt nicht auf **{server}**."
    UponJoining "upon_joining" "**{player}** was never on this map; it takes effect on joining **{server}**." "**{player}** war noch nie auf dieser Karte; es gilt beim Beitritt zu **{server}**."

    Kicked "kicked" "👢 **{player}** was thrown out of **{server}**." "👢 **{player}** wurde von **{server}** hinausgeworfen."
    Banned "banned" "🔨 **{player}** is banned from **{server}**." "🔨 **{player}** ist von **{server}** gebannt."
    AlreadyBanned "already_banned" "**{player}** was banned from **{server}** before; nothing changed." "**{player}** war schon von **{server}** gebannt; nichts hat sich geändert."
    Unbanned "unbanned" "🕊️ **{player}** may come back to **{server}**." "🕊️ **{player}** darf wieder auf **{server}**."
    WasNotBanned "was_not_banned" "**{player}** is not banned from **{server}**; nothing changed." "**{player}** ist nicht von **{server}** gebannt; nichts hat sich geändert."
    Muted "muted" "🔇 **{player}** cannot write on **{server}** any more." "🔇 **{player}** kann auf **{server}** nicht mehr schreiben."
    AlreadyMuted "already_muted" "**{player}** was muted before; nothing changed." "**{player}** war schon stumm; nichts hat sich geändert."
    Unmuted "unmuted" "🔊 **{player}** may write on **{server}** again." "🔊 **{player}** darf auf **{server}** wieder schreiben."
    WasNotMuted "was_not_muted" "**{player}** is not muted; nothing changed." "**{player}** ist nicht stumm; nichts hat sich geändert."
    Promoted "promoted" "⭐ **{player}** is an admin of **{server}** now." "⭐ **{player}** ist jetzt Admin von **{server}**."
    AlreadyAdmin "already_admin" "**{player}** was an admin before; nothing changed." "**{player}** war schon Admin; nichts hat sich geändert."
    Demoted "demoted" "**{player}** is no admin of **{server}** any more." "**{player}** ist kein Admin von **{server}** mehr."
    WasNotAdmin "was_not_admin" "**{player}** is no admin of **{server}**; nothing changed." "**{player}** ist kein Admin von **{server}**; nichts hat sich geändert."
    Saving "saving" "💾 **{server}** saves; its log and the card tell when it is done." "💾 **{server}** speichert; sein Log und die Karte melden, wenn es fertig ist."
    SavingAs "saving_as" "💾 **{server}** saves as `{name}`; its log and the card tell when it is done." "💾 **{server}** speichert als `{name}`; sein Log und die Karte melden, wenn es fertig ist."
    NotSaved "not_saved" "**{server}** does not save." "**{server}** speichert nicht."
    Said "said" "📢 Said on **{server}**: {text}" "📢 Auf **{server}** gesagt: {text}"
    Whispered "whispered" "🤫 Said to **{player}** on **{server}**: {text}" "🤫 Auf **{server}** zu **{player}** gesagt: {text}"
    Listed "listed" "**{player}** is on the whitelist of **{server}** now." "**{player}** steht jetzt auf der Whitelist von **{server}**."
    AlreadyListed "already_listed" "**{player}** was on the whitelist before; nothing changed." "**{player}** stand schon auf der Whitelist; nichts hat sich geändert."
    Unlisted "unlisted" "**{player}** is not on the whitelist of **{server}** any more." "**{player}** steht nicht mehr auf der Whitelist von **{server}**."
    WasNotListed "was_not_listed" "**{player}** was not on the whitelist; nothing changed." "**{player}** stand nicht auf der Whitelist; nichts hat sich geändert."
    WhitelistOn "whitelist_on" "Only those on the whitelist may join **{server}** now." "Auf **{server}** dürfen jetzt nur noch die von der Whitelist."
    WhitelistOff "whitelist_off" "Everybody may join **{server}** now, whitelist or not." "Auf **{server}** darf jetzt jeder, Whitelist hin oder her."
    Stopping "stopping" "🛑 **{server}** ends now; it has said goodbye." "🛑 **{server}** endet jetzt; er hat sich verabschiedet."
    Ran "ran" "`{line}` on **{server}**:" "`{line}` auf **{server}**:"
    ClockTold "clock_told" "🕐 On **{server}** it is {time} of a day." "🕐 Auf **{server}** ist es {time} eines Tages."
    ClockFrozen "clock_frozen" "🕐 On **{server}** it is {time} of a day, and stays so." "🕐 Auf **{server}** ist es {time} eines Tages und bleibt es."
    SpeedTold "speed_told" "⏩ **{server}** runs at {speed} times the normal speed." "⏩ **{server}** läuft mit {speed}-facher Geschwindigkeit."
    Researched "researched" "🔬 **{force}** on **{server}** has {done} of {all} technologies." "🔬 **{force}** auf **{server}** hat {done} von {all} Technologien."
    NoSuchForce "no_such_force" "There is no force **{force}** on **{server}**." "Es gibt keine Fraktion **{force}** auf **{server}**."
    NoSuchTechnology "no_such_technology" "There is no technology **{technology}** on **{server}**." "Es gibt keine Technologie **{technology}** auf **{server}**."
    NoSuchSurface "no_such_surface" "There is no surface **{surface}** on **{server}**." "Es gibt keine Oberfläche **{surface}** auf **{server}**."

    ServersTitle "servers_title" "Servers" "Server"
    YourServer "your_server" "your choice" "deine Wahl"
    IsUp "is_up" "🟢 up" "🟢 erreichbar"
    IsSilent "is_silent" "🟡 saving or busy" "🟡 speichert oder ist beschäftigt"
    IsDown "is_down" "🔴 not reachable" "🔴 nicht erreichbar"
    IsConnecting "is_connecting" "⚪ connecting" "⚪ wird verbunden"
    IsLogOnly "is_log_only" "⚪ only its log is read" "⚪ nur das Log wird gelesen"
    PlayersOnline "players_online" "{count} online" "{count} da"
    Connected "connected" "Your commands go to **{server}** now, here and in every channel." "Deine Befehle gehen jetzt an **{server}**, hier und in jedem Kanal."
    HealthTitle "health_title" "**{server}**: {state}" "**{server}**: {state}"
    HealthSince "health_since" "since {since}" "seit {since}"
    HealthLog "health_log" "last line of its log {since}" "letzte Zeile seines Logs {since}"
    PlayersTitle "players_title" "👥 **{server}**: {count} online" "👥 **{server}**: {count} da"
    Nobody "nobody" "👥 Nobody is on **{server}**." "👥 Niemand ist auf **{server}**."
    VersionTold "version_told" "**{server}** runs Factorio `{version}`." "**{server}** läuft mit Factorio `{version}`."
    SeedTold "seed_told" "🌍 The map of **{server}** has the seed `{seed}`." "🌍 Die Karte von **{server}** hat den Seed `{seed}`."
    TimeTold "time_told" "⏱️ The map of **{server}** has been played for **{time}**." "⏱️ Die Karte von **{server}** wird seit **{time}** gespielt."
    EvolutionTitle "evolution_title" "🐛 How far the enemies have evolved on **{server}**:" "🐛 Wie weit die Gegner auf **{server}** entwickelt sind:"
    AllSurfaces "all_surfaces" "everywhere" "überall"
    AdminsTitle "admins_title" "⭐ Admins of **{server}**: {count}" "⭐ Admins von **{server}**: {count}"
    NoAdmins "no_admins" "**{server}** has no admins." "**{server}** hat keine Admins."
    Online "online" "online" "da"
    BansTitle "bans_title" "🔨 Banned from **{server}**: {count}" "🔨 Von **{server}** gebannt: {count}"
    NoBans "no_bans" "Nobody is banned from **{server}**." "Niemand ist von **{server}** gebannt."
    WhitelistTitle "whitelist_title" "📋 On the whitelist of **{server}**: {count}" "📋 Auf der Whitelist von **{server}**: {count}"
    NoWhitelist "no_whitelist" "The whitelist of **{server}** is empty." "Die Whitelist von **{server}** ist leer."
    PageOf "page_of" "-# page {page} of {pages}" "-# Seite {page} von {pages}"
    Back "back" "◀ Back" "◀ Zurück"
    Further "further" "Further ▶" "Weiter ▶"
    HelpTitle "help_title" "What you may use here:" "Was du hier benutzen darfst:"
    HelpEnd "help_end" "-# Without `server` your chosen server counts, then the one of the channel." "-# Ohne `server` gilt dein gewählter Server, dann der des Kanals."

    Confirm "confirm" "❓ `{command}` on **{server}**" "❓ `{command}` auf **{server}**"
    ConfirmPlayer "confirm_player" "❓ `{command}` **{player}** on **{server}**" "❓ `{command}` **{player}** auf **{server}**"
    ConfirmLine "confirm_line" "❓ Run `{line}` on **{server}**" "❓ `{line}` auf **{server}** ausführen"
    ConfirmBan "confirm_ban" "Who is banned is thrown out and cannot join again until the ban is lifted." "Wer gebannt ist, fliegt hinaus und kann nicht wieder beitreten, bis der Bann aufgehoben wird."
    ConfirmPromote "confirm_promote" "An admin may kick, ban, change the server and run Lua, which ends the achievements of the save." "Ein Admin darf hinauswerfen, bannen, den Server ändern und Lua ausführen, was die Erfolge des Spielstands beendet."
    ConfirmStop "confirm_stop" "The server saves and ends; everybody is thrown out. Whether it starts again is up to whatever runs it." "Der Server speichert und endet; alle fliegen hinaus. Ob er wieder startet, liegt an dem, was ihn betreibt."
    ConfirmRcon "confirm_rcon" "The line is run as it stands there. Not everything can be taken back." "Die Zeile wird so ausgeführt, wie sie dasteht. Nicht alles lässt sich zurücknehmen."
    ConfirmLua "confirm_lua" "This is Lua: the first that runs ends the achievements of this save for good." "Das ist Lua: das erste, das läuft, beendet die Erfolge dieses Spielstands für immer."
    ConfirmUntil "confirm_until" "-# The buttons work for you alone, for 60 s." "-# Die Knöpfe gehen nur für dich, 60 s lang."
    Yes "yes" "Do it" "Ausführen"
    No "no" "Leave it" "Lassen"
    Expired "expired" "This question has expired, and nothing was done. Use the command again." "Diese Frage ist abgelaufen, und nichts wurde getan. Benutze den Befehl noch einmal."
    NotYours "not_yours" "Only the person who asked may click here." "Nur wer gefragt hat, darf hier klicken."
    Left "left" "Nothing was done." "Nichts wurde getan."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(sentence: &str) -> Vec<&str> {
        let mut parts: Vec<_> = sentence
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn every_word_is_told_in_both_languages_with_the_same_parts_and_has_a_name_of_its_own() {
        for (at, (name, english, german)) in TABLE.iter().enumerate() {
            assert_eq!(parts(english), parts(german), "{name}");
            assert!(!english.is_empty() && !german.is_empty(), "{name}");
            assert_eq!(
                CommandWords::names().position(|known| known == *name),
                Some(at),
                "{name}"
            );
        }
    }
}
