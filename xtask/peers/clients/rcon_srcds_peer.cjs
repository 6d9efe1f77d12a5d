// The npm package rcon-srcds. Arguments: PORT PASSWORD COMMAND...; prints a JSON list of replies.
const Rcon = require("rcon-srcds").default;

async function main([port, password, ...commands]) {
  const rcon = new Rcon({ host: "127.0.0.1", port: Number(port), encoding: "utf8", timeout: 10000 });
  try {
    await rcon.authenticate(password);
  } catch (error) {
    console.log(JSON.stringify(/authenticat/i.test(String(error)) ? "refused" : String(error)));
    process.exit(0);
  }
  const replies = [];
  for (const command of commands) replies.push(await rcon.execute(command));
  console.log(JSON.stringify(replies));
  await rcon.disconnect();
  process.exit(0);
}

main(process.argv.slice(2));
