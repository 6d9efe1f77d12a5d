// The npm package rcon-client. Arguments: PORT PASSWORD COMMAND...; prints a JSON list of replies.
const { Rcon } = require("rcon-client");

async function main([port, password, ...commands]) {
  let rcon;
  try {
    rcon = await Rcon.connect({ host: "127.0.0.1", port: Number(port), password, timeout: 10000 });
  } catch (error) {
    console.log(JSON.stringify(/auth/i.test(error.message) ? "refused" : String(error)));
    process.exit(0);
  }
  // All at once: the package sends them before the first is answered.
  console.log(JSON.stringify(await Promise.all(commands.map((command) => rcon.send(command)))));
  await rcon.end();
}

main(process.argv.slice(2));
