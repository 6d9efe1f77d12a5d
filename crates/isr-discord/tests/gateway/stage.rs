//! A fake Discord, a session with it, and somebody who takes events and stores states.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use isr_discord::gateway::{
    Compression, Event, Gateway, GatewayEnd, GatewayHandle, GatewayOptions, GatewayState, GatewayStatus,
    GatewayStream, Intents, Leave, Link,
};
use isr_discord::{ApiBase, BotClient, BotToken, ClientOptions, Jitter};
use isr_testkit::clock::Clock;
use isr_testkit::discord::FakeDiscord;
use isr_testkit::discord::gateway::{FakeGateway, PersonCard, message_create};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) const GUILD: u64 = 1_000_000_000_000_000_001;
pub(crate) const CHANNEL: u64 = 300_000_000_000_000_001;
pub(crate) const INTERVAL: Duration = Duration::from_millis(41_250);

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) struct Stage {
    pub(crate) discord: FakeDiscord,
    pub(crate) clock: Clock,
}

/// A running session.
pub(crate) struct Running {
    pub(crate) handle: GatewayHandle,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) stored: Arc<Mutex<GatewayState>>,
    run: JoinHandle<(GatewayEnd, GatewayState)>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self {
            discord: FakeDiscord::start().await.unwrap(),
            clock: Clock::hold(),
        }
    }

    pub(crate) fn gateway(&self) -> &FakeGateway {
        self.discord.gateway()
    }

    pub(crate) fn options(&self) -> GatewayOptions {
        let token = BotToken::parse(&self.gateway().token()).unwrap();
        GatewayOptions {
            api: ApiBase::parse(&self.discord.api()).unwrap(),
            ..GatewayOptions::new(token, Intents::CHAT)
        }
    }

    pub(crate) fn bot(&self) -> BotClient {
        let options = self.options();
        BotClient::new(options.api, options.token, ClientOptions::default())
    }

    pub(crate) fn begin(&self) -> Running {
        self.begin_with(self.options(), &GatewayState::default())
    }

    pub(crate) fn begin_with(&self, options: GatewayOptions, saved: &GatewayState) -> Running {
        let (gateway, handle, stream) = Gateway::new(options, saved, Jitter::seeded(7));
        let GatewayStream { events, mut states } = stream;
        let stored = Arc::new(Mutex::new(saved.clone()));
        let store = Arc::clone(&stored);
        tokio::spawn(async move {
            while let Some(to_keep) = states.recv().await {
                *store.lock().unwrap_or_else(PoisonError::into_inner) = to_keep.state.clone();
                to_keep.kept();
            }
        });
        Running {
            handle,
            events,
            stored,
            run: tokio::spawn(gateway.run()),
        }
    }

    /// A session that is let in and has told so.
    pub(crate) async fn live(&self) -> Running {
        self.live_with(self.options()).await
    }

    pub(crate) async fn live_with(&self, options: GatewayOptions) -> Running {
        let mut running = self.begin_with(options, &GatewayState::default());
        self.clock.until(secs(5), || running.is_live()).await;
        assert!(matches!(running.event(), Some(Event::Ready(_))));
        assert!(matches!(running.event(), Some(Event::Guild(_))));
        running
    }

    /// Somebody writes `m1`, `m2` …
    pub(crate) fn post(&self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            let bob = PersonCard::new(5, "bob");
            let message = message_create(4_000_000 + number, GUILD, CHANNEL, &bob, &format!("m{number}"));
            self.gateway().dispatch("MESSAGE_CREATE", &message);
        }
    }
}

impl Running {
    pub(crate) fn status(&self) -> GatewayStatus {
        self.handle.status().borrow().clone()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.status().link == Link::Live
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.status().link, Link::Over(_))
    }

    /// The next event that waits.
    pub(crate) fn event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// The texts of messages that wait; other events are passed over.
    pub(crate) fn texts(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(event) = self.event() {
            if let Event::Message(message) = event {
                texts.push(message.content);
            }
        }
        texts
    }

    pub(crate) fn stored(&self) -> GatewayState {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn end(self) -> (GatewayEnd, GatewayState) {
        self.run.await.unwrap()
    }

    pub(crate) async fn stop(self, leave: Leave) -> (GatewayEnd, GatewayState) {
        self.handle.stop(leave).await;
        self.end().await
    }
}

/// `m1`, `m2` …
pub(crate) fn numbered(numbers: std::ops::RangeInclusive<u64>) -> Vec<String> {
    numbers.map(|number| format!("m{number}")).collect()
}

pub(crate) fn with_queue(options: GatewayOptions, places: usize) -> GatewayOptions {
    GatewayOptions {
        queue: NonZeroUsize::new(places).unwrap(),
        ..options
    }
}

pub(crate) const COMPRESSIONS: [Compression; 2] = [Compression::ZlibStream, Compression::Off];
