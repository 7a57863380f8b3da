// Calls the same server with the most used Node client; prints seconds of wall time and of CPU per request.
const MauticConnector = require('node-mautic');

const [url, count] = [process.argv[2], Number(process.argv[3])];
const mautic = new MauticConnector({ apiUrl: url, username: 'bench', password: 'bench', timeoutInSeconds: 10 });

async function main() {
  for (let n = 0; n < 50; n += 1) await mautic.contacts.getContact(1);
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  for (let n = 0; n < count; n += 1) await mautic.contacts.getContact(1);
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ wall: wall / count, cpu: (used.user + used.system) / 1e6 / count }));
}

main();
