//! The thin part between the pure session and the world: one task, one socket, one errand at a time.
//!
//! Owns the loop that carries out actions and tells what came of them. Must not decide anything. Every await in it is
//! under a deadline of the session's or of the socket's.

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::event::Event;
use super::facts::{FactsFault, GatewayFacts};
use super::session::{Action, Input, Session};
use super::socket::{Arrival, ConnectFault, Socket};
use super::state::GatewayState;
use super::status::{GatewayEnd, GatewayStatus, Loss};
use super::{Order, StateToKeep};
use crate::bot::BotClient;

/// What an errand brought back.
enum Fetched {
    Facts(Result<GatewayFacts, FactsFault>),
    Connection(Result<Socket, ConnectFault>),
    Receipt,
}

type Errand = Pin<Box<dyn Future<Output = Fetched> + Send>>;

/// What ended a step.
enum Happened {
    Order(Option<Order>),
    Fetched(Fetched),
    Arrived(Arrival),
    /// The parked event was handed over.
    Taken,
    /// Nobody takes events any more.
    Unheard,
    Time,
}

/// The loop and what it holds.
pub(super) struct Driver {
    session: Session,
    api: BotClient,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<Event>,
    states: mpsc::Sender<StateToKeep>,
    status: watch::Sender<GatewayStatus>,
    began: Instant,
    socket: Option<Socket>,
    /// At most one: while it is here, nothing is read.
    errand: Option<Errand>,
    parked: Option<Event>,
}

/// The ends of the channels that the driver works with.
pub(super) struct Ends {
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) states: mpsc::Sender<StateToKeep>,
    pub(super) status: watch::Sender<GatewayStatus>,
}

impl Driver {
    pub(super) fn new(session: Session, api: BotClient, ends: Ends) -> Self {
        Self {
            session,
            api,
            orders: ends.orders,
            events: ends.events,
            states: ends.states,
            status: ends.status,
            began: Instant::now(),
            socket: None,
            errand: None,
            parked: None,
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn tell(&mut self, input: Input<'_>) {
        let now = self.now();
        self.session.handle(input, now);
    }

    /// Runs until the session ends, and gives what to store.
    pub(super) async fn run(mut self) -> (GatewayEnd, GatewayState) {
        let now = self.now();
        self.session.wake(now);
        loop {
            while let Some(action) = self.session.next_action() {
                self.carry_out(action).await;
            }
            let status = self.session.status();
            self.status.send_if_modified(|known| {
                let is_new = *known != status;
                *known = status;
                is_new
            });
            if let Some(end) = self.session.end() {
                return (end, self.session.state(self.now()));
            }
            let happened = self.step().await;
            self.take(happened);
        }
    }

    async fn carry_out(&mut self, action: Action) {
        match action {
            Action::Ask => {
                let api = self.api.clone();
                self.errand = Some(Box::pin(async move { Fetched::Facts(api.gateway().await) }));
            }
            Action::Connect { url, query } => {
                self.errand = Some(Box::pin(async move {
                    Fetched::Connection(Socket::connect(&url, query).await)
                }));
            }
            Action::Keep(state) => {
                let states = self.states.clone();
                self.errand = Some(Box::pin(async move {
                    let (to_keep, receipt) = StateToKeep::new(state);
                    // A caller that stores nothing is not waited for.
                    if states.send(to_keep).await.is_ok() {
                        drop(receipt.await);
                    }
                    Fetched::Receipt
                }));
            }
            Action::Send(text) => {
                if let Some(socket) = &mut self.socket
                    && let Err(loss) = socket.send(text).await
                {
                    self.tell(Input::Lost(loss));
                }
            }
            Action::HandOver(event) => self.hand_over(event),
            Action::Disconnect(code) => {
                self.errand = None;
                if let Some(socket) = self.socket.take() {
                    socket.close(code).await;
                }
            }
        }
    }

    fn hand_over(&mut self, event: Event) {
        match self.events.try_send(event) {
            Ok(()) => self.tell(Input::HandedOver),
            Err(TrySendError::Full(event)) => {
                self.parked = Some(event);
                self.tell(Input::Stalled);
            }
            Err(TrySendError::Closed(_)) => self.tell(Input::Unheard),
        }
    }

    async fn step(&mut self) -> Happened {
        let deadline = self.session.deadline(self.now()).map(|at| self.began + at);
        // A peer that never stops talking cannot keep time from being looked at: every message is followed by it.
        tokio::select! {
            biased;
            order = self.orders.recv() => Happened::Order(order),
            taken = room(&self.events, &mut self.parked) => taken,
            fetched = outcome(&mut self.errand) => Happened::Fetched(fetched),
            arrival = arrival(&mut self.socket), if self.parked.is_none() => Happened::Arrived(arrival),
            () = until(deadline) => Happened::Time,
        }
    }

    fn take(&mut self, happened: Happened) {
        match happened {
            Happened::Order(Some(Order::Present(presence))) => self.tell(Input::Present(presence)),
            Happened::Order(Some(Order::Tell(answer))) => {
                // Whoever asked may be gone.
                drop(answer.send(self.session.state(self.now())));
            }
            Happened::Order(Some(Order::Stop(leave))) => self.tell(Input::Stop(leave)),
            // Nobody can stop it in an orderly way any more, and nobody will read its events either.
            Happened::Order(None) | Happened::Unheard => self.tell(Input::Unheard),
            Happened::Taken => self.tell(Input::HandedOver),
            Happened::Time => {
                let now = self.now();
                self.session.wake(now);
            }
            Happened::Fetched(Fetched::Facts(facts)) => self.tell(Input::Facts(facts)),
            Happened::Fetched(Fetched::Receipt) => self.tell(Input::Kept),
            Happened::Fetched(Fetched::Connection(Ok(socket))) => {
                self.socket = Some(socket);
                self.tell(Input::Connected);
            }
            Happened::Fetched(Fetched::Connection(Err(fault))) => {
                self.tell(Input::Lost(Loss::Connect(fault)));
            }
            Happened::Arrived(Arrival::Text(message)) => {
                if let Some(text) = message.as_text() {
                    self.tell(Input::Text(text));
                }
            }
            Happened::Arrived(Arrival::Binary(message)) => {
                self.tell(Input::Binary(message.as_payload()));
            }
            Happened::Arrived(Arrival::Lost(loss)) => {
                self.socket = None;
                self.tell(Input::Lost(loss));
            }
        }
    }
}

/// Hands the parked event over when there is room, or notices that nobody listens.
async fn room(events: &mpsc::Sender<Event>, parked: &mut Option<Event>) -> Happened {
    if parked.is_none() {
        events.closed().await;
        return Happened::Unheard;
    }
    match (events.reserve().await, parked.take()) {
        (Ok(permit), Some(event)) => {
            permit.send(event);
            Happened::Taken
        }
        _ => Happened::Unheard,
    }
}

async fn outcome(errand: &mut Option<Errand>) -> Fetched {
    let Some(running) = errand else {
        return pending().await;
    };
    let fetched = running.await;
    *errand = None;
    fetched
}

async fn arrival(socket: &mut Option<Socket>) -> Arrival {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
