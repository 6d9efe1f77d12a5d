//! Commands that ask a game and change nothing.
//!
//! Owns the questions and how their answers read. A long list is shown in pages; each page is asked anew, so that nothing
//! has to be remembered and a restart does not matter. Fails with the failure of the session.

use factorio_rcon::command::{self, Ask, Scope};
use factorio_rcon::reply::{Listed, Presence, Unreadable, Why};
use factorio_rcon::{Failure, Priority, Session};
use isr_core::command::tree::Spec;
use isr_core::statistics::lasted;
use isr_core::voice::CommandWord as W;

use super::pages::Listing;
use super::request::Question;
use super::tell::{Reply, Teller};

/// What a game answered.
pub(super) enum Answer {
    /// A sentence.
    Said(Reply),
    /// A list, perhaps a long one.
    Listed(Listing),
}

impl Question {
    /// Asks and tells.
    pub(super) async fn ask(&self, session: &Session, spec: &Spec, teller: &Teller<'_>) -> Answer {
        let told = match self {
            Self::Players => {
                asked(session, &command::Players(Scope::Online), |list| {
                    players(&list, teller)
                })
                .await
            }
            Self::Version => {
                let told = |version: factorio_rcon::reply::GameVersion| {
                    let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
                    said(teller, W::VersionTold, &[("version", &version)])
                };
                asked(session, &command::Version, told).await
            }
            Self::Seed => {
                let told = |seed: u64| said(teller, W::SeedTold, &[("seed", &seed.to_string())]);
                asked(session, &command::Seed, told).await
            }
            Self::Time => {
                let told = |time: std::time::Duration| {
                    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                    let time = lasted(ms, teller.voice.words());
                    said(teller, W::TimeTold, &[("time", &time)])
                };
                asked(session, &command::Time, told).await
            }
            Self::Evolution(surface) => {
                let ask = command::Evolution {
                    surface: surface.clone(),
                };
                match asked(session, &ask, |surfaces| evolution(&surfaces, teller)).await {
                    Ok(Err(unreadable)) if unreadable.why == Why::UnknownSurface => {
                        let surface = surface.as_ref().map_or("", |surface| surface.as_str());
                        let text = teller.say(W::NoSuchSurface, &[("surface", &teller.name(surface))]);
                        return Answer::Said(Reply::bad(text, "nothing changed"));
                    }
                    other => other,
                }
            }
            Self::Admins => asked(session, &command::Admins, |list| admins(&list, teller)).await,
            Self::Bans => {
                let told = |bans: Vec<factorio_rcon::reply::Banned>| {
                    let lines = bans.iter().map(|ban| {
                        format!("**{}** · {}", teller.name(&ban.name), teller.speech(&ban.reason))
                    });
                    listed(teller, W::BansTitle, W::NoBans, lines.collect())
                };
                asked(session, &command::Bans, told).await
            }
            Self::Whitelist => {
                let told = |names: Vec<String>| {
                    let lines = names.iter().map(|name| teller.name(name)).collect();
                    listed(teller, W::WhitelistTitle, W::NoWhitelist, lines)
                };
                asked(session, &command::Whitelist, told).await
            }
        };
        match told {
            Ok(Ok(answer)) => answer,
            Ok(Err(unreadable)) => Answer::Said(teller.unreadable(&unreadable)),
            Err(failure) => Answer::Said(teller.failure(spec, &failure)),
        }
    }
}

async fn asked<A: Ask + Sync>(
    session: &Session,
    ask: &A,
    tell: impl FnOnce(A::Answer) -> Answer,
) -> Result<Result<Answer, Unreadable>, Failure> {
    Ok(session.ask(ask, Priority::Person).await?.map(tell))
}

fn said(teller: &Teller<'_>, word: W, parts: &[(&str, &str)]) -> Answer {
    Answer::Said(Reply::good(teller.say(word, parts)))
}

fn listed(teller: &Teller<'_>, title: W, empty: W, lines: Vec<String>) -> Answer {
    if lines.is_empty() {
        return said(teller, empty, &[]);
    }
    let title = teller.say(title, &[("count", &lines.len().to_string())]);
    Answer::Listed(Listing { title, lines })
}

fn players(list: &factorio_rcon::reply::PlayerList, teller: &Teller<'_>) -> Answer {
    let mut names: Vec<&str> = list.players.iter().map(|player| player.name.as_str()).collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    let lines = names
        .iter()
        .map(|name| format!("• {}", teller.name(name)))
        .collect();
    listed(teller, W::PlayersTitle, W::Nobody, lines)
}

fn admins(list: &[Listed], teller: &Teller<'_>) -> Answer {
    let line = |admin: &Listed| match admin.presence {
        Presence::Online => format!("• **{}** · {}", teller.name(&admin.name), teller.word(W::Online)),
        Presence::Away => format!("• {}", teller.name(&admin.name)),
    };
    let mut sorted: Vec<&Listed> = list.iter().collect();
    sorted.sort_by_key(|admin| (admin.presence == Presence::Away, admin.name.to_lowercase()));
    listed(
        teller,
        W::AdminsTitle,
        W::NoAdmins,
        sorted.into_iter().map(line).collect(),
    )
}

fn evolution(surfaces: &[factorio_rcon::reply::SurfaceEvolution], teller: &Teller<'_>) -> Answer {
    let line = |surface: &factorio_rcon::reply::SurfaceEvolution| {
        let name = match &surface.surface {
            Some(name) => teller.name(name),
            None => teller.word(W::AllSurfaces).to_owned(),
        };
        format!("• {name}: **{:.2} %**", 100.0 * surface.factor)
    };
    Answer::Listed(Listing {
        title: teller.say(W::EvolutionTitle, &[]),
        lines: surfaces.iter().map(line).collect(),
    })
}
