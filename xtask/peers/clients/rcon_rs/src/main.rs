//! The crate rcon as a client. Arguments: PORT PASSWORD COMMAND...; prints a JSON list of replies.

use rcon::{Connection, Error};
use tokio::net::TcpStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().ok_or("no port")?;
    let password = arguments.next().ok_or("no password")?;
    let mut builder = Connection::<TcpStream>::builder();
    builder = builder.enable_factorio_quirks(true);
    let mut connection = match builder.connect(format!("127.0.0.1:{port}"), &password).await {
        Err(Error::Auth) => {
            println!("\"refused\"");
            return Ok(());
        }
        connected => connected?,
    };
    let mut replies = Vec::new();
    for command in arguments {
        replies.push(connection.cmd(&command).await?);
    }
    println!("{}", serde_json::to_string(&replies)?);
    Ok(())
}
