// Takes the senders out of docs/STANDARD.md and records what they send, as node-*.http. Stand-ins take the place of the libraries.
// Run it in this folder: node record.mjs
import { mkdtempSync, readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const page = readFileSync("../../../docs/STANDARD.md", "utf8");
const blocks = [...page.matchAll(/```(?:js|ts)\n\/\/ (\S+?):?[ \n][\s\S]*?```/g)].map((found) => found[0].replace(/^```.*\n|```$/g, ""));
const folder = mkdtempSync(join(tmpdir(), "standard-"));
const put = (name, text) => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const block = (text) => blocks.find((b) => b.includes(text));
put("package.json", `{"type": "module"}`);
put("usersync.mjs", blocks[0]);
writeFileSync("usersync.mjs", blocks[0]); // a test compares it with the page
put("betterauth.mjs", block("betterAuth("));
put("authjs.mjs", block("NextAuth("));
put("firebase.mjs", block("firebase-functions"));
// The libraries: each hands back what it was given.
const library = (name, text, path = "index.js") => {
  put(`node_modules/${name}/package.json`, JSON.stringify({ name, type: "module", exports: { ".": "./index.js", "./v1": "./index.js", "./plugins": "./plugins.js" } }));
  put(`node_modules/${name}/${path}`, text);
};
library("better-auth", "export const betterAuth = (options) => options;");
library("better-auth", "export const admin = () => ({});", "plugins.js");
library("next-auth", "export default (options) => ({ handlers: options.events, auth: options });");
library("firebase-functions", "export const runWith = (options) => ({ auth: { user: () => ({ onCreate: (f) => f, onDelete: (f) => f }) } });");

process.env.USERSYNC_SECRET = readFileSync("secret.txt", "utf8");
// The clock stands still, so that the same requests come again.
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length ? given : ["2026-01-15T10:30:00.123Z"])); }
  static now() { return RealDate.parse("2026-01-15T10:30:00.123Z"); }
};

// record runs a sender against a socket and keeps the bytes of its one request.
async function record(name, act) {
  const request = await new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("data", (more) => {
        bytes = Buffer.concat([bytes, more]);
        const end = bytes.indexOf("\r\n\r\n");
        const length = end < 0 ? NaN : Number(/content-length: (\d+)/i.exec(bytes.subarray(0, end))?.[1]);
        if (bytes.length !== end + 4 + length) return;
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        server.close();
        resolve(bytes);
      });
    });
    server.listen(0, "127.0.0.1", () => {
      process.env.USERSYNC_URL = `http://127.0.0.1:${server.address().port}/webhooks/app`;
      Promise.resolve(act()).catch(reject);
    });
  });
  writeFileSync(`node-${name}.http`, request.toString("latin1").replace(/127\.0\.0\.1:\d+/, "127.0.0.1"), "latin1");
}

const load = (name) => import(join(folder, name));
const { send } = await load("usersync.mjs");
const named = (name) => ({ id: `msg_${name}` });
await record("send", () => send("user.banned", { id: "u-1", name: "Zoë ☃", suspended_until: null }, named("send")));

const better = (await load("betterauth.mjs")).auth.databaseHooks.user;
const user = { id: "u-2", email: "bo@example.com", emailVerified: true, name: "Bo", image: null, createdAt: new Date("2026-01-01T00:00:00.000Z"), updatedAt: new Date("2026-01-15T10:30:00.001Z"), banned: true, banReason: "spam", banExpires: new Date("2026-02-01T00:00:00.000Z") };
await record("betterauth-create", () => better.create.after({ ...user, banned: false, banReason: null, banExpires: null }));
await record("betterauth-ban", () => better.update.after(user));
await record("betterauth-delete", () => better.delete.after(user));

const events = (await load("authjs.mjs")).handlers;
await record("authjs-create", () => events.createUser({ user: { id: "u-3", email: "cy@example.com", name: null, emailVerified: null } }));
await record("authjs-signin", () => events.signIn({ user: { id: "u-3" } }));

const firebase = await load("firebase.mjs");
const context = { eventId: "5f6e7d8c-0001", timestamp: "2026-01-15T10:29:59.900Z" };
const later = { ...context, eventId: "5f6e7d8c-0002" };
const account = { uid: "u-4", email: "di@example.com", emailVerified: false, displayName: "Di", disabled: false, metadata: { creationTime: "Thu, 15 Jan 2026 10:29:59 GMT", lastSignInTime: null } };
await record("firebase-create", () => firebase.usersyncCreated(account, context));
await record("firebase-delete", () => firebase.usersyncDeleted(account, later));
process.exit(0);
