// usersync.mjs: tells usersync what happened to a user, as Standard Webhooks 1.0 says.
import { createHmac, randomUUID } from "node:crypto";

export async function send(type, data, { id = `msg_${randomUUID()}`, timestamp = new Date().toISOString() } = {}) {
  const key = Buffer.from(process.env.USERSYNC_SECRET.replace(/^whsec_/, ""), "base64");
  const body = JSON.stringify({ type, timestamp, data });
  for (let attempt = 1; ; attempt++) {
    const at = String(Math.floor(Date.now() / 1000));
    const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": `v1,${signature}` };
    const answer = await fetch(process.env.USERSYNC_URL, { method: "POST", headers, body, signal: AbortSignal.timeout(5000) }).catch((error) => error);
    if (answer.ok) return;
    if (attempt === 4 || (answer.status >= 400 && answer.status < 500 && answer.status !== 429))
      throw new Error(`usersync did not take ${type} ${id}: ${answer.status ?? answer.message}`);
    await new Promise((done) => setTimeout(done, 500 * 4 ** attempt));
  }
}
