//! Mentions, floods and lines that nothing understands, with the real binary and a fake Discord.

mod stage;

#[path = "watches/floods.rs"]
mod floods;
#[path = "watches/mentions.rs"]
mod mentions;
#[path = "watches/unknown.rs"]
mod unknown;

use stage::Stage;

/// One server with a webhook for everyone (1) and one for admins (2), and more of `factorio-isr.yml`.
async fn stage_with(more: &str) -> Stage {
    let stage = Stage::bare().await;
    let (log, url, admins) = (stage.log_path(), stage.discord.url(1), stage.discord.url(2));
    stage.write_yaml(&format!(
        "servers:\n  factorio:\n    log_path: {}\n    webhook: {url}\n    admin_webhook: {admins}\n{more}",
        log.display()
    ));
    stage
}

/// The texts that a webhook got.
fn texts_of(stage: &Stage, webhook: u64) -> Vec<String> {
    let messages = stage.discord.messages();
    let own = messages.iter().filter(|message| message.webhook == webhook);
    own.flat_map(|message| message.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}
