//! The transcript in docs/setup.md is what a new user sees: made by this test, from a real run against the fakes.

use std::fs;
use std::path::Path;

use isr_testkit::discord::gateway::{PersonCard, message_create};

use crate::scene::{CHANNEL, GUILD, Scene};
use crate::stage::SOON;

const BEGIN: &str = "<!-- The transcript: `ISR_TRANSCRIPT=write cargo test -p factorio-isr --test init transcript` makes it anew. -->\n```text\n";
const END: &str = "```\n";

#[tokio::test]
async fn the_transcript_in_the_docs_is_what_a_new_user_sees() {
    let scene = Scene::new().await.with_api();
    let gateway = scene.stage.discord.gateway();
    gateway.change_account(|account| account.allowed_intents &= !(1 << 15));
    // The name, the token, the channel, the language.
    let token = gateway.token();
    let answers = scene.file("answers", &["", &token, "1", "1"].join("\n"));
    let root = scene.root().display().to_string();
    let command = scene.stage.command.clone().stdin_from(answers);
    let setting_up = command.args(["init", "--root", &root]).spawn().unwrap();
    setting_up
        .wait_for_line("Now write something", SOON)
        .await
        .unwrap();
    let written = message_create(1 << 60, GUILD, CHANNEL, &PersonCard::new(9, "bob"), "hello");
    gateway.dispatch("MESSAGE_CREATE", &written);
    let (code, told) = scene.end_of(&setting_up).await;
    assert_eq!(code, 0, "{told}");
    let user = format!(" of user {}", rustix::process::geteuid().as_raw());
    let lines = told.lines().map(|line| line.trim_end().replace(&user, "") + "\n");
    let told = format!("$ factorio-isr init\n{}", lines.collect::<String>());

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/setup.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("ISR_TRANSCRIPT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{told}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        shown, told,
        "docs/setup.md is out of date; how to make it anew stands there"
    );
}
