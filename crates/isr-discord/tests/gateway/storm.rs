//! The reconnect storm: a peer accepts and closes, for ten minutes.

use isr_testkit::discord::gateway::{ConnectionFault, Times};

use crate::stage::{Stage, numbered, secs};

#[tokio::test(start_paused = true)]
async fn d12_reconnect_storm_at_most_30_connects_and_5_identifies_in_ten_minutes() {
    use ConnectionFault as F;
    for fault in [
        F::CutAtOnce,
        F::CloseBeforeHello(4000),
        F::CloseAfterHello(4000),
        F::CloseAtIntroduction(4009),
        F::InvalidForGood,
        F::CloseWhenJoined(4009),
        F::AskToReconnect,
    ] {
        let stage = Stage::new().await;
        stage.gateway().inject(fault, Times::UntilCleared);
        let mut running = stage.begin();
        stage.clock.pass(secs(600)).await;
        let (connects, identifies) = stage
            .gateway()
            .look(|seen| (seen.connects.len(), seen.identifies.len()));
        eprintln!("{fault:?}: {connects} connects, {identifies} identifies");
        assert!(connects <= 30, "{fault:?}: {connects} connects");
        assert!(identifies <= 5, "{fault:?}: {identifies} identifies");
        // Afterwards it comes through, at the latest when the hour's budget allows.
        stage.gateway().clear_faults();
        stage.gateway().cut();
        stage.clock.until(secs(3700), || running.is_live()).await;
        running.texts();
        stage.post(1..=1);
        stage.clock.settle().await;
        assert_eq!(running.texts(), numbered(1..=1), "{fault:?}");
        stage.discord.assert_no_violations();
    }
}
