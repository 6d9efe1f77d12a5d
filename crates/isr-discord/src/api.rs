//! Discord's API as a bot uses it: requests that carry the bot's token.
//!
//! Owns the authorisation and where the API is. Must not wait for rate limits and must not retry. The token stands in
//! one header that is marked as a secret, and nowhere else.

use hyper::header::AUTHORIZATION;
use hyper::{Request, StatusCode};

use crate::body::MarkedBody;
use crate::classify::{self, Answer};
use crate::client::ATTEMPT_DEADLINE;
use crate::exchange::Exchange;
use crate::gateway::{FactsFault, GatewayFacts};
use crate::outcome::Outcome;
use crate::token::BotToken;
use crate::transport::Failure;
use crate::url::ApiBase;

/// The API for one bot. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub(crate) struct ApiClient {
    base: ApiBase,
    token: BotToken,
    exchange: Exchange,
}

impl ApiClient {
    pub(crate) fn new(base: ApiBase, token: BotToken) -> Self {
        Self {
            base,
            token,
            exchange: Exchange::default(),
        }
    }

    /// Where the gateway is, and how often we may identify.
    pub(crate) async fn gateway(&self) -> Result<GatewayFacts, FactsFault> {
        let answer = self
            .get("/gateway/bot")
            .await
            .map_err(|failure| FactsFault::Unreachable(failure.to_string()))?;
        if answer.status.is_success() && !classify::is_web_page(&answer) {
            return Ok(GatewayFacts::read(&answer.body.bytes, self.base.host_class()));
        }
        Err(match classify::classify(&answer, self.token.expose()).0 {
            Outcome::RateLimited { retry_after, .. } => FactsFault::Limited(retry_after),
            _ if answer.status == StatusCode::UNAUTHORIZED => FactsFault::Unauthorised,
            _ => FactsFault::Unreachable(format!("status {}", answer.status.as_u16())),
        })
    }

    async fn get(&self, route: &str) -> Result<Answer, Failure> {
        let (body, mark) = MarkedBody::empty();
        let mut request = Request::new(body);
        *request.uri_mut() = self.base.uri(route);
        if let Some(token) = self.token.header() {
            request.headers_mut().insert(AUTHORIZATION, token);
        }
        self.exchange
            .run(self.base.scheme(), request, &mark, ATTEMPT_DEADLINE)
            .await
    }
}
