//! A disk that hangs, and what the store does not take.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_disk_that_hangs_is_asked_once_and_holds_nobody_up_for_long() {
    let (answer, answers) = std::sync::mpsc::sync_channel(1);
    let (asked, answers) = (Arc::new(AtomicU32::new(0)), Mutex::new(answers));
    let counted = Arc::clone(&asked);
    let hang = move |_: &Path| {
        if counted.fetch_add(1, Ordering::Relaxed) > 0 {
            return None;
        }
        answers.lock().unwrap().recv().unwrap()
    };
    let mut disk = Disk::asking("/far/away".into(), Arc::new(hang));
    for _ in 0..3 {
        {
            // The clock stands as long as the thread that asks hangs.
            let room = disk.room();
            tokio::pin!(room);
            assert!(polled(&mut room).is_pending());
            tokio::time::advance(DISK_ANSWER).await;
            assert_eq!(room.await, None);
        }
        assert_eq!(disk.room().await, None, "nobody waits again so soon");
        tokio::time::advance(DISK_EVERY).await;
    }
    let free = DiskRoom { free: 1, total: 2 };
    answer.send(Some(free)).unwrap();
    assert_eq!(disk.room().await, Some(free));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

fn polled<T>(future: &mut std::pin::Pin<&mut impl Future<Output = T>>) -> std::task::Poll<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.as_mut().poll(&mut context)
}

#[tokio::test]
async fn what_cannot_be_stored_is_given_up_and_the_rules_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(StoreOptions::new(dir.path())).unwrap().store;
    let (_trigger, stop) = stop_pair();
    let mut watcher = Watcher {
        world: AlertWorld {
            store: store.clone(),
            bells: Bells::default(),
            source: Arc::new(|| None),
            works: Works::default(),
            now: Arc::new(Now::default),
            stop,
        },
        plan: plan(Settings::default(), dir.path()),
        disk: None,
    };
    let change = |rule: Rule, state: &str, text: &str| AlertChange {
        server: north(),
        rule: rule.as_str().to_owned(),
        state: Some(state.to_owned()),
        post: AlertPost::Opens(Box::new(post(
            &north(),
            rule,
            (destination(), Pings::Nobody),
            text.to_owned(),
            1,
        ))),
    };
    let long = "x".repeat(1 << 17);
    let too_long_a_post = change(Rule::ServerDown, "firing 1 1 1", &long);
    let too_long_a_memory = change(Rule::DiskFull, &long, "{}");
    let well = change(Rule::RconLost, "firing 2 2 2", "{}");
    for changes in [vec![too_long_a_post], vec![too_long_a_memory], vec![well]] {
        assert!(watcher.commit(changes).await.is_ok());
    }
    let rows = store.alerts().await.unwrap();
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.rule.as_str(), row.state.as_str(), row.destination.is_some()))
        .collect();
    assert_eq!(
        kept,
        [
            ("rcon_lost", "firing 2 2 2", true),
            ("server_down", "firing 1 1 1", false)
        ]
    );
}
