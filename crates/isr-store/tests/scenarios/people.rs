//! What people do and choose: uses of commands, chosen servers, personal notices, linked players.

use isr_core::command::{Class, Use};
use isr_core::watching::{Watch, Watched};
use isr_store::{Added, ChosenServer, LinkedPlayer, LostWatch, WatchEnd, WatchesOf};

use crate::stage::{self, server};

#[tokio::test]
async fn uses_and_choices_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let used = |user, at_ms| Use {
        user,
        class: Class::Danger,
        at_ms,
    };
    store.note_use(used(1, 0)).await.unwrap();
    store.note_use(used(2, 119_999)).await.unwrap();
    store.note_use(used(3, 120_000)).await.unwrap();
    let chosen = |person, tag: &str| ChosenServer {
        person,
        server: isr_core::source::ServerTag::parse(tag).unwrap(),
    };
    store.choose_server(chosen(u64::MAX, "first")).await.unwrap();
    store.choose_server(chosen(7, "first")).await.unwrap();
    store.choose_server(chosen(7, "second")).await.unwrap();
    store.close().await.unwrap();

    let (store, _) = stage::open(folder.path());
    let habits = store.habits().await.unwrap();
    // The first counts no more: it went when the third came.
    assert_eq!(habits.uses, [used(2, 119_999), used(3, 120_000)]);
    assert_eq!(habits.choices.len(), 2);
    assert!(
        habits.choices.contains(&chosen(7, "second")) && habits.choices.contains(&chosen(u64::MAX, "first"))
    );
}

#[tokio::test]
async fn watches_have_bounds_and_links_are_one_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let watch = |person, player: &str| Watch {
        person,
        server: server(),
        what: Watched::Player(player.into()),
        channel: 5,
        guild: Some(6),
        direct: None,
    };
    for n in 0..10 {
        let added = store.add_watch(watch(1, &format!("p{n}")), 0).await.unwrap();
        assert_eq!(added, Added::Now);
    }
    assert_eq!(store.add_watch(watch(1, "P3"), 0).await.unwrap(), Added::Before);
    assert_eq!(
        store.add_watch(watch(1, "more"), 0).await.unwrap(),
        Added::TooManyOfYours
    );
    assert_eq!(store.add_watch(watch(2, "p3"), 0).await.unwrap(), Added::Now);
    let rows = store.watches().await.unwrap();
    assert_eq!(
        store
            .end_watches(WatchesOf::Own {
                person: 2,
                number: rows[0].number
            })
            .await
            .unwrap(),
        0,
        "that of somebody else"
    );
    assert_eq!(store.end_watches(WatchesOf::Person(1)).await.unwrap(), 10);
    assert_eq!(store.watches().await.unwrap().len(), 1);

    let link = |person, player: &str| LinkedPlayer {
        person,
        player: player.into(),
    };
    store.link_player(link(1, "alice")).await.unwrap();
    store.link_player(link(2, "Alice")).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = stage::open(folder.path());
    assert_eq!(store.habits().await.unwrap().links, [link(2, "Alice")]);
    assert!(store.unlink_player(2).await.unwrap() && !store.unlink_player(2).await.unwrap());
}

#[tokio::test]
async fn a_watch_that_was_lost_is_shown_for_a_while_makes_room_and_its_end_is_told_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stage::open(folder.path());
    let watch = |direct| Watch {
        person: 1,
        server: server(),
        what: Watched::Research,
        channel: 5,
        guild: None,
        direct,
    };
    assert_eq!(store.add_watch(watch(None), 1).await.unwrap(), Added::Now);
    assert_eq!(
        store.add_watch(watch(Some(9)), 2).await.unwrap(),
        Added::Now,
        "it moves"
    );
    assert_eq!(store.add_watch(watch(Some(9)), 3).await.unwrap(), Added::Before);
    store.confirm_watches(vec![1], 7, 4).await.unwrap();
    let row = store.watches().await.unwrap().remove(0);
    assert_eq!(
        (row.watch.guild, row.watch.told_in(), row.confirmed_ms),
        (Some(7), 9, 4)
    );

    // In another Discord server it is not judged.
    store.confirm_watches(vec![1], 8, 9).await.unwrap();
    assert_eq!(store.watches().await.unwrap().remove(0), row);

    let told = stage::delivery(1);
    let lost = |number, confirmed_ms, end| LostWatch {
        number,
        confirmed_ms,
        end,
    };
    let stale = vec![lost(1, 3, WatchEnd::Closed)];
    let committed = store.lose_watches(stale, vec![told.clone()], 5).await;
    assert_eq!(committed.unwrap().fresh, [], "it was asked for again");
    let committed = store
        .lose_watches(vec![lost(1, 4, WatchEnd::Closed)], vec![told], 5)
        .await;
    assert_eq!(committed.unwrap().fresh.len(), 1);
    let rows = store.watches().await.unwrap();
    assert_eq!(rows[0].ended, Some((WatchEnd::Closed, 5)));
    assert_eq!(
        store.end_watches(WatchesOf::Person(1)).await.unwrap(),
        0,
        "it has ended"
    );
    assert_eq!(
        store.add_watch(watch(None), 6).await.unwrap(),
        Added::Now,
        "another one"
    );
    let week = 7 * 24 * 3_600_000;
    store
        .lose_watches(vec![lost(2, 6, WatchEnd::Left)], Vec::new(), 6 + week)
        .await
        .unwrap();
    let rows = store.watches().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2]);
}
