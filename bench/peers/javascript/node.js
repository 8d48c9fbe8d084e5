// The chat on Node: socket.io and better-sqlite3, tuned as https://socket.io/docs/v4/performance-tuning/ advises.
//
//   node node.js DATABASE [--commit-each]      PORT says where it listens

import { createServer } from "node:http";
import Database from "better-sqlite3";
import { Server } from "socket.io";
import { Store } from "./store.js";
import { registerGuest, serveChat } from "./chat.js";

const [path, ...flags] = process.argv.slice(2);
const store = new Store(new Database(path), { commitsEach: flags.includes("--commit-each") });

const http = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/api/guests") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(registerGuest(store)));
  } else {
    response.writeHead(request.url === "/readyz" ? 200 : 404).end();
  }
});
const io = new Server(http, { serveClient: false, transports: ["websocket"] });
// The first request of a connection is needed no more, and is most of its memory.
io.engine.on("connection", (connection) => { connection.request = null; });
serveChat(io, store);
http.listen(Number(process.env.PORT), "127.0.0.1");
