//! A small MCP server on the official Rust SDK: MCP at `/mcp` on `PORT` (8080), and nothing else.
//!
//! The first argument is `stateful` (the SDK's default) or `stateless`. `ALLOWED_HOSTS`, comma-separated, is what its
//! clients may send as `Host`. The SDK's own default allows `localhost` alone, whatever address it listens on.

use std::{env, error::Error, net::Ipv4Addr};

use rmcp::{
    ServerHandler,
    handler::server::wrapper::Parameters,
    model::{Implementation, ServerCapabilities, ServerConfig},
    schemars, tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Echo {
    /// What to say back
    message: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Add {
    /// The first number
    a: f64,
    /// The second number
    b: f64,
}

#[derive(Clone)]
struct Server;

#[tool_router]
impl Server {
    #[tool(description = "Says back what it is told")]
    fn echo(&self, Parameters(Echo { message }): Parameters<Echo>) -> String {
        message
    }

    #[tool(description = "Adds two numbers")]
    fn add(&self, Parameters(Add { a, b }): Parameters<Add>) -> String {
        (a + b).to_string()
    }
}

#[tool_handler]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("sdk-rust", env!("CARGO_PKG_VERSION")))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::var("PORT").unwrap_or_else(|_| "8080".into()).parse()?;
    let stateful = match env::args().nth(1).as_deref() {
        None | Some("stateful") => true,
        Some("stateless") => false,
        Some(other) => return Err(format!("{other:?} is neither stateful nor stateless").into()),
    };
    let stop = CancellationToken::new();
    let mut config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(stateful)
        .with_cancellation_token(stop.clone());
    if let Ok(hosts) = env::var("ALLOWED_HOSTS") {
        config = config.with_allowed_hosts(hosts.split(','));
    }
    let service: StreamableHttpService<Server, LocalSessionManager> =
        StreamableHttpService::new(|| Ok(Server), Default::default(), config);

    // Before it listens: who sees it listening may end it.
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
    let serving = axum::serve(listener, axum::Router::new().nest_service("/mcp", service));
    tokio::select! {
        ended = serving => ended?,
        // What is open is cut: an event stream would otherwise keep it for ever.
        _ = terminate.recv() => stop.cancel(),
    }
    Ok(())
}
